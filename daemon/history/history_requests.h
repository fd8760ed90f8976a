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

enum class ScanOrder : std::uint8_t { kNewestFirst, kOldestFirst };

/// What is looked through.
struct ScanRequest {
  std::shared_ptr<const Selection> selection;
  TimeWindow window;
  std::optional<Position> from;  ///< begins there, without the record that ends there
};

struct SearchRequest {
  static constexpr std::uint32_t kDefaultLimit = 500;
  static constexpr std::uint32_t kMaxLimit = 10'000;
  static constexpr std::uint32_t kMaxContext = 50;

  ScanRequest scan;
  ScanOrder order = ScanOrder::kNewestFirst;
  std::uint32_t limit = kDefaultLimit;
  std::uint32_t context = 0;  ///< records of the same file around each match
};

struct HistogramRequest {
  static constexpr std::uint32_t kDefaultBuckets = 100;
  static constexpr std::uint32_t kMaxBuckets = 1000;

  ScanRequest scan;
  std::uint32_t buckets = kDefaultBuckets;
  WallTime now{};  ///< where it ends if nothing else is said
};

/// The matching records of some files, as a file.
struct DownloadRequest {
  std::shared_ptr<const Selection> selection;
  TimeWindow window;
  std::optional<std::uint32_t> generation;  ///< that one alone
  bool json = false;                        ///< an object a line; else the bare lines
};

}  // namespace tailwater
