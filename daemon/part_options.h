// What the parts of the daemon are told of the configuration. Pure.
#pragma once

#include "config/configuration.h"
#include "http/http_server.h"
#include "journal/catalog.h"
#include "source/ingest.h"
#include "stream/stream_service.h"

namespace tailwater {

[[nodiscard]] CatalogLimits catalog_limits(const LimitsConfig& limits);
[[nodiscard]] StreamOptions stream_options(const Configuration& configuration);
[[nodiscard]] IngestOptions ingest_options(const Configuration& configuration);
[[nodiscard]] HttpOptions http_options(const Configuration& configuration);

}  // namespace tailwater
