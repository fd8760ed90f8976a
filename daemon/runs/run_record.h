// StoredRun: what has to outlive the process of one run, and its form on disk. Pure. Bytes come from a disk: whatever
// they are, decoding ends and gives a run or none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runs/run.h"
#include "runs/run_call.h"

namespace tailwater {

struct StoredRun {
  std::string stream;
  std::string file;  ///< the name in the stream
  std::string path;
  std::string key;         ///< of the file; empty before it was seen
  bool pushed = false;     ///< the file is a spool of ours
  bool forgotten = false;  ///< nobody sees it any more; so that its file is not taken for a new run
  bool silent = false;     ///< for so long that it is taken to be over
  RunCall call;
  std::optional<WallTime> call_began;
  std::optional<WallTime> call_ended;
  WallTime created{};
  WallTime updated{};
  std::uint64_t size = 0;
  RunPlace begin;
  RunPlace end;         ///< where reading goes on
  std::string reading;  ///< RunBuilder::save()
  friend bool operator==(const StoredRun&, const StoredRun&) = default;
};

[[nodiscard]] std::string encode_run(const StoredRun& run);
[[nodiscard]] std::optional<StoredRun> decode_run(std::string_view bytes);

}  // namespace tailwater
