// Cutting is decided by bytes alone: a part of an over-long line ends where the two bytes behind it show that the line
// ending does not follow, so that a line of exactly the limit is one record however its bytes happened to arrive.
#include "filter/record_splitter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "filter/record_boundary.h"
#include "filter/record_form.h"
#include "filter/wrapped_line.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t find_newline(std::string_view bytes) {
  const void* found = bytes.empty() ? nullptr : std::memchr(bytes.data(), '\n', bytes.size());
  return found == nullptr ? kNone : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

std::string_view without_carriage_return(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// From the first line's beginning to the last one's end: both are parts of the same bytes.
std::string_view spanning(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

}  // namespace

RecordSplitter::RecordSplitter(std::string_view bytes, std::uint64_t begin, BytesBefore before, bool partial,
                               const RecordRules& rules)
    : bytes_(bytes),
      place_{bytes, begin, before.in_line},
      partial_(partial),
      max_record_bytes_(rules.limit()),
      form_(joins(rules) ? rules.form.get() : nullptr),
      redactor_(rules.redactor) {
  // Places in UTF-16 are even. What an older version cut somewhere else goes on as it began.
  if (rules.encoding != TextEncoding::kBytes && begin % 2 == 0) decode(before, rules.encoding);
  if (!redactor_) return;
  if (unwraps()) {
    remember_before(before.text);
  } else {
    scan_.emplace(redactor_, bytes_, before, max_record_bytes_);
  }
}

/// From here on the text stands for the bytes, and what was there before it for what was before them.
void RecordSplitter::decode(BytesBefore& before, TextEncoding encoding) {
  utf16_ =
      std::make_unique<const Utf16Lines>(bytes_, place_.offset, before.in_line, partial_, max_record_bytes_, encoding);
  bytes_ = place_.rest = utf16_->text();
  append_utf16_line(text_before_, before.text, /*in_line=*/false, encoding);
  before.text = text_before_;
}

bool RecordSplitter::unwraps() const {
  return form_ != nullptr && form_->unwraps();
}

std::optional<Record> RecordSplitter::next() {
  std::optional<Record> record;
  if (at_end()) return record;
  record.emplace();
  if (form_ == nullptr && !scan_) {
    take_line(*record);
    return record;
  }
  const std::size_t at = place();
  const bool continued = place_.continues;
  if (form_ == nullptr) {
    take_line(*record);
  } else {
    take_joined(*record);
  }
  if (scan_) {
    record->line = show(*scan_, at, record->line, continued, /*open=*/place_.continues);
  } else if (redactor_) {
    record->line = show_unwrapped(record->line);
  }
  return record;
}

std::size_t RecordSplitter::next_suspect() {
  if (unwraps() || utf16_) return at_end() ? kNone : place();
  return scan_ ? scan_->next_suspect(place()) : kNone;
}

void RecordSplitter::skip_to_line_of(std::size_t at) {
  const std::size_t from = place();
  if (at <= from) return;
  const void* newline = memrchr(bytes_.data() + from, '\n', at - from);
  if (newline == nullptr) return;
  const std::size_t begin = static_cast<std::size_t>(static_cast<const char*>(newline) - bytes_.data()) + 1;
  place_.rest.remove_prefix(begin - from);
  place_.offset += begin - from;
  place_.continues = false;
}

/// A line at a time, since that is how secrets are known. What is returned is `text`, or lives until the next call.
std::string_view RecordSplitter::show(SecretScan& scan, std::size_t at, std::string_view text, bool continued,
                                      bool open) {
  if (text.find('\n') == kNone) return scan.show(at, text, continued, open);
  std::string shown;
  bool is_changed = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t newline = text.find('\n', begin);
    const bool is_last = newline == kNone;
    const std::string_view line = text.substr(begin, is_last ? kNone : newline - begin);
    const std::string_view seen = scan.show(at + begin, line, continued && begin == 0, open && is_last);
    is_changed = is_changed || seen.data() != line.data();
    shown.append(seen);
    if (is_last) break;
    shown.push_back('\n');
    begin = newline + 1;
  }
  if (!is_changed) return text;
  shown_ = std::move(shown);
  return shown_;
}

/// The container's lines before the bytes.
void RecordSplitter::remember_before(std::string_view raw) {
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find('\n'), raw.size());
    const auto wrapped = unwrap(without_carriage_return(raw.substr(0, end)), form_->parse);
    if (wrapped) append_text(before_, *wrapped);
    if (wrapped && !wrapped->open) before_.push_back('\n');
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
}

/// The redactor's keywords and keys stand in what the container wrote, not in how it is wrapped.
std::string_view RecordSplitter::show_unwrapped(std::string_view text) {
  SecretScan scan(redactor_, text, {/*in_a_line=*/false, before_}, std::max<std::size_t>(text.size(), 1));
  std::string_view shown = show(scan, 0, text, /*continued=*/false, /*open=*/false);
  if (shown.data() != text.data() && shown.data() != shown_.data()) shown = shown_.assign(shown);
  before_.append(text).push_back('\n');
  if (before_.size() > 2 * Redactor::kReach) before_.erase(0, before_.size() - Redactor::kReach);
  return shown;
}

/// A line, or a part of one that is too long.
void RecordSplitter::take_line(Record& record) {
  if (utf16_) return take_decoded(record);
  const std::size_t limit = max_record_bytes_;
  std::string_view& rest = place_.rest;
  record.begin = place_.offset;
  record.truncated = place_.continues;
  // Two bytes past the limit: the CR and LF of a line that just fits.
  const std::size_t newline = find_newline(rest.substr(0, limit + 2));
  std::size_t taken = 0;
  if (newline != kNone && without_carriage_return(rest.substr(0, newline)).size() <= limit) {
    record.line = without_carriage_return(rest.substr(0, newline));
    taken = newline + 1;
    place_.continues = false;
  } else {
    taken = std::min(limit, rest.size());
    record.line = rest.substr(0, taken);
    record.partial = partial_ && taken == rest.size();
    record.truncated = record.truncated || !record.partial;
    place_.continues = true;
  }
  rest.remove_prefix(taken);
  place_.offset += taken;
  record.end = place_.offset;
}

