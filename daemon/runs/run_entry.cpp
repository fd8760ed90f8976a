#include "runs/run_entry.h"

#include <algorithm>

namespace tailwater {
namespace {

/// Extents that came within this time of each other may share the time of the first.
constexpr Milliseconds kSameTime{1000};
constexpr std::size_t kMostWaiting = 64;

bool continues(const RunNews& before, const RunNews& news) {
  return before.kind == RunNews::Kind::kBytes && news.kind == RunNews::Kind::kBytes && !before.extent.partial &&
         before.extent.generation == news.extent.generation && before.extent.end == news.extent.begin;
}

}  // namespace

void add_news(std::deque<RunNews>& waiting, const RunNews& news) {
  if (!waiting.empty() && continues(waiting.back(), news)) {
    RunNews& last = waiting.back();
    if (news.extent.arrived - last.extent.arrived < kSameTime || waiting.size() >= kMostWaiting) {
      last.extent.end = news.extent.end;
      last.extent.partial = news.extent.partial;
      last.appends = news.appends;
      return;
    }
  }
  waiting.push_back(news);
}

const RunFindings& findings_of(RunEntry& entry) {
  if (entry.found_version != entry.builder->version()) {
    entry.findings = entry.builder->findings();
    entry.found_version = entry.builder->version();
  }
  return entry.findings;
}

bool is_called_over(const RunEntry& entry) {
  return entry.stored.call.state && is_final(*entry.stored.call.state);
}

RunState state_of(RunEntry& entry) {
  const StoredRun& stored = entry.stored;
  if (is_called_over(entry)) return *stored.call.state;
  // Whoever wanted to say himself how it ends has not done so.
  if (stored.silent && stored.call.state) return RunState::kLost;
  const RunState found = entry.builder->state();
  if (stored.silent && !is_final(found)) return findings_of(entry).outcome.value_or(RunState::kLost);
  if (!stored.call.state) return found;
  // What its runner will say wins over what its output says; but where there is output, it runs.
  return found == RunState::kPending ? *stored.call.state : RunState::kRunning;
}

Run run_of(RunEntry& entry) {
  const StoredRun& stored = entry.stored;
  Run run;
  run.identity = entry.identity;
  if (!stored.call.name.empty()) run.identity.name = stored.call.name;
  if (stored.call.attempt) run.identity.attempt = stored.call.attempt;
  merge_labels(run.identity.labels, stored.call.labels);
  run.state = state_of(entry);
  run.known = stored.call.state.has_value() && !stored.silent;
  run.exit_code = stored.call.exit_code;
  run.signal = stored.call.signal;
  run.created = stored.created;
  run.findings = findings_of(entry);
  run.started = stored.call_began ? stored.call_began : run.findings.first_line;
  run.updated = stored.updated;
  if (is_final(run.state)) {
    run.ended = is_called_over(entry) && stored.call_ended ? stored.call_ended : run.findings.last_line;
    if (!run.ended) run.ended = stored.updated;
    if (!run.started) run.started = std::min(stored.created, *run.ended);
    // What is open is closed in what is shown; the run itself may go on.
    RunBuilder closed = *entry.builder;
    closed.end(run.state, *run.ended);
    run.findings = closed.findings();
  }
  run.size = stored.size;
  run.key = stored.key;
  run.begin = stored.begin;
  run.end = stored.end;
  return run;
}

}  // namespace tailwater
