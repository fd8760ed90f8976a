// Where a record begins, found from the middle of an extent of lines that are joined (record_boundary.h): by reading
// backwards until it is sure. Thread: one worker.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "filter/record_splitter.h"
#include "journal/catalog.h"
#include "stream/record_pieces.h"

namespace tailwater {

/// The last record boundary of [begin, end) that is known to lie at or before `offset`; `begin` is one, `offset` lies
/// between them, `end` is that of the extent. Not exact while cancelled. kGone if the file is shorter.
[[nodiscard]] Result<std::uint64_t> record_start_before(const GenerationBytes& bytes, std::uint64_t begin,
                                                        std::uint64_t offset, std::uint64_t end,
                                                        const RecordRules& rules, ReadBuffer& buffer,
                                                        const std::atomic<bool>& cancelled);

/// `offset`, a line start of the extent or its end, where each line is a record; else record_start_before() it.
[[nodiscard]] Result<std::uint64_t> exact_record_start(const GenerationBytes& bytes, const Extent& extent,
                                                       std::uint64_t offset, const RecordRules& rules,
                                                       ReadBuffer& buffer, const std::atomic<bool>& cancelled);

}  // namespace tailwater
