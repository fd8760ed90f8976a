// RunSender: the way of a spool to its server: the starting call, the lines, each byte of them exactly once, and the
// finishing call. Thread: one at a time, the spool's reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/run_spool.h"
#include "client/upload.h"

namespace tailwater {

class RunSender {
 public:
  /// Both outlive it. `settings.url` is the spool's.
  RunSender(RunSpool& spool, HttpTransfer& transfer, UploadSettings settings);

  // Each of these goes on where the last one ended, and ends for good with an exit code, or because it is not wanted.
  /// Finds out how much the server has, and calls.
  [[nodiscard]] std::optional<ClientExit> begin();
  /// All that is in the spool now.
  [[nodiscard]] std::optional<ClientExit> send();
  /// Tells how the run ended, if the spool knows.
  [[nodiscard]] std::optional<ClientExit> finish();
  /// A sign of life, where there is nothing to send.
  [[nodiscard]] std::optional<ClientExit> keep_alive();

 private:
  std::optional<ClientExit> call(std::string_view query);
  [[nodiscard]] std::optional<ClientExit> send_piece(std::string_view lines);

  RunSpool& spool_;
  const UploadSettings settings_;
  Upload upload_;
  std::uint64_t known_ = 0;  // bytes behind the spool's place that the server has already
  bool calls_ = true;        // the server takes them
};

}  // namespace tailwater
