#include "client/output_lines.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

constexpr std::size_t kTimeBytes = 24;
constexpr std::string_view kWhole = "F";
constexpr std::string_view kPart = "P";
constexpr std::string_view kUnended = "F:unended";
constexpr std::string_view kBlock = "L";
constexpr std::size_t kMarkBytes = kTimeBytes + 1 + 6 + 1;  // up to the tag; both names have six letters

constexpr std::string_view name_of(OutputLines::Source source) {
  return source == OutputLines::Source::kStdout ? "stdout" : "stderr";
}

void append_mark(std::string& out, OutputLines::Source source, std::string_view tag, WallTime time) {
  char stamp[kTimeBytes];
  write_rfc3339(time, stamp);
  out.append(stamp, kTimeBytes).append(" ").append(name_of(source)).append(" ").append(tag).append(" ");
}

void append_marked(std::string& out, OutputLines::Source source, std::string_view tag, std::string_view text,
                   WallTime time) {
  append_mark(out, source, tag, time);
  out.append(text).append("\n");
}

void append_block(std::string& out, OutputLines::Source source, std::string_view lines, WallTime time) {
  append_mark(out, source, kBlock, time);
  out.append(std::to_string(lines.size())).append("\n").append(lines);
}

/// A marked line or a block. Views into it.
struct Unit {
  std::size_t bytes = 0;  // 0: there is no whole one
  bool is_block = false;
  std::string_view tag;
  std::string_view text;  // of a block: its lines; else without a newline
};

Unit first_unit(std::string_view marked) {
  Unit unit;
  const std::size_t end = marked.find('\n');
  if (end == std::string_view::npos) return unit;
  const std::string_view line = marked.substr(std::min(kMarkBytes, end), end - std::min(kMarkBytes, end));
  unit.tag = line.substr(0, line.find(' '));
  unit.text = line.substr(std::min(unit.tag.size() + 1, line.size()));
  unit.bytes = end + 1;
  if (unit.tag != kBlock) return unit;
  const auto size = parse_number<std::size_t>(unit.text);
  if (!size || *size > marked.size() - unit.bytes) return {};
  unit.is_block = true;
  unit.text = marked.substr(unit.bytes, *size);
  unit.bytes += *size;
  return unit;
}

/// `mark`: the block's, up to its tag.
void append_lines_of_block(std::string& out, std::string_view mark, std::string_view lines) {
  const std::string whole = std::string(mark).append(kWhole).append(" ");
  const std::string part = std::string(mark).append(kPart).append(" ");
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end + 1);
    lines.remove_prefix(line.size());
    for (; line.size() > OutputLines::kLongestPart + 1; line.remove_prefix(OutputLines::kLongestPart)) {
      out.append(part).append(line.substr(0, OutputLines::kLongestPart)).append("\n");
    }
    out.append(whole).append(line);
  }
}

}  // namespace

void OutputLines::take(Source source, std::string_view bytes, WallTime now, std::string& out) {
  if (terminal_) return take_terminal(source, bytes, now, out);
  std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return add(source, bytes, now, out);
  finish(source, bytes.substr(0, end), now, out);
  bytes.remove_prefix(end + 1);
  const std::size_t lines = bytes.rfind('\n') + 1;  // npos + 1 is 0
  if (lines > 0) append_block(out, source, bytes.substr(0, lines), now);
  add(source, bytes.substr(lines), now, out);
}

void OutputLines::take_terminal(Source source, std::string_view bytes, WallTime now, std::string& out) {
  Pending& line = pending(source);
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    if (end > 0 && line.returned) {
      if (line.open || !line.text.empty()) finish(source, {}, now, out);
      line.returned = false;
    }
    if (end == bytes.size()) return add(source, bytes, now, out);
    if (bytes[end] == '\n') {
      finish(source, bytes.substr(0, end), now, out);
    } else {
      add(source, bytes.substr(0, end), now, out);
      line.returned = true;
    }
    bytes.remove_prefix(end + 1);
  }
}

