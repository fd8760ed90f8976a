#include "client/output_lines.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace tailwater {
namespace {

constexpr std::size_t kTimeBytes = 24;
constexpr std::string_view kWhole = "F";
constexpr std::string_view kPart = "P";
constexpr std::string_view kUnended = "F:unended";

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

}  // namespace

void OutputLines::take(Source source, std::string_view bytes, WallTime now, std::string& out) {
  if (terminal_) return take_terminal(source, bytes, now, out);
  std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return add(source, bytes, now, out);
  finish(source, bytes.substr(0, end), now, out);
  bytes.remove_prefix(end + 1);
  // What follows came together and has one mark: a torrent of short lines is slowed by nothing else than this.
  std::string mark;
  append_mark(mark, source, kWhole, now);
  for (end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    if (end > kLongestPart) {
      finish(source, bytes.substr(0, end), now, out);
    } else {
      out.append(mark).append(bytes.data(), end + 1);
    }
    bytes.remove_prefix(end + 1);
  }
  add(source, bytes, now, out);
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

void append_plain(std::string& out, std::string_view marked_lines) {
  constexpr std::size_t kMarkBytes = kTimeBytes + 1 + 6 + 1;  // both names have six letters
  while (marked_lines.size() > kMarkBytes) {
    const std::size_t end = std::min(marked_lines.find('\n'), marked_lines.size());
    const std::string_view line = marked_lines.substr(kMarkBytes, end - kMarkBytes);
    const std::string_view tag = line.substr(0, line.find(' '));
    out.append(line.substr(std::min(tag.size() + 1, line.size())));
    if (tag == kWhole) out += '\n';
    marked_lines.remove_prefix(std::min(end + 1, marked_lines.size()));
  }
}

}  // namespace tailwater
