// Upload: bytes to one name of /api/ingest, every one exactly once over lost connections and restarts of the server:
// after each doubt the server is asked how much it has. Thread: one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "client/client_exit.h"
#include "client/http_transfer.h"
#include "client/reconnect_delay.h"

namespace tailwater {

struct UploadSettings {
  std::string url;     ///< of the name's resource
  bool retry = false;  ///< wait for a server that was never there
  /// What happens to the connection, for the user.
  std::function<void(std::string_view)> tell;
  /// Waits before the next attempt; false: there shall be none, and the call that waits ends with kFailed.
  std::function<bool(Milliseconds)> pause;
};

class Upload {
 public:
  static constexpr std::size_t kMostBytesAtOnce = 512U << 10;

  Upload(HttpTransfer& transfer, UploadSettings settings);

  /// How much the server has; asks until it answers. nullopt: offset() is known now.
  [[nodiscard]] std::optional<ClientExit> find_offset();
  /// How many bytes the server has, as far as is known.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Sends `bytes`, the first of which is the one at offset(), and lets go of what has arrived. nullopt: all of it.
  [[nodiscard]] std::optional<ClientExit> send(std::string_view& bytes);
  /// A call without bytes that changes nothing when it is made twice: POST with this query.
  [[nodiscard]] std::optional<ClientExit> post(std::string_view query);
  /// Does the server make records of marked lines (OutputLines)? Known once it has answered.
  [[nodiscard]] bool takes_marks() const { return takes_marks_; }

 private:
  std::optional<ClientExit> send_some(std::string_view& bytes);
  /// After a doubt: lets go of what did arrive.
  std::optional<ClientExit> agree_on_offset(std::string_view& bytes);
  std::optional<ClientExit> ask(std::uint64_t& offset);
  std::optional<ClientExit> wait_after(const HttpAnswer& answer, const std::string& body);
  void answered();
  ClientExit give_up(std::string_view why) const;

  HttpTransfer& transfer_;
  const UploadSettings settings_;
  ReconnectDelay delay_;
  std::uint64_t offset_ = 0;
  bool takes_marks_ = false;
  bool ever_connected_ = false;
  int failures_ = 0;  // in a row
};

}  // namespace tailwater
