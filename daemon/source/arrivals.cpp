#include "source/arrivals.h"

#include <utility>

namespace tailwater {

void Arrivals::append(const std::shared_ptr<const FileInfo>& file, Extent extent, Text text) {
  const Journal::Appended appended = journal_.append(extent);
  unwritten_ = true;
  if (silent_) return;
  extent.arrived = appended.arrived;  // the entry's, so that live and replayed records say the same
  arrivals_.push_back({file, extent, std::move(text), appended});
}

void Arrivals::append(const std::shared_ptr<const FileInfo>& file, FileChange change) {
  const Journal::Appended appended = journal_.append(change);
  unwritten_ = true;
  if (!silent_) arrivals_.push_back({file, change, {}, appended});
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
    const Text& text = arrival.text;
    listener_.on_extent(*arrival.file, *extent, text.bytes, {text.continues, text.before, text.encoding},
                        arrival.appended);
  } else {
    listener_.on_change(*arrival.file, std::get<FileChange>(arrival.entry), arrival.appended);
  }
}

}  // namespace tailwater
