// The records around one record, in its file and generation. Reads at most a quarter of a megabyte to either side.
// Thread: one worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "stream/history_files.h"
#include "stream/record_framer.h"
#include "stream/record_pieces.h"

namespace tailwater {

/// The record that is in the middle.
struct ContextCentre {
  Extent extent;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct ContextRecords {
  std::vector<std::string> before;  ///< JSON objects, oldest first
  std::vector<std::string> after;
};

[[nodiscard]] ContextRecords context_of(const ContextCentre& centre, std::size_t count, FrameStyle style,
                                        const HistorySources& sources, const HistoryFiles::File& file,
                                        const GenerationBytes& bytes, ReadBuffer& buffer,
                                        const std::atomic<bool>& cancelled);

}  // namespace tailwater
