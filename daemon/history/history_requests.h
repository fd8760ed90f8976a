// What clients may ask of the past, as plain values: a page, a search, a histogram, a download. Times and IDs are
// parsed, but whether there is such a place only the history can tell.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "filter/query.h"
#include "journal/event_id.h"
#include "stream/selection.h"
#include "stream/time_cut.h"

namespace tailwater {

struct PageRequest {
  enum class Place : std::uint8_t { kNewest, kBefore, kAfter, kAround, kAt, kTime };
  static constexpr std::uint32_t kDefaultLimit = 200;
  static constexpr std::uint32_t kMaxLimit = 1000;

  std::shared_ptr<const Selection> selection;
  Place place = Place::kNewest;
  Position id;          ///< for kBefore, kAfter, kAround
  double fraction = 0;  ///< for kAt: 0 to 1
  WallTime time{};      ///< for kTime
  std::uint32_t limit = kDefaultLimit;
};

}  // namespace tailwater
