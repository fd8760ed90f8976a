// StageMap: in which stage of its job each record of a run's file is. It says what was known when the record came: what
// a later line tells about an earlier one changes nothing here, so that a record has the same stage whoever reads it
// and whenever. Immutable once made, shared; any thread.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace tailwater {

struct StageMap {
  /// Where a record ends.
  struct Place {
    std::uint32_t generation = 0;
    std::uint64_t offset = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  /// Records that end there or behind it, up to the next one's, are in the stage `names[name - 1]`; 0: in none.
  struct Change {
    Place from;
    std::uint32_t name = 0;
    friend bool operator==(const Change&, const Change&) = default;
  };
  std::vector<Change> changes;     ///< by their places
  std::vector<std::string> names;  ///< "build / link"

  /// How many of the changes are not behind the place.
  [[nodiscard]] std::size_t count_up_to(const Place& end) const {
    const auto behind = std::upper_bound(changes.begin(), changes.end(), end,
                                         [](const Place& place, const Change& each) { return place < each.from; });
    return static_cast<std::size_t>(behind - changes.begin());
  }
};

}  // namespace tailwater
