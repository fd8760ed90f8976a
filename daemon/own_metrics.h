// What the daemon says about itself in /metrics: here the counters of all stages get their names. Each is read when it
// is asked for; who is read outlives the last question.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event_loop.h"
#include "host_journals.h"
#include "http/http_counters.h"
#include "journal/catalog.h"
#include "journal/journal.h"
#include "metrics/registry.h"
#include "metrics/sample_table.h"
#include "runs/run_table.h"
#include "source/ingest.h"
#include "spools.h"
#include "stream/stream_service.h"

namespace tailwater {

struct OwnSources {
  const StreamService& streams;
  const Journal& journal;
  const Catalog& catalog;
  const Ingest& ingest;
  std::shared_ptr<const HttpCounters> http;
  const Spools& spools;
  const RunTable& runs;
  std::string version;
};
void register_own_metrics(Registry& registry, const OwnSources& sources);

/// What is told of a stream. To be called again, it takes the place of what was there; Registry::remove() ends it.
void register_stream_metrics(Registry& registry, const StreamService& streams, const std::string& stream);

/// The same of a stream that follows the system's journal; nothing for others.
void register_host_journal_metrics(Registry& registry, const HostJournals& journals, const StreamConfig& stream);

/// How far ingest is behind each stream's files. Ingest thread, but for read().
class LagMetrics {
 public:
  LagMetrics();
  void set(const std::vector<StreamLag>& lags);
  void read(SampleSet& set) const { table_.read(set); }

 private:
  std::shared_ptr<const MetricInfo> metric_;
  SampleTable table_;
  std::map<std::string, SampleTable::Id> ids_;
};

/// Registers the lag of a loop, or of several: how long what is posted to it waits. What is returned measures once.
[[nodiscard]] EventLoop::Task measure_lag(Registry& registry, const std::string& loop, const Clock& clock,
                                          std::function<void(const EventLoop::Task&)> post);

}  // namespace tailwater
