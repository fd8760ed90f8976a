// Scrape: one answer of /metrics, or of any other exporter, as numbers by name and labels, spelt as they stand there.
#pragma once

#include <cstdlib>
#include <map>
#include <string>

namespace tailwater {

class Scrape {
 public:
  explicit Scrape(const std::string& text) {
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t end = text.find('\n', begin);
      if (end == std::string::npos) end = text.size();
      const std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      const std::size_t space = line.rfind(' ');
      if (line.empty() || line.front() == '#' || space == std::string::npos) continue;
      values_[line.substr(0, space)] = std::strtod(line.c_str() + space + 1, nullptr);
    }
  }
  [[nodiscard]] bool has(const std::string& series) const { return values_.contains(series); }
  /// 0 where there is no such series.
  [[nodiscard]] double value(const std::string& series) const {
    const auto found = values_.find(series);
    return found == values_.end() ? 0 : found->second;
  }
  [[nodiscard]] const std::map<std::string, double>& values() const { return values_; }

 private:
  std::map<std::string, double> values_;
};

}  // namespace tailwater
