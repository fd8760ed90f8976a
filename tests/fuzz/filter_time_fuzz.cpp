// Any bytes as a line: a time that can be written and read back, or none. A first byte chooses zone and arrival.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/time_text.h"
#include "filter/record_time.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::chrono::seconds zone = std::chrono::hours(data[0] % 27 - 12);
  const tailwater::WallTime arrived(std::chrono::hours(24 * 366) * (10 + data[0] % 100));
  const auto time = tailwater::detect_time(line, arrived, zone);
  require(tailwater::detect_time(line.substr(0, 2048), arrived, zone) == time);
  if (!time) return 0;
  require(*time >= tailwater::WallTime(-std::chrono::hours(24)));
  const std::string text = tailwater::to_rfc3339(*time);
  const bool in_range = *time >= tailwater::WallTime{} && text < "9999";
  if (in_range) require(tailwater::detect_time(text, arrived, zone) == time);
  return 0;
}
