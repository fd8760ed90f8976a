#include "source/ingest.h"

#include <utility>

#include "source/ingest_core.h"

namespace tailwater {

Result<std::unique_ptr<Ingest>> Ingest::create(EventLoop& loop, Journal& journal, Catalog& catalog, const Clock& clock,
                                               IngestOptions options, const std::vector<StreamSource>& streams,
                                               IngestListener& listener) {
  auto core = IngestCore::create({loop, journal, catalog, clock, listener}, options, streams, WatchSet::Kind::kBest);
  if (!core) return fail(core.error());
  return std::move(*core);
}

}  // namespace tailwater
