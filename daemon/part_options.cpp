#include "part_options.h"

#include <chrono>

namespace tailwater {

CatalogLimits catalog_limits(const LimitsConfig& limits) {
  return {limits.retained_files, limits.retained_bytes,
          std::chrono::duration_cast<std::chrono::seconds>(limits.retained_age)};
}

StreamOptions stream_options(const Configuration& configuration) {
  StreamOptions options;
  options.version = TAILWATER_VERSION;
  options.heartbeat = configuration.server.heartbeat;
  options.feed_bytes = configuration.limits.feed_bytes;
  options.all_feeds_bytes = configuration.limits.all_feeds_bytes;
  options.max_feeds = configuration.limits.feeds;
  options.history_workers = configuration.limits.history_workers;
  options.history_step_bytes = configuration.limits.history_step_bytes;
  return options;
}

IngestOptions ingest_options(const Configuration& configuration) {
  const LimitsConfig& limits = configuration.limits;
  IngestOptions options;
  options.allow_foreign_hard_links = configuration.server.foreign_hard_links;
  options.sweep_interval = limits.sweep_interval;
  options.poll_interval = limits.poll_interval;
  options.partial_after = limits.partial_after;
  options.max_files = limits.files;
  options.max_glob_depth = static_cast<int>(limits.glob_depth);
  return options;
}

HttpOptions http_options(const Configuration& configuration) {
  HttpOptions options;
  options.listen = configuration.server.listen;
  options.threads = static_cast<unsigned>(configuration.server.threads);
  options.allow_reachable = configuration.server.insecure || configuration.asks_who();
  options.base_path = configuration.server.base_path;
  options.allowed_hosts = configuration.server.allowed_hosts;
  options.public_url = configuration.server.public_url;
  options.cors_origins = configuration.server.cors_origins;
  options.trusted_proxies = configuration.server.trusted_proxies;
  options.requests_per_second = static_cast<double>(configuration.limits.request_rate);
  options.connections_per_second = static_cast<double>(configuration.limits.connection_rate);
  options.max_clients = configuration.limits.clients;
  options.max_clients_per_address = configuration.limits.clients_per_address;
  options.max_head_bytes = configuration.limits.head_bytes;
  options.head_timeout = configuration.limits.head_timeout;
  options.stall_timeout = configuration.limits.stall_timeout;
  options.client_rate = configuration.limits.client_rate;
  options.shutdown_grace = configuration.server.shutdown_grace;
  options.version = TAILWATER_VERSION;
  return options;
}

}  // namespace tailwater
