// Level words as numbers: up to eight letters, case folded, packed into 64 bits, so that telling a level from any
// other word of a line is one comparison of integers. Private to filter/. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "filter/ascii.h"
#include "filter/level.h"

namespace tailwater {

/// 0, which no level word has, for more than eight letters and for anything that is no ASCII letter.
constexpr std::uint64_t packed_word(std::string_view word) {
  if (word.size() > 8) return 0;
  std::uint64_t packed = 0;
  for (const char c : word) {
    if (!is_alpha(c)) return 0;
    packed = packed << 8 | static_cast<unsigned char>(to_lower(c));
  }
  return packed;
}

struct LevelWord {
  Level level;
  /// Stands for a level anywhere in a text, in any case. The others are ordinary words (alert, notice, fine) and
  /// count in capitals or alone in brackets only.
  bool plain;
};

constexpr std::optional<LevelWord> level_word(std::uint64_t packed) {
  switch (packed) {
    case packed_word("trace"):
    case packed_word("trc"): return LevelWord{Level::kTrace, true};
    case packed_word("verbose"):
    case packed_word("finest"):
    case packed_word("finer"): return LevelWord{Level::kTrace, false};
    case packed_word("debug"):
    case packed_word("dbg"): return LevelWord{Level::kDebug, true};
    case packed_word("fine"): return LevelWord{Level::kDebug, false};
    case packed_word("info"):
    case packed_word("inf"): return LevelWord{Level::kInfo, true};
    case packed_word("notice"): return LevelWord{Level::kInfo, false};
    case packed_word("warn"):
    case packed_word("wrn"):
    case packed_word("warning"): return LevelWord{Level::kWarn, true};
    case packed_word("error"):
    case packed_word("err"): return LevelWord{Level::kError, true};
    case packed_word("severe"): return LevelWord{Level::kError, false};
    case packed_word("critical"):
    case packed_word("crit"):
    case packed_word("fatal"): return LevelWord{Level::kCritical, true};
    case packed_word("ftl"):
    case packed_word("alert"):
    case packed_word("emerg"):
    case packed_word("panic"):
    case packed_word("dpanic"): return LevelWord{Level::kCritical, false};
    default: return std::nullopt;
  }
}

}  // namespace tailwater
