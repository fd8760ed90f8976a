#include "stream/change_frames.h"

#include "filter/sample_line.h"

namespace tailwater {

GapFrame gap_of_change(const FileInfo& file, const FileChange& change, const Position& before) {
  GapFrame gap;
  gap.file = file.path;
  gap.from = to_text(*change.lost_from);
  gap.bytes = change.lost_bytes;
  if (change.lost_bytes) {
    Position to = *change.lost_from;
    to.offset += *change.lost_bytes;
    gap.to = to_text(to);
  }
  gap.reason = change.kind == FileChangeKind::kTruncated ? GapReason::kTruncated : GapReason::kRotated;
  // Offset 0 is the place behind the change; a generation that ended has no such place, and its gap is heard again.
  gap.id = change.kind == FileChangeKind::kRemoved ? before : Position{file.key, change.generation, 0};
  return gap;
}

std::optional<GapReason> append_change(std::string& out, FrameStyle style, const FileInfo& file,
                                       const FileChange& change, const Position& before) {
  if (style != FrameStyle::kBare && file.stream != kSampleStream) append_file(out, file.stream, file.path, change);
  if (!change.lost_from) return std::nullopt;
  const GapFrame gap = gap_of_change(file, change, before);
  if (style == FrameStyle::kBare) {
    append_gap_line(out, gap);
  } else {
    append_gap(out, gap);
  }
  return gap.reason;
}

}  // namespace tailwater
