// What a FileChange says to clients: a `file` event, and a `gap` where bytes were lost unread. Pure; used live and in
// replay, so that both give the same bytes.
#pragma once

#include <optional>
#include <string>

#include "journal/catalog.h"
#include "journal/extent.h"
#include "stream/record_framer.h"
#include "stream/sse_frame.h"

namespace tailwater {

/// The bytes that were lost with a change, if any were: `change.lost_from` is set.
[[nodiscard]] GapFrame gap_of_change(const FileInfo& file, const FileChange& change, const Position& before);

/// Appends the frames. `before` is the position of the last extent before the change, of whatever file: the ID of a gap
/// where no generation begins that could give one. Answers of what reason the gap
/// is that was announced, if one was.
std::optional<GapReason> append_change(std::string& out, FrameStyle style, const FileInfo& file,
                                       const FileChange& change, const Position& before);

}  // namespace tailwater
