// StreamCore: the parts that StreamService joins and that each client thread's Readers work with. Members stand in
// reverse teardown order; each says itself which threads may use it.
#pragma once

#include <memory>
#include <vector>

#include "stream/feed_table.h"
#include "stream/history_files.h"
#include "stream/rule_table.h"
#include "stream/stream_counters.h"
#include "stream/stream_service.h"
#include "stream/worker_pool.h"

namespace tailwater {

struct StreamCore {
  StreamCore(Journal& the_journal, Catalog& the_catalog, const Clock& the_clock, EventLoop& ingest_loop,
             StreamOptions the_options, std::vector<StreamRules> the_rules);

  Journal& journal;
  Catalog& catalog;
  const Clock& clock;
  const StreamOptions options;
  RuleTable rules;
  const HistorySources sources{journal, catalog, rules};
  StreamCounters counters;
  std::shared_ptr<FeedTable> feeds;
  WorkerPool workers;
};

}  // namespace tailwater
