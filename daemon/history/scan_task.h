// ScanTask: what a search and a histogram have in common: lanes that look through the pieces of a plan, at the same
// time, each with its worker's buffer, and hand in what they found in the plan's order. At most a few pieces wait for
// one before them. Says how far it is four times a second.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "history/history_requests.h"
#include "history/patience.h"
#include "history/scan_plan.h"
#include "stream/body_task.h"

namespace tailwater {

class ScanTask : public BodyTask {
 public:
  static constexpr std::size_t kWindow = 8;  ///< pieces under way or waiting

  ScanTask(const HistorySources& sources, ScanRequest request, ScanOrder order, std::size_t lanes)
      : BodyTask(lanes), sources_(sources), request_(std::move(request)), order_(order) {}

 protected:
  /// What one piece gives; made by new_findings(), filled by one lane at a time.
  struct Findings {
    virtual ~Findings() = default;
  };
  /// Where records are being taken from.
  struct Place {
    std::size_t slice;  ///< of its piece
    const Extent& extent;
    const HistoryFiles::File& file;
  };
  struct Piece {
    ScanPiece work;
    std::unique_ptr<Findings> findings;
    std::size_t slice = 0;               // the one to go on with
    std::optional<std::uint64_t> begin;  // of the slice, once it is known
    std::uint64_t end = 0;
    bool done = false;
    bool unavailable = false;  // what comes next in it, at the moment
  };

  [[nodiscard]] virtual std::unique_ptr<Findings> new_findings() = 0;
  /// Takes a matching record; false: nothing more is wanted of the slice.
  virtual bool take(Findings& findings, const Place& place, const Record& record, const RecordFacts& facts) = 0;
  virtual void end_slice(Findings& /*findings*/) {}
  /// The next piece in the order is done: says what it gives. False: not all of it, because there is no room. One lane
  /// at a time.
  [[nodiscard]] virtual bool hand_in(Piece& piece, HistoryFiles& files, ReadBuffer& buffer) = 0;
  /// Nothing more will come, or nothing more is wanted.
  [[nodiscard]] virtual bool wants_more() const { return true; }
  virtual void say_end() = 0;
  virtual void say_progress() {}
  /// Before the first piece: where the plan begins.
  [[nodiscard]] virtual Result<WalkPlace> first_place(const HistoryBounds& bounds, const JournalEnd& end) = 0;

  void append_progress(std::string& out, std::uint64_t matches);
  [[nodiscard]] const HistorySources& sources() const { return sources_; }
  [[nodiscard]] const ScanRequest& request() const { return request_; }
  [[nodiscard]] ScanOrder order() const { return order_; }
  [[nodiscard]] const HistoryBounds& bounds() const { return bounds_; }
  [[nodiscard]] const JournalEnd& end() const { return end_; }

 private:
  enum class Stage : std::uint8_t { kNew, kMeasuring, kScanning, kOver };

  Turn work(ReadBuffer& buffer) final;
  [[nodiscard]] Turn begin_turn(HistoryFiles& files, SteadyTime began);
  [[nodiscard]] bool begin();
  [[nodiscard]] Turn try_again(SteadyTime began);
  [[nodiscard]] bool measure(HistoryFiles& files);
  [[nodiscard]] Result<std::shared_ptr<Piece>> claim(HistoryFiles& files, ReadBuffer& buffer);
  void scan(Piece& piece, HistoryFiles& files, ReadBuffer& buffer);
  [[nodiscard]] bool scan_slice(Piece& piece, HistoryFiles& files, ReadBuffer& buffer, SteadyTime until);
  [[nodiscard]] bool lose(Piece& piece, const HistoryFiles::File& file, const Error& error);
  void worked();
  [[nodiscard]] bool hand_in_ready(HistoryFiles& files, ReadBuffer& buffer);
  void progress();

  const HistorySources& sources_;
  const ScanRequest request_;
  const ScanOrder order_;
  HistoryBounds bounds_;  // written in kNew and kMeasuring, when one lane alone is at work
  JournalEnd end_;
  std::unique_ptr<ExtentWalk> measuring_;

  std::mutex mutex_;
  Stage stage_ = Stage::kNew;  // guarded by mutex_, as all below
  std::unique_ptr<ScanPlan> plan_;
  bool planned_ = false;                            // all of it
  std::deque<std::shared_ptr<Piece>> window_;       // in the plan's order
  std::deque<std::shared_ptr<Piece>> interrupted_;  // of those, what a lane has begun and laid down
  bool handing_in_ = false;
  Patience patience_;
  std::uint64_t total_ = 0;
  std::uint64_t scanned_ = 0;
  SteadyTime began_{};
  SteadyTime told_{};
};

}  // namespace tailwater
