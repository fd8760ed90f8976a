// PatternSet: which of many patterns occur in a line, found in one pass over it (RE2::Set): about as fast for a
// thousand patterns as for ten, where one after another they would take a thousand times as long as one. Immutable
// after make(); find() by one thread at a time. Making it takes milliseconds: off the loops that serve others.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "filter/regex_filter.h"

namespace tailwater {

class PatternSet {
 public:
  /// What the pass may remember of what it has seen; more patterns and less regular lines need more.
  static constexpr std::int64_t kMemory = 32 << 20;

  /// Null if they do not fit into one set. `patterns` are copied.
  [[nodiscard]] static std::unique_ptr<PatternSet> make(std::span<const std::shared_ptr<const RegexFilter>> patterns);
  ~PatternSet();
  PatternSet(const PatternSet&) = delete;
  PatternSet& operator=(const PatternSet&) = delete;

  /// Replaces `found` by the indices of those that occur in `line`, as each one's matches() would say. False: the
  /// memory was used up, and each has to be asked by itself.
  [[nodiscard]] bool find(std::string_view line, std::vector<int>& found) const;

 private:
  struct Impl;
  explicit PatternSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailwater
