// Any bytes as a line, or as the name of a level: an answer, or none, that depends on nothing but the first 2 KiB.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "filter/level.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto level = tailwater::detect_level(line);
  require(tailwater::detect_level(line.substr(0, 2048)) == level);
  if (size >= 2048) require(tailwater::detect_level(std::string(line) + " error ") == level);
  if (level) require(tailwater::parse_level(tailwater::to_text(*level)) == level);
  if (const auto named = tailwater::parse_level(line)) {
    // A name is found where it stands alone in its most explicit form.
    require(tailwater::detect_level("level=" + std::string(line)) == named);
  }
  return 0;
}
