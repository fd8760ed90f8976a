#include "filter/secret_scan.h"

#include <algorithm>
#include <utility>

#include "filter/ascii.h"

namespace tailwater {
namespace {

constexpr std::string_view kKeyEnd = "-----END";
constexpr std::size_t kLongWord = 40;       // of a key's line behind something else, a logger's prefix
constexpr int kMaxForeignLines = 3;         // that come between the lines of a key
constexpr std::size_t kLinesToJudgeBy = 5;  // a key's headers and the empty line behind them, then its body

bool is_base64(char c) {
  return is_alpha(c) || is_digit(c) || c == '+' || c == '/' || c == '=';
}

bool is_space(char c) {
  return is_blank(c) || c == '\r';
}

/// The part of `line` that can be a line of a key's body: its only word, or a long last one. Empty if there is none.
std::string_view key_body(std::string_view line) {
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  std::size_t begin = line.size();
  while (begin > 0 && is_base64(line[begin - 1])) --begin;
  const std::string_view word = line.substr(begin);
  const bool alone = std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(begin), is_space);
  return alone || word.size() >= kLongWord ? word : std::string_view();
}

/// Empty lines and headers (RFC 1421 section 4.4, RFC 9580 section 6.2.2) stand between BEGIN and the body.
bool is_key_header(std::string_view line) {
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  if (line.empty()) return true;
  constexpr std::string_view kHeaders[] = {"Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Hash:", "Charset:"};
  return std::any_of(std::begin(kHeaders), std::end(kHeaders), [&](std::string_view h) { return line.starts_with(h); });
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

}  // namespace

bool SecretScan::needs_text_before(const Redactor& redactor, std::string_view bytes, bool in_line) {
  if (in_line) return true;
  if (!redactor.hides_keys()) return false;
  for (std::size_t i = 0; i < kLinesToJudgeBy && !bytes.empty(); ++i) {
    const std::string_view line = next_line(bytes).substr(0, Redactor::kReach);
    if (!key_body(line.substr(0, line.find(kKeyEnd))).empty()) return true;
  }
  return false;
}

SecretScan::SecretScan(std::shared_ptr<const Redactor> redactor, std::string_view bytes, BytesBefore before,
                       std::size_t max_record_bytes)
    : redactor_(std::move(redactor)), bytes_(bytes), before_(std::move(before)) {
  std::string_view& text = before_.text;
  if (text.size() > Redactor::kReach) text.remove_prefix(text.size() - Redactor::kReach);
  if (!redactor_->hides_keys() || text.empty()) return;
  note_key(text, 0);
  if (!in_key_) return;
  // The lines between its beginning and here say whether it is still under way, as show() sees them.
  std::string_view rest = text.substr(text.size() - static_cast<std::size_t>(-key_));
  if (rest.find('\n') == npos) return;
  next_line(rest);
  while (!rest.empty()) {
    const auto begin = -static_cast<std::ptrdiff_t>(rest.size());
    const std::string_view line = next_line(rest);
    in_key_ = key_is_open(begin);
    if (in_key_) follow_key(line.substr(0, max_record_bytes), line);
    note_key(line, begin + static_cast<std::ptrdiff_t>(line.size()));
  }
}

/// `text` ends at `end`: does a key begin in it that does not end there?
void SecretScan::note_key(std::string_view text, std::ptrdiff_t end) {
  const std::size_t open = redactor_->hides_keys() ? Redactor::open_key(text) : npos;
  if (open == npos) return;
  in_key_ = true;
  no_key_lines_ = 0;
  key_ = end - static_cast<std::ptrdiff_t>(text.size() - open);
}

bool SecretScan::key_is_open(std::ptrdiff_t at) const {
  return in_key_ && at - key_ <= static_cast<std::ptrdiff_t>(Redactor::kReach - 64);
}

/// Is the key still under way behind the line that begins with `part`?
void SecretScan::follow_key(std::string_view part, std::string_view line) {
  const bool is_foreign = key_body(part).empty() && !is_key_header(part);
  no_key_lines_ = is_foreign ? no_key_lines_ + 1 : 0;
  if (no_key_lines_ >= kMaxForeignLines || line.find(kKeyEnd) != npos) in_key_ = false;
}

std::size_t SecretScan::next_suspect(std::size_t from) {
  if (from >= bytes_.size()) return npos;
  if (from == 0 && before_.in_line) return from;
  if (key_is_open(static_cast<std::ptrdiff_t>(from))) return from;
  if (suspect_from_ != npos && suspect_from_ <= from && from <= suspect_) return suspect_;
  suspect_from_ = from;
  suspect_ = redactor_->next_suspect(bytes_, from);
  return suspect_;
}

/// A part of an over-long line: what stands before it in that line may be the beginning of what goes on here.
void SecretScan::find_in_part(std::size_t at, std::string_view line, bool open) {
  std::string_view window;
  const std::size_t in_bytes = at - line_begin_;
  if (line_begin_ > 0 || !before_.in_line || in_bytes >= Redactor::kReach) {
    const std::size_t back = std::min(in_bytes, Redactor::kReach);
    window = bytes_.substr(at - back, back + line.size());
  } else {
    std::string_view text = before_.text;
    text.remove_prefix(std::min(text.rfind('\n') + 1, text.size()));
    const std::size_t back = std::min(text.size(), Redactor::kReach - in_bytes);
    window_.assign(text.substr(text.size() - back)).append(bytes_.substr(0, at + line.size()));
    window = window_;
  }
  redactor_->find(window, open, secrets_);
  if (window.find(kKeyEnd) != npos) in_key_ = false;
  note_key(window, static_cast<std::ptrdiff_t>(at + line.size()));
  const std::size_t skipped = window.size() - line.size();
  std::erase_if(secrets_, [&](const Redactor::Secret& secret) { return secret.end <= skipped; });
  for (Redactor::Secret& secret : secrets_) {
    secret.begin = std::max(secret.begin, skipped) - skipped;
    secret.end -= skipped;
  }
}

void SecretScan::hide_key_body(std::string_view line) {
  const std::string_view body = key_body(line.substr(0, line.find(kKeyEnd)));
  if (body.empty()) return;
  const auto begin = static_cast<std::size_t>(body.data() - line.data());
  secrets_.push_back({begin, begin + body.size(), redactor_->key_pattern()});
}

std::string_view SecretScan::show(std::size_t at, std::string_view line, bool continued, bool open) {
  if (!continued) line_begin_ = at;
  secrets_.clear();
  const bool in_key = key_is_open(static_cast<std::ptrdiff_t>(at));
  const bool is_suspect = next_suspect(at) < at + line.size();
  in_key_ = in_key;
  if (in_key && !continued) follow_key(line, line);
  if (continued) {
    find_in_part(at, line, open);
  } else if (is_suspect || open) {
    redactor_->find(line, open, secrets_);
    note_key(line, static_cast<std::ptrdiff_t>(at + line.size()));
  }
  if (in_key && secrets_.empty()) hide_key_body(line);
  if (secrets_.empty()) return line;
  shown_.clear();
  std::size_t told = 0;
  for (const Redactor::Secret& secret : secrets_) {
    shown_.append(line.substr(told, secret.begin - told)).append(redactor_->placeholder(secret.pattern));
    told = secret.end;
  }
  return shown_.append(line.substr(told));
}

}  // namespace tailwater
