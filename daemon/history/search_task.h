// SearchTask: GET /api/search: matches as events, newest or oldest first, with the records around them. What lanes find
// is kept as places alone; a match is read again and framed when it is its turn and its reader has room, so memory does
// not grow with what matches.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "history/scan_task.h"
#include "stream/record_framer.h"

namespace tailwater {

class SearchTask final : public ScanTask {
 public:
  SearchTask(const HistorySources& sources, const SearchRequest& request, std::size_t lanes)
      : ScanTask(sources, request.scan, request.order, lanes),
        limit_(request.limit),
        context_(request.context),
        framer_(request.scan.selection->style()) {}

 private:
  struct Hit {
    std::size_t slice = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  struct Found final : Findings {
    std::deque<Hit> of_slice;  ///< in the order of the file
    std::vector<Hit> hits;     ///< in the order wanted
    std::size_t said = 0;
  };

  [[nodiscard]] std::unique_ptr<Findings> new_findings() override { return std::make_unique<Found>(); }
  bool take(Findings& findings, const Place& place, const Record& record, const RecordFacts& facts) override;
  void end_slice(Findings& findings) override;
  [[nodiscard]] bool hand_in(Piece& piece, HistoryFiles& files, ReadBuffer& buffer) override;
  [[nodiscard]] bool wants_more() const override { return matches_.load(std::memory_order_relaxed) < limit_; }
  void say_end() override;
  void say_progress() override;
  [[nodiscard]] Result<WalkPlace> first_place(const HistoryBounds& bounds, const JournalEnd& end) override;

  [[nodiscard]] std::optional<std::string> match(const ScanSlice& slice, const Hit& hit, HistoryFiles& files,
                                                 ReadBuffer& buffer);
  void append_context(std::string& out, const ScanSlice& slice, const Hit& hit, const HistoryFiles::File& file,
                      const GenerationBytes& bytes, ReadBuffer& buffer);

  const std::uint32_t limit_;
  const std::uint32_t context_;
  std::atomic<std::uint32_t> matches_{0};
  std::optional<Position> last_;
  RecordFramer framer_;
};

}  // namespace tailwater
