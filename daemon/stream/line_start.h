// Where lines start in a file, at or around an offset: a place from which cutting finds the same records as from the
// beginning. Reads as much as it takes to meet a newline, into the worker's buffer. Thread: one worker.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "journal/catalog.h"
#include "stream/record_pieces.h"

namespace tailwater {

/// The first line start in [at, end), or `end`. A line starts at 0 and behind each newline.
[[nodiscard]] Result<std::uint64_t> line_start_after(const GenerationBytes& file, std::uint64_t at, std::uint64_t end,
                                                     TextEncoding encoding, ReadBuffer& buffer,
                                                     const std::atomic<bool>& cancelled);
/// The last line start in (begin, at], or `begin`.
[[nodiscard]] Result<std::uint64_t> line_start_before(const GenerationBytes& file, std::uint64_t begin,
                                                      std::uint64_t at, TextEncoding encoding, ReadBuffer& buffer,
                                                      const std::atomic<bool>& cancelled);

/// Bytes [from, to) into the buffer; fewer where the file ends before.
[[nodiscard]] Result<std::string_view> read_some(const GenerationBytes& file, std::uint64_t from, std::uint64_t to,
                                                 ReadBuffer& buffer);

}  // namespace tailwater
