// A line of a container's log file: what is found in it is a part of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "filter/wrapped_line.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_part(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> no_later;
  return part.empty() ||
         (no_later(whole.data(), part.data()) && no_later(part.data() + part.size(), whole.data() + whole.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  for (const tailwater::ParseAs form : {tailwater::ParseAs::kDocker, tailwater::ParseAs::kCri}) {
    const auto wrapped = tailwater::unwrap(line, form);
    if (!wrapped) continue;
    require(is_part(wrapped->text, line) && is_part(wrapped->output, line) && is_part(wrapped->time, line));
    std::string text;
    append_text(text, *wrapped);
    require(wrapped->escaped || text == wrapped->text);
  }
  return 0;
}
