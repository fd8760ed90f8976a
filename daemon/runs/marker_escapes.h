// The escapes in which CI systems write texts into one line. Wrong ones stand for themselves. Private to runs/. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

/// %25, %0A, %0D; in properties also %3A, %2C, %3B, %5D; Azure writes %AZP25 for a per cent sign.
[[nodiscard]] std::string from_percent_escapes(std::string_view text);
/// |n |r |' |[ |] || |0xNNNN |x |l |p
[[nodiscard]] std::string from_bar_escapes(std::string_view text);

}  // namespace tailwater