void OutputLines::add(Source source, std::string_view bytes, WallTime now, std::string& out) {
  Pending& line = pending(source);
  while (!bytes.empty()) {
    if (line.text.empty()) line.since = now;
    const std::string_view piece = bytes.substr(0, kLongestPart - line.text.size());
    line.text.append(piece);
    bytes.remove_prefix(piece.size());
    if (line.text.size() == kLongestPart) let_go(source, kPart, out);
  }
}

void OutputLines::finish(Source source, std::string_view bytes, WallTime now, std::string& out) {
  Pending& line = pending(source);
  if (line.text.empty() && bytes.size() <= kLongestPart) {
    append_marked(out, source, kWhole, bytes, now);
  } else {
    add(source, bytes, now, out);
    let_go(source, kWhole, out);
  }
  line = {std::move(line.text), {}, /*open=*/false, /*returned=*/false};
}

void OutputLines::let_go(Source source, std::string_view tag, std::string& out) {
  Pending& line = pending(source);
  append_marked(out, source, tag, line.text, line.since);
  line.text.clear();
  line.open = true;
}

bool OutputLines::has_pending() const {
  return std::any_of(pending_.begin(), pending_.end(), [](const Pending& each) { return !each.text.empty(); });
}

void OutputLines::flush_old(WallTime now, std::string& out) {
  for (const Source source : {Source::kStdout, Source::kStderr}) {
    const Pending& line = pending(source);
    if (!line.text.empty() && now - line.since >= kPatience) let_go(source, kPart, out);
  }
}

void OutputLines::end(WallTime now, std::string& out) {
  for (const Source source : {Source::kStdout, Source::kStderr}) {
    Pending& line = pending(source);
    if (line.text.empty() && !line.open) continue;
    if (line.text.empty()) line.since = now;
    let_go(source, kUnended, out);
    line = {};
  }
}

void append_marked_note(std::string& out, std::string_view note, WallTime now) {
  append_marked(out, OutputLines::Source::kStderr, kWhole, note, now);
}

std::size_t whole_marked_bytes(std::string_view marked) {
  std::size_t whole = 0;
  while (const std::size_t bytes = first_unit(marked.substr(whole)).bytes) whole += bytes;
  return whole;
}

std::string fitting_marked(std::string_view marked, std::size_t room) {
  const std::size_t whole = whole_marked_bytes(marked.substr(0, room));
  std::string fitting(marked.substr(0, whole));
  const Unit next = first_unit(marked.substr(whole));
  if (!next.is_block || room - whole <= OutputLines::kLongestMark) return fitting;
  const std::string_view lines = next.text.substr(0, room - whole - OutputLines::kLongestMark);
  const std::size_t bytes = lines.rfind('\n') + 1;  // npos + 1 is 0
  if (bytes == 0) return fitting;
  fitting.append(marked.substr(whole, kMarkBytes))
      .append(kBlock)
      .append(" ")
      .append(std::to_string(bytes))
      .append("\n");
  return fitting.append(lines.substr(0, bytes));
}

void append_marked_lines(std::string& out, std::string_view marked) {
  while (!marked.empty()) {
    const Unit unit = first_unit(marked);
    if (unit.bytes == 0) return;
    if (unit.is_block) {
      append_lines_of_block(out, marked.substr(0, kMarkBytes), unit.text);
    } else {
      out.append(marked.substr(0, unit.bytes));
    }
    marked.remove_prefix(unit.bytes);
  }
}

void append_plain(std::string& out, std::string_view marked) {
  while (!marked.empty()) {
    const Unit unit = first_unit(marked);
    if (unit.bytes == 0) return;
    out.append(unit.text);
    if (unit.tag == kWhole) out += '\n';
    marked.remove_prefix(unit.bytes);
  }
}

}  // namespace tailwater
