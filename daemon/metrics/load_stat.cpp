#include "metrics/load_stat.h"

#include "metrics/proc_text.h"

namespace tailwater {

std::optional<LoadStat> parse_loadavg(std::string_view text) {
  std::string_view line;
  if (!take_line(text, line)) return std::nullopt;
  LoadStat load;
  for (double& average : load.averages) {
    const auto number = decimal_of(take_word(line));
    if (!number) return std::nullopt;
    average = *number;
  }
  const std::string_view entities = take_word(line);  // running/all
  const std::size_t slash = entities.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto threads = number_of(entities.substr(slash + 1));
  if (!threads) return std::nullopt;
  load.threads = *threads;
  return load;
}

std::optional<double> parse_uptime(std::string_view text) {
  std::string_view line;
  if (!take_line(text, line)) return std::nullopt;
  return decimal_of(take_word(line));
}

PressureStat parse_pressure(std::string_view text) {
  constexpr std::string_view kTotal = "total=";
  PressureStat pressure;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string_view kind = take_word(line);
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      if (word.substr(0, kTotal.size()) != kTotal) continue;
      const auto total = number_of(word.substr(kTotal.size()));
      if (kind == "some") pressure.some = total;
      if (kind == "full") pressure.full = total;
    }
  }
  return pressure;
}

}  // namespace tailwater
