// Cutting is decided by bytes alone: a part of an over-long line ends where the two bytes behind it show that the line
// ending does not follow, so that a line of exactly the limit is one record however its bytes happened to arrive.
#include "filter/record_splitter.h"

#include <algorithm>
#include <cstring>

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t limit_of(const RecordRules& rules) {
  return std::max<std::size_t>(rules.max_record_bytes, 1);
}

std::size_t find_newline(std::string_view bytes) {
  const void* found = bytes.empty() ? nullptr : std::memchr(bytes.data(), '\n', bytes.size());
  return found == nullptr ? kNone : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

std::string_view without_carriage_return(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

RecordSplitter::RecordSplitter(std::string_view bytes, std::uint64_t begin, BytesBefore before, bool partial,
                               const RecordRules& rules)
    : bytes_(bytes),
      rest_(bytes),
      offset_(begin),
      continues_(before.in_line),
      partial_(partial),
      max_record_bytes_(static_cast<std::uint32_t>(limit_of(rules))) {
  if (rules.redactor) scan_.emplace(rules.redactor, bytes, before, max_record_bytes_);
}

std::optional<Record> RecordSplitter::next() {
  if (rest_.empty()) return std::nullopt;
  const std::size_t limit = max_record_bytes_;
  const std::size_t at = place();
  const bool continued = continues_;
  Record record;
  record.begin = offset_;
  record.truncated = continues_;
  // Two bytes past the limit: the CR and LF of a line that just fits.
  const std::size_t newline = find_newline(rest_.substr(0, limit + 2));
  std::size_t taken = 0;
  if (newline != kNone && without_carriage_return(rest_.substr(0, newline)).size() <= limit) {
    record.line = without_carriage_return(rest_.substr(0, newline));
    taken = newline + 1;
    continues_ = false;
  } else {
    taken = std::min(limit, rest_.size());
    record.line = rest_.substr(0, taken);
    record.partial = partial_ && taken == rest_.size();
    record.truncated = record.truncated || !record.partial;
    continues_ = true;
  }
  rest_.remove_prefix(taken);
  offset_ += taken;
  record.end = offset_;
  if (scan_) record.line = scan_->show(at, record.line, continued, /*open=*/continues_);
  return record;
}

void RecordSplitter::skip_to_line_of(std::size_t at) {
  const std::size_t from = place();
  if (at <= from) return;
  const void* newline = memrchr(bytes_.data() + from, '\n', at - from);
  if (newline == nullptr) return;
  const std::size_t begin = static_cast<std::size_t>(static_cast<const char*>(newline) - bytes_.data()) + 1;
  rest_.remove_prefix(begin - from);
  offset_ += begin - from;
  continues_ = false;
}

std::size_t whole_records(std::string_view bytes, const RecordRules& rules) {
  const void* found = bytes.empty() ? nullptr : memrchr(bytes.data(), '\n', bytes.size());
  const std::size_t lines =
      found == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1;
  const std::size_t limit = limit_of(rules);
  const std::size_t open = bytes.size() - lines;
  if (open <= limit) return lines;
  std::size_t parts = (open - 1) / limit;
  // One byte behind the last part: if it is a CR, the LF that would make it a line ending may still come.
  if (open == parts * limit + 1 && bytes.back() == '\r') --parts;
  return lines + parts * limit;
}

}  // namespace tailwater
