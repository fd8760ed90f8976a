// What POST, PATCH and HEAD of /api/ingest ask for, and what they are answered. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runs/run_call.h"

namespace tailwater {

struct IngestRequest {
  std::string stream;
  std::string name;
  /// Append only if so many bytes are there already; none: append whatever is there.
  std::optional<std::uint64_t> offset;
  std::string_view bytes;  ///< lives as long as the call
  bool look_only = false;  ///< append nothing
  RunCall call;            ///< what is said of the run that the bytes are of; is done once they are appended
};

struct IngestAnswer {
  std::uint64_t offset = 0;  ///< of what is there now
  bool appended = false;     ///< false: the offsets differ, or nothing was to be appended
  bool takes_marks = false;  ///< the stream makes records of marked lines (CRI)
};

}  // namespace tailwater
