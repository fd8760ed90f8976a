#include "history/context_records.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "filter/record_form.h"
#include "history/page_records.h"
#include "stream/line_start.h"
#include "stream/record_start.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kReach = 256U << 10;

class ContextReader {
 public:
  ContextReader(const ContextCentre& centre, FrameStyle style, const HistorySources& sources,
                const HistoryFiles::File& file, const GenerationBytes& bytes, ReadBuffer& buffer,
                const std::atomic<bool>& cancelled)
      : centre_(centre),
        sources_(sources),
        file_(file),
        bytes_(bytes),
        buffer_(buffer),
        cancelled_(cancelled),
        framer_(style) {}

  std::vector<std::string> before(std::size_t count) {
    const std::uint64_t lowest = centre_.begin - std::min(centre_.begin, kReach);
    if (joins(file_.rules)) return joined_before(lowest, count);
    std::uint64_t from = centre_.begin;
    for (std::size_t i = 0; i < count && from > lowest; ++i) {
      const auto line = line_start_before(bytes_, lowest, from - 1, file_.rules.encoding, buffer_, cancelled_);
      if (!line) break;
      from = *line;
    }
    if (from == lowest && lowest > 0) {
      from = line_start_after(bytes_, lowest, centre_.begin, file_.rules.encoding, buffer_, cancelled_)
                 .value_or(centre_.begin);
    }
    auto all = records(from, centre_.begin, SIZE_MAX);
    if (all.size() > count) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(count));
    return all;
  }

  std::vector<std::string> after(std::size_t count) {
    const auto status = sources_.catalog.status(centre_.extent.file);
    const bool current = status && status->generation == centre_.extent.generation;
    const std::uint64_t end = current ? status->end : bytes_.size().value_or(centre_.extent.end);
    const std::uint64_t reach = std::min(std::max(end, centre_.extent.end), centre_.end + kReach);
    const auto whole = line_start_before(bytes_, centre_.end, reach, file_.rules.encoding, buffer_, cancelled_);
    if (!whole) return {};
    if (!joins(file_.rules)) return records(centre_.end, *whole, count);
    // Where lines are joined, only the extent tells where a record ends.
    const Extent& extent = centre_.extent;
    const auto boundary =
        exact_record_start(bytes_, extent, std::min(*whole, extent.end), file_.rules, buffer_, cancelled_);
    return records(centre_.end, boundary.value_or(centre_.end), count);
  }

 private:
  std::vector<std::string> joined_before(std::uint64_t lowest, std::size_t count) {
    const Extent& extent = centre_.extent;
    const auto from =
        exact_record_start(bytes_, extent, std::max(lowest, extent.begin), file_.rules, buffer_, cancelled_);
    auto all = records(from.value_or(centre_.begin), centre_.begin, SIZE_MAX);
    if (all.size() > count) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(count));
    return all;
  }

  std::vector<std::string> records(std::uint64_t from, std::uint64_t to, std::size_t most) {
    std::vector<std::string> found;
    Extent extent = centre_.extent;
    extent.begin = from;
    extent.end = to;
    extent.partial = false;
    if (from >= to) return found;
    RecordPieces pieces(bytes_, extent, from, to, file_.rules, buffer_);
    framer_.begin_extent(*file_.info, extent.generation, extent.arrived);
    set_stages(framer_, sources_, extent.file, file_.rules, {extent.generation, to});
    while (!pieces.done() && found.size() < most) {
      const auto piece = pieces.next();
      if (!piece || piece->missing) break;
      const RecordBytes& records = piece->records;
      RecordSplitter splitter(records.bytes, records.begin, {records.continues, records.before}, records.partial,
                              file_.rules);
      while (found.size() < most) {
        const auto record = splitter.next();
        if (!record) break;
        const WallTime arrived = arrival_of(record->end);
        const RecordFacts facts(*record, file_.origin(arrived));
        if (facts.is_dropped()) continue;
        framer_.begin_extent(*file_.info, centre_.extent.generation, arrived);
        found.push_back(record_json(framer_, *record, facts));
      }
    }
    return found;
  }

  /// When the record arrived that ends there: of those in the extent of the one in the middle it is known, of others
  /// the journal knows it as long as it reaches back.
  WallTime arrival_of(std::uint64_t end) {
    if (centre_.extent.begin < end && end <= centre_.extent.end) return centre_.extent.arrived;
    if (other_ && other_->begin < end && end <= other_->end) return other_->arrived;
    const auto point = sources_.journal.resolve({file_.info->key, centre_.extent.generation, end});
    if (!point) return centre_.extent.arrived;
    const auto entry = sources_.journal.read({point->entry, 0})->next(sources_.journal.end());
    if (!entry || !*entry || !std::holds_alternative<Extent>((*entry)->entry)) return centre_.extent.arrived;
    other_ = std::get<Extent>((*entry)->entry);
    return other_->arrived;
  }

  const ContextCentre& centre_;
  const HistorySources& sources_;
  const HistoryFiles::File& file_;
  const GenerationBytes& bytes_;
  ReadBuffer& buffer_;
  const std::atomic<bool>& cancelled_;
  std::optional<Extent> other_;
  RecordFramer framer_;
};

}  // namespace

ContextRecords context_of(const ContextCentre& centre, std::size_t count, FrameStyle style,
                          const HistorySources& sources, const HistoryFiles::File& file, const GenerationBytes& bytes,
                          ReadBuffer& buffer, const std::atomic<bool>& cancelled) {
  ContextReader reader(centre, style, sources, file, bytes, buffer, cancelled);
  return {reader.before(count), reader.after(count)};
}

}  // namespace tailwater
