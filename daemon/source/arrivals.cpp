#include "source/arrivals.h"

#include <utility>

namespace tailwater {

void Arrivals::append(const std::shared_ptr<const FileInfo>& file, Extent extent, std::string_view bytes,
                      bool continues, std::string text_before) {
  const Journal::Appended appended = journal_.append(extent);
  unwritten_ = true;
  if (silent_) return;
  extent.arrived = appended.arrived;  // the entry's, so that live and replayed records say the same
  arrivals_.push_back({file, extent, bytes, continues, std::move(text_before), appended});
}

void Arrivals::append(const std::shared_ptr<const FileInfo>& file, FileChange change) {
  const Journal::Appended appended = journal_.append(change);
  unwritten_ = true;
  if (!silent_) arrivals_.push_back({file, change, {}, false, {}, appended});
}

void Arrivals::flush(std::optional<SteadyTime> noticed) {
  if (!std::exchange(unwritten_, false)) return;
  journal_.commit();
  if (arrivals_.empty()) return;
  for (const Arrival& arrival : arrivals_) tell(arrival);
  arrivals_.clear();
  listener_.on_turn_end(noticed);
}

void Arrivals::tell(const Arrival& arrival) {
  if (const auto* extent = std::get_if<Extent>(&arrival.entry)) {
    listener_.on_extent(*arrival.file, *extent, arrival.bytes, {arrival.continues, arrival.text_before},
                        arrival.appended);
  } else {
    listener_.on_change(*arrival.file, std::get<FileChange>(arrival.entry), arrival.appended);
  }
}

}  // namespace tailwater
