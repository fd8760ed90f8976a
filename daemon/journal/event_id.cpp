#include "journal/event_id.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/bytes.h"

namespace tailwater {

namespace {

constexpr std::string_view kStartText = "start";

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

template <typename T>
void append_number(T number, std::string& out) {
  char digits[std::numeric_limits<T>::digits10 + 1];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

/// As to_text() writes numbers: no sign, no leading zero.
template <typename T>
std::optional<T> parse_canonical(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return parse_number<T>(text);
}

tl::unexpected<Error> bad_id() {
  // The text is a stranger's and is not repeated: it would end up in logs and replies.
  return fail(ErrorCode::kInvalid, "not an event ID: expected <key>.<generation>.<offset>, as in k3x9.0.48213");
}

}  // namespace

Result<FileKey> FileKey::parse(std::string_view text) {
  if (text.size() < kMinLength || text.size() > kMaxLength || !std::all_of(text.begin(), text.end(), is_key_character))
    return fail(ErrorCode::kInvalid, "not a file key: expected 4 to 10 characters of a-z and 0-9");
  FileKey key;
  std::copy(text.begin(), text.end(), key.text_.begin());
  key.length_ = static_cast<std::uint8_t>(text.size());
  return key;
}

FileKey FileKey::start() {
  FileKey key;
  std::copy(kStartText.begin(), kStartText.end(), key.text_.begin());
  key.length_ = static_cast<std::uint8_t>(kStartText.size());
  return key;
}

void append_text(const Position& position, std::string& out) {
  out += position.file.text();
  out += '.';
  append_number(position.generation, out);
  out += '.';
  append_number(position.offset, out);
}

std::string to_text(const EventId& id) {
  std::string text;
  text.reserve(EventId::kMaxLength);
  text += id.position.file.text();
  text += '.';
  append_number(id.position.generation, text);
  text += id.ended ? ".0" : ".";
  append_number(id.position.offset, text);
  return text;
}

Result<EventId> parse_event_id(std::string_view text) {
  if (text.size() > EventId::kMaxLength) return bad_id();
  const std::size_t first = text.find('.');
  if (first == std::string_view::npos) return bad_id();
  const std::size_t second = text.find('.', first + 1);
  if (second == std::string_view::npos) return bad_id();
  std::string_view offset_text = text.substr(second + 1);
  const bool ended = offset_text.size() > 1 && offset_text.front() == '0';
  if (ended) offset_text.remove_prefix(1);

  const auto key = FileKey::parse(text.substr(0, first));
  const auto generation = parse_canonical<std::uint32_t>(text.substr(first + 1, second - first - 1));
  const auto offset = parse_canonical<std::uint64_t>(offset_text);
  if (!key || !generation || !offset) return bad_id();
  return EventId{Position{*key, *generation, *offset}, ended};
}

}  // namespace tailwater
