#include "extent_relay.h"

namespace tailwater {

ExtentRelay::ExtentRelay(StreamService& streams, LogMetrics& metrics, RunTable& runs,
                         const std::vector<StreamRules>& rules)
    : streams_(streams), metrics_(metrics), runs_(runs) {
  set_rules(rules);
}

void ExtentRelay::set_rules(const std::vector<StreamRules>& rules) {
  rules_.clear();
  for (const StreamRules& each : rules) rules_.emplace(each.name, each.records);
}

void ExtentRelay::on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes,
                            const BytesBefore& before, const Journal::Appended& appended) {
  const auto rules = rules_.find(file.stream);
  const bool has_masks = rules != rules_.end() && rules->second.masks;
  BytesBefore shown = before;
  if (has_masks) shown.redactor = streams_.redactor_of(extent, bytes, before, rules->second);
  streams_.on_extent(file, extent, bytes, shown, appended);
  runs_.on_extent(file, extent, appended);
  if (rules == rules_.end() || rules->second.samples) return;
  metrics_.on_extent({file.stream, bytes, extent.begin, shown, extent.partial}, rules->second);
}

void ExtentRelay::on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) {
  streams_.on_change(file, change, appended);
  runs_.on_change(file, change, appended);
}

void ExtentRelay::on_turn_end(std::optional<SteadyTime> noticed) {
  streams_.on_turn_end(noticed);
  runs_.on_turn_end();
  metrics_.on_turn_end();
}

}  // namespace tailwater
