#include "stream/record_framer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "base/json_text.h"
#include "base/time_text.h"
#include "filter/redactor.h"
#include "stream/field_text.h"

namespace tailwater {
namespace {

constexpr std::string_view kFrameHead = "event: log\nid: ";
constexpr std::string_view kJsonHead = "\ndata: {";
constexpr std::string_view kFrameEnd = "\n\n";

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

void append_time(std::string& out, WallTime time) {
  std::array<char, 24> text{};
  write_rfc3339(time, text.data());
  out.append(text.data(), text.size());
}

/// One `data:` field for each line that WHATWG's parser would see: CR, LF and CRLF all end one.
void append_text_data(std::string& out, std::string_view line) {
  while (true) {
    // Two searches by memchr(3) are several times as fast as one by find_first_of().
    const std::size_t end = std::min(line.find('\r'), line.find('\n'));
    out.append("data: ").append(line.substr(0, end)).push_back('\n');
    if (end == std::string_view::npos) return;
    line.remove_prefix(line.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
  }
}

}  // namespace

FrameStyle frame_style(const Query& query, bool sse) {
  if (!sse) return FrameStyle::kBare;
  if (query.format() != Format::kJson) return FrameStyle::kText;
  return query.wants_fields() ? FrameStyle::kJsonWithFields : FrameStyle::kJson;
}

JsonFrameParts parts_of_json_frame(std::string_view frame) {
  frame.remove_prefix(kFrameHead.size());
  frame.remove_suffix(kFrameEnd.size());
  const std::size_t id_end = frame.find('\n');
  return {frame.substr(0, id_end), frame.substr(id_end + kJsonHead.size())};
}

void RecordFramer::begin_extent(const FileInfo& file, std::uint32_t generation, WallTime arrived) {
  if (style_ == FrameStyle::kBare) return;
  if (file.key != key_ || generation != generation_) {
    set_stages(nullptr, nullptr);
    stage_ = {};
    key_ = file.key;
    generation_ = generation;
    id_head_.assign(kFrameHead).append(key_.text()).push_back('.');
    append_number(id_head_, generation);
    id_head_.push_back('.');
    json_head_.assign(kJsonHead).append("\"stream\":");
    append_json_string(json_head_, file.stream);
    json_head_.append(",\"file\":");
    append_json_string(json_head_, file.path);
    json_head_.append(",\"level\":");
  }
  if (arrived != arrived_ || arrived_text_.empty()) {
    arrived_ = arrived;
    arrived_text_.assign(",\"arrived\":\"");
    append_time(arrived_text_, arrived);
    arrived_text_.append("\",\"line\":\"");
  }
}

void RecordFramer::set_stages(std::shared_ptr<const StageMap> stages, std::shared_ptr<const Redactor> redactor) {
  if (stages == stages_ && redactor == redactor_) return;
  stages_ = std::move(stages);
  redactor_ = std::move(redactor);
  stage_ = {};
}

void RecordFramer::append_stage(std::string& out, std::uint64_t end) const {
  if (end < stage_.from || end >= stage_.to) {
    const auto& changes = stages_->changes;
    const std::size_t next = stages_->count_up_to({generation_, end});
    const StageMap::Change none{{generation_, 0}, 0};
    const StageMap::Change& last = next == 0 ? none : changes[next - 1];
    stage_.from = last.from.generation == generation_ ? last.from.offset : 0;
    const bool goes_on = next == changes.size() || changes[next].from.generation != generation_;
    stage_.to = goes_on ? UINT64_MAX : changes[next].from.offset;
    stage_.text.clear();
    if (last.name > 0) {
      const std::string& name = stages_->names[last.name - 1];
      stage_.text.append(",\"stage\":");
      append_json_string(stage_.text, redactor_ ? redacted(*redactor_, name) : name);
    }
  }
  out.append(stage_.text);
}

void RecordFramer::append(std::string& out, const Record& record, const RecordFacts& facts) const {
  if (style_ == FrameStyle::kBare) {
    out.append(record.line).push_back('\n');
    return;
  }
  out.append(id_head_);
  append_number(out, record.end);
  if (is_json(style_)) {
    append_json(out, record, facts);
    return;
  }
  out.push_back('\n');
  if (valid_utf8_prefix(record.line) == record.line.size()) {
    append_text_data(out, record.line);
  } else {
    append_text_data(out, to_valid_utf8(record.line));
  }
  out.push_back('\n');
}

void RecordFramer::append_json(std::string& out, const Record& record, const RecordFacts& facts) const {
  out.append(json_head_);
  if (const auto level = facts.level()) {
    out.push_back('"');
    out.append(to_text(*level)).append("\",\"time\":");
  } else {
    out.append("null,\"time\":");
  }
  if (const auto time = facts.time()) {
    out.push_back('"');
    append_time(out, *time);
    out.push_back('"');
  } else {
    out.append("null");
  }
  out.append(arrived_text_);
  const bool valid = append_json_text(out, record.line);
  out.push_back('"');
  if (style_ == FrameStyle::kJsonWithFields) append_fields(out, facts.fields());
  if (stages_) append_stage(out, record.end);
  if (record.truncated) out.append(",\"truncated\":true");
  if (record.partial) out.append(",\"partial\":true");
  if (!valid) {
    out.append(",\"bytes\":");
    append_number(out, record.line.size());
  }
  out.append("}").append(kFrameEnd);
}

}  // namespace tailwater
