// append_terminal_text(): whatever a line holds, no control character but tab and newline gets through, and no escape
// but of colours.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "client/terminal_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line = tailwater::to_valid_utf8({reinterpret_cast<const char*>(data), size});
  std::string out;
  tailwater::append_terminal_text(out, line, tailwater::Colors::kStripped);
  for (const char c : out) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == '\x7f') std::abort();
  }
  std::string colored;
  tailwater::append_terminal_text(colored, line, tailwater::Colors::kKept);
  for (std::size_t at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b', at + 1)) {
    const std::size_t end = colored.find_first_not_of("0123456789;:", at + 2);
    if (colored[at + 1] != '[' || end == std::string::npos || colored[end] != 'm') std::abort();
  }
  return 0;
}
