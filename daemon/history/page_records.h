// PageRecords: what a page of history has gathered, as the JSON objects that it will show, and PageStep: what one turn
// of a worker lends to the walks that gather it (RecordsBefore, RecordsAfter).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

#include "history/extent_walk.h"
#include "stream/history_files.h"
#include "stream/record_framer.h"
#include "stream/record_pieces.h"
#include "stream/replay.h"
#include "stream/scan_pace.h"
#include "stream/sse_frame.h"

namespace tailwater {

struct PageRecord {
  std::string json;
  Position id;
  WalkPlace begin;
};

struct PageRecords {
  static constexpr std::size_t kMaxBytes = 8U << 20;  ///< of JSON; a page of very long records is shorter

  std::deque<PageRecord> records;
  std::deque<GapFrame> gaps;
  std::size_t bytes = 0;
  std::uint64_t scanned = 0;

  [[nodiscard]] bool full(std::size_t wanted) const { return records.size() >= wanted || bytes >= kMaxBytes; }
};

struct PageStep {
  const HistorySources& sources;
  const Selection& selection;
  ReadBuffer& buffer;
  const std::atomic<bool>& cancelled;
  HistoryFiles files;
  ScanPace& pace;
  bool give_up = false;  ///< what is unavailable now is a gap
  std::uint64_t scanned = 0;

  [[nodiscard]] bool over() const {
    return scanned >= StepBudget{}.scan_bytes || pace.step_is_over() || cancelled.load(std::memory_order_relaxed);
  }
  /// Is it worth trying again later?
  [[nodiscard]] bool may_wait(const Error& error) const { return error.code == ErrorCode::kUnavailable && !give_up; }
};

/// The object of a record: its members with its ID in front.
[[nodiscard]] std::string record_json(const RecordFramer& framer, const Record& record, const RecordFacts& facts);
/// Why bytes that were there are not to be had.
[[nodiscard]] GapReason reason_gone(const Catalog& catalog, const Extent& extent);
/// Why bytes cannot be had that could not be opened.
[[nodiscard]] GapReason reason_of(const Error& error, const Catalog& catalog, const Extent& extent);
/// `to`: kUnknownEnd where nobody knows.
[[nodiscard]] GapFrame gap_between(const FileInfo& file, std::uint32_t generation, std::uint64_t from, std::uint64_t to,
                                   GapReason reason);

}  // namespace tailwater
