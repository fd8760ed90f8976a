// TextEncoding: how the text of a file is written down, told by the byte order mark at its beginning, and where lines
// end in it. Pure. Everything of ASCII's kin is kBytes: a line ends with the byte LF there. In UTF-16 it ends with the
// code unit LF, two bytes that begin at an even offset; what is looked through must begin at one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailwater {

enum class TextEncoding : std::uint8_t { kBytes, kUtf16Le, kUtf16Be };

/// Of a file that begins with `head`; two bytes are enough.
[[nodiscard]] TextEncoding encoding_of(std::string_view head);
/// Could two bytes more tell something else than kBytes? So few have been written.
[[nodiscard]] inline bool may_become_a_mark(std::string_view head) {
  return head == "\xFF" || head == "\xFE";
}

/// Bytes that a newline takes; places in a text are multiples of it.
[[nodiscard]] constexpr std::size_t unit_bytes(TextEncoding encoding) {
  return encoding == TextEncoding::kBytes ? 1 : 2;
}
/// `offset`, or the last place before it where a code unit begins.
[[nodiscard]] constexpr std::uint64_t unit_start(std::uint64_t offset, TextEncoding encoding) {
  return encoding == TextEncoding::kBytes ? offset : offset & ~std::uint64_t{1};
}

/// Where the first newline begins, not before `from`, or the last; npos: there is none.
[[nodiscard]] std::size_t find_newline(std::string_view bytes, TextEncoding encoding, std::size_t from = 0);
[[nodiscard]] std::size_t find_last_newline(std::string_view bytes, TextEncoding encoding);
[[nodiscard]] bool ends_with_newline(std::string_view bytes, TextEncoding encoding);
[[nodiscard]] bool ends_with_return(std::string_view bytes, TextEncoding encoding);
/// Whole code units only, and no first half of a surrogate pair at the end.
[[nodiscard]] std::string_view whole_characters(std::string_view bytes, TextEncoding encoding);
/// Without the NUL characters at the end, nor half a code unit.
[[nodiscard]] std::string_view without_trailing_nuls(std::string_view bytes, TextEncoding encoding);

/// Appends UTF-16 as UTF-8. Half of a surrogate pair, and half a code unit at the end, become U+FFFD.
void append_utf16(std::string& out, std::string_view bytes, TextEncoding encoding);

}  // namespace tailwater