void RecordSplitter::take_decoded(Record& record) {
  const Utf16Lines::Line& line = utf16_->lines()[place_.line++];
  record.begin = place_.offset;
  record.line = place_.rest.substr(0, line.length);
  record.truncated = line.truncated;
  record.partial = line.partial;
  place_.rest.remove_prefix(line.taken);
  place_.continues = line.open;
  place_.offset = record.end = line.end;
}

void RecordSplitter::take_joined(Record& record) {
  take_line(record);
  closed_ = true;
  if (record.truncated) return;  // a part of a line, which belongs to nothing else
  if (form_->unwraps()) closed_ = unwrap_line(record, text_, record.begin);
  if (form_->multiline != nullptr && closed_) join_lines(record);
}

/// Adds the lines that go on with `record`, which is the first.
void RecordSplitter::join_lines(Record& record) {
  const Multiline& multiline = *form_->multiline;
  if (!multiline.begins(record.line)) return;
  const bool unwraps = form_->unwraps();
  std::string_view last = record.line;
  bool copied = false;
  for (std::uint32_t lines = 1; !multiline.ends(last); ++lines) {
    if (lines >= multiline.max_lines()) {
      record.truncated = true;
      return;
    }
    if (at_end()) {
      closed_ = false;
      return;
    }
    const Place before = place_;
    Record next;
    take_line(next);
    const bool is_line = !next.truncated;
    const bool complete = is_line && (!unwraps || unwrap_line(next, line_, record.begin));
    const bool fits = is_line && next.end - record.begin <= max_record_bytes_ && next.output == record.output;
    if (!fits || !multiline.goes_on(next.line)) {
      closed_ = !fits || complete;  // an open line may turn into one that goes on
      place_ = before;
      return;
    }
    if (!unwraps) {
      record.line = spanning(record.line, next.line);
      last = next.line;
    } else {
      if (!copied && record.line.data() != text_.data()) text_.assign(record.line);
      copied = true;
      const std::size_t at = text_.size() + 1;
      text_.append(1, '\n').append(next.line);
      record.line = text_;
      last = record.line.substr(at);
      record.truncated = record.truncated || next.truncated;
    }
    record.partial = next.partial;
    record.end = next.end;
    if (!complete) {
      closed_ = false;
      return;
    }
  }
}

/// Makes a container's line of a line of the file, and of those that follow it if it is open, as far as there is room
/// in a record that begins at `begin`. False: it is open where the bytes end.
bool RecordSplitter::unwrap_line(Record& record, std::string& buffer, std::uint64_t begin) {
  auto wrapped = unwrap(record.line, form_->parse);
  if (!wrapped) return true;  // something else: shown as it is
  record.output = wrapped->output;
  record.stated = wrapped->time;
  if (!wrapped->escaped && !wrapped->open) {
    record.line = wrapped->text;
    return true;
  }
  buffer.clear();
  append_text(buffer, *wrapped);
  const bool complete = !wrapped->open || join_wrapped(record, buffer, begin);
  record.line = buffer;
  return complete;
}

/// The rest of a container's line. What does not fit, or is mixed with another output, begins another record.
bool RecordSplitter::join_wrapped(Record& record, std::string& buffer, std::uint64_t begin) {
  while (!at_end()) {
    const Place before = place_;
    Record next;
    take_line(next);
    const auto wrapped = unwrap(next.line, form_->parse);
    const bool fits = !next.truncated && next.end - begin <= max_record_bytes_;
    if (!fits || !wrapped || wrapped->output != record.output) {
      place_ = before;
      record.truncated = true;
      return true;
    }
    append_text(buffer, *wrapped);
    record.end = next.end;
    record.partial = next.partial;
    if (!wrapped->open) return true;
  }
  record.truncated = true;
  return false;
}

bool needs_text_before(const RecordRules& rules, std::string_view bytes, bool in_line) {
  if (!rules.redactor) return false;
  if (rules.encoding != TextEncoding::kBytes) return true;
  const bool is_wrapped = rules.form != nullptr && rules.form->unwraps();
  return is_wrapped || SecretScan::needs_text_before(*rules.redactor, bytes, in_line);
}

std::size_t whole_lines(std::string_view bytes, const RecordRules& rules) {
  const std::size_t unit = unit_bytes(rules.encoding);
  const std::size_t newline = find_last_newline(bytes, rules.encoding);
  const std::size_t lines = newline == kNone ? 0 : newline + unit;
  const std::size_t limit = rules.limit();
  bytes = bytes.substr(0, unit_start(bytes.size(), rules.encoding));
  const std::size_t open = bytes.size() - lines;
  if (open <= limit) return lines;
  std::size_t parts = (open - 1) / limit;
  // One character behind the last part: if it is a CR, the LF that would make it a line ending may still come.
  if (open == parts * limit + unit && ends_with_return(bytes, rules.encoding)) --parts;
  return lines + parts * limit;
}

std::size_t whole_records(std::string_view bytes, const RecordRules& rules, bool continues) {
  const std::size_t lines = whole_lines(bytes, rules);
  if (lines == 0 || !joins(rules)) return lines;
  return closed_records(bytes, lines, continues, rules);
}

}  // namespace tailwater
