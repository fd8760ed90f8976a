#include "sdjournal/written_lines.h"

#include "base/bytes.h"

namespace tailwater {

WrittenLines::WrittenLines(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) {
      torn_ = bytes;
      return;
    }
    ++lines_[fingerprint(bytes.substr(0, newline + 1))];
    ++left_;
    bytes.remove_prefix(newline + 1);
  }
}

bool WrittenLines::take(std::string_view line) {
  if (left_ == 0) return false;
  const auto known = lines_.find(fingerprint(line));
  if (known == lines_.end()) return false;
  if (--known->second == 0) lines_.erase(known);
  --left_;
  return true;
}

void WrittenLines::append_to(std::string& out, std::string_view line) {
  if (torn_.empty()) {
    out.append(line);
  } else if (line.starts_with(torn_)) {
    out.append(line.substr(torn_.size()));
    torn_.clear();
  } else {
    end_torn_line(out);
    out.append(line);
  }
}

void WrittenLines::end_torn_line(std::string& out) {
  if (!torn_.empty()) out.push_back('\n');
  torn_.clear();
}

void WrittenLines::forget_lines() {
  lines_.clear();
  left_ = 0;
}

}  // namespace tailwater
