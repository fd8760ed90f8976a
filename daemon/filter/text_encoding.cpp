#include "filter/text_encoding.h"

#include <cstring>

#include "filter/utf8.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::uint32_t kReplacement = 0xFFFD;

/// `at` is even and followed by another byte.
std::uint32_t unit_at(std::string_view bytes, std::size_t at, TextEncoding encoding) {
  const auto first = static_cast<unsigned char>(bytes[at]);
  const auto second = static_cast<unsigned char>(bytes[at + 1]);
  return encoding == TextEncoding::kUtf16Le ? (second * 256U + first) : (first * 256U + second);
}

bool is_high_surrogate(std::uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low_surrogate(std::uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

/// Where the code unit begins to which the byte LF at `at` belongs; kNone if that is no newline.
std::size_t newline_at(std::string_view bytes, std::size_t at, TextEncoding encoding) {
  const std::size_t begin = at & ~std::size_t{1};
  return begin + 1 < bytes.size() && unit_at(bytes, begin, encoding) == '\n' ? begin : kNone;
}

bool ends_with(std::string_view bytes, char16_t unit, TextEncoding encoding) {
  if (encoding == TextEncoding::kBytes) return !bytes.empty() && bytes.back() == static_cast<char>(unit);
  return bytes.size() >= 2 && bytes.size() % 2 == 0 && unit_at(bytes, bytes.size() - 2, encoding) == unit;
}

}  // namespace

TextEncoding encoding_of(std::string_view head) {
  if (head.starts_with("\xFF\xFE")) return TextEncoding::kUtf16Le;
  if (head.starts_with("\xFE\xFF")) return TextEncoding::kUtf16Be;
  return TextEncoding::kBytes;
}

std::size_t find_newline(std::string_view bytes, TextEncoding encoding, std::size_t from) {
  while (from < bytes.size()) {
    const void* found = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
    if (found == nullptr) return kNone;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (encoding == TextEncoding::kBytes) return at;
    const std::size_t newline = newline_at(bytes, at, encoding);
    if (newline != kNone) return newline;
    from = at + 1;
  }
  return kNone;
}

std::size_t find_last_newline(std::string_view bytes, TextEncoding encoding) {
  for (std::size_t end = bytes.size(); end > 0;) {
    const void* found = memrchr(bytes.data(), '\n', end);
    if (found == nullptr) return kNone;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (encoding == TextEncoding::kBytes) return at;
    const std::size_t newline = newline_at(bytes, at, encoding);
    if (newline != kNone) return newline;
    end = at;
  }
  return kNone;
}

bool ends_with_newline(std::string_view bytes, TextEncoding encoding) {
  return ends_with(bytes, u'\n', encoding);
}

bool ends_with_return(std::string_view bytes, TextEncoding encoding) {
  return ends_with(bytes, u'\r', encoding);
}

std::string_view whole_characters(std::string_view bytes, TextEncoding encoding) {
  if (encoding == TextEncoding::kBytes) return bytes;
  bytes = bytes.substr(0, bytes.size() & ~std::size_t{1});
  if (bytes.size() >= 2 && is_high_surrogate(unit_at(bytes, bytes.size() - 2, encoding))) bytes.remove_suffix(2);
  return bytes;
}

std::string_view without_trailing_nuls(std::string_view bytes, TextEncoding encoding) {
  const std::size_t unit = unit_bytes(encoding);
  bytes = bytes.substr(0, bytes.size() / unit * unit);
  if (bytes.empty() || bytes.back() != '\0') return bytes;
  const std::size_t last = bytes.find_last_not_of('\0');
  return last == kNone ? std::string_view() : bytes.substr(0, (last / unit + 1) * unit);
}

void append_utf16(std::string& out, std::string_view bytes, TextEncoding encoding) {
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    std::uint32_t unit = unit_at(bytes, at, encoding);
    if (unit < 0x80) {
      out.push_back(static_cast<char>(unit));
      continue;
    }
    if (is_high_surrogate(unit) && at + 3 < bytes.size()) {
      const std::uint32_t low = unit_at(bytes, at + 2, encoding);
      if (is_low_surrogate(low)) {
        unit = 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00);
        at += 2;
      }
    }
    append_utf8(out, unit);  // a lone surrogate as U+FFFD
  }
  if (at < bytes.size()) append_utf8(out, kReplacement);
}

}  // namespace tailwater
