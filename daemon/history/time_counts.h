// TimeCounts: records counted by time and level, in buckets of a round width that grows as the time they span does, so
// that there are never more than asked for. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "filter/level.h"

namespace tailwater {

class TimeCounts {
 public:
  static constexpr std::size_t kKinds = 7;  ///< six levels, and none
  using Counts = std::array<std::uint64_t, kKinds>;

  explicit TimeCounts(std::size_t most) : most_(most) {}

  void add(WallTime time, std::optional<Level> level);
  void merge(const TimeCounts& other);
  /// Buckets are at least so wide that this much time fits.
  void span(WallTime from, WallTime to);

  [[nodiscard]] Milliseconds width() const;
  [[nodiscard]] bool empty() const { return buckets_.empty(); }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// Where the first bucket begins, and just past the last. Not to be asked when empty.
  [[nodiscard]] WallTime begin() const;
  [[nodiscard]] WallTime end() const;
  /// `[{"time":...,"counts":{...}},...]`, empty buckets left out.
  void append_json(std::string& out) const;

 private:
  [[nodiscard]] std::int64_t index_of(WallTime time) const;
  void widen_to(std::size_t width);
  void fit();

  std::size_t most_;
  std::size_t width_ = 0;                   // an index into the widths
  std::map<std::int64_t, Counts> buckets_;  // by time divided by the width
  std::map<std::int64_t, Counts>::iterator last_ = buckets_.end();
  std::uint64_t total_ = 0;
};

}  // namespace tailwater
