// PageTask: GET /api/records: finds the place, gathers the records around it, says where it lies. One lane.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "history/byte_map.h"
#include "history/history_requests.h"
#include "history/patience.h"
#include "history/records_after.h"
#include "history/records_before.h"
#include "stream/body_task.h"

namespace tailwater {

class PageTask final : public BodyTask {
 public:
  /// What one page may look at; beyond it the page ends where it is.
  static constexpr std::uint64_t kMaxScan = 64U << 20;

  PageTask(const HistorySources& sources, ByteMaps& maps, PageRequest request)
      : BodyTask(1, SIZE_MAX), sources_(sources), maps_(maps), request_(std::move(request)) {}

 private:
  enum class Stage : std::uint8_t { kBegin, kFind, kGather, kPlace };

  Turn work(ReadBuffer& buffer) override;
  [[nodiscard]] Result<bool> begin();
  [[nodiscard]] Result<bool> find(PageStep& step);
  [[nodiscard]] Result<bool> find_fraction(PageStep& step);
  [[nodiscard]] Result<bool> learn_guessed(PageStep& step, ByteMap::Found& found);
  [[nodiscard]] Result<bool> find_time(PageStep& step);
  [[nodiscard]] Result<std::optional<WalkPlace>> place_of_time(PageStep& step, const WalkedExtent& found) const;
  void start_at(WalkPlace place);
  [[nodiscard]] Result<bool> gather(PageStep& step);
  [[nodiscard]] Result<bool> measure(PageStep& step);
  struct HeldMap {
    std::shared_ptr<ByteMaps::Entry> entry;
    std::unique_lock<std::mutex> lock;
    bool up_to_date = false;
  };
  [[nodiscard]] Result<HeldMap> hold_map(PageStep& step);
  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] std::optional<Position> older() const;
  [[nodiscard]] std::optional<Position> newer() const;

  const HistorySources& sources_;
  ByteMaps& maps_;
  const PageRequest request_;
  Stage stage_ = Stage::kBegin;
  HistoryBounds bounds_;
  JournalEnd end_;
  std::unique_ptr<ExtentWalk> time_walk_;
  std::optional<WalkedExtent> timed_;  // where the time is being looked for
  std::unique_ptr<RecordsBefore> before_;
  std::unique_ptr<RecordsAfter> after_;
  std::size_t wanted_before_ = 0;
  bool fill_ = false;  // a page that is short at the live end is filled up with older records
  bool cut_short_ = false;
  bool from_start_ = false;  // nothing lies before the place
  PageRecords page_;
  std::optional<double> position_;
  ScanPace pace_;
  Patience patience_;
};

}  // namespace tailwater
