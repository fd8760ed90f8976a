// A condition, then a newline and a record: an error with a column inside the text and words that are safe to show, or
// a condition whose canonical text is one, the same, and means the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "filter/where.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(0, end);
  const std::string_view line = input.substr(std::min(end + 1, input.size()));
  const auto where = tailwater::Where::parse(text);
  if (!where) {
    require(where.error().column >= 1 && where.error().column <= text.size() + 1);
    require(!where.error().message.empty() && where.error().message.size() < 1000);
    return 0;
  }
  tailwater::WhereLimits roomy;  // the canonical text may be longer than what was typed
  roomy.max_bytes = 1 << 20;
  roomy.max_depth = 64;
  const auto again = tailwater::Where::parse((*where)->text(), roomy);
  require(again.has_value());
  require((*again)->text() == (*where)->text());
  const tailwater::RecordFacts facts(line, tailwater::WallTime{});
  const bool matches = (*where)->matches(facts);
  require(matches == (*again)->matches(facts));
  if (matches) require(line.find((*where)->required_literal()) != std::string_view::npos);
  return 0;
}
