#include "history/page_records.h"

namespace tailwater {

std::string record_json(const RecordFramer& framer, const Record& record, const RecordFacts& facts) {
  std::string frame;
  framer.append(frame, record, facts);
  const JsonFrameParts parts = parts_of_json_frame(frame);
  std::string json = "{\"id\":\"";
  json.reserve(frame.size());
  json.append(parts.id).append("\",").append(parts.members);
  return json;
}

GapReason reason_gone(const Catalog& catalog, const Extent& extent) {
  const auto status = catalog.status(extent.file);
  return status && status->generation > extent.generation ? GapReason::kRotated : GapReason::kEvicted;
}

GapReason reason_of(const Error& error, const Catalog& catalog, const Extent& extent) {
  const bool gone = error.code == ErrorCode::kGone || error.code == ErrorCode::kNotFound;
  return gone ? reason_gone(catalog, extent) : GapReason::kUnreadable;
}

GapFrame gap_between(const FileInfo& file, std::uint32_t generation, std::uint64_t from, std::uint64_t to,
                     GapReason reason) {
  GapFrame gap;
  gap.file = file.path;
  gap.from = to_text(Position{file.key, generation, from});
  gap.to = to_text(Position{file.key, generation, to});
  if (to != kUnknownEnd) gap.bytes = to - from;
  gap.reason = reason;
  return gap;
}

}  // namespace tailwater
