#include "http/http_server.h"

#include <utility>

#include "http/backend.h"
#include "http/threaded_server.h"

namespace tailwater {
namespace {

Backend backend_of(const HttpSources& sources, const HttpOptions& options) {
  Backend backend;
  backend.access = &sources.access;
  backend.audit = &sources.audit;
  backend.make_readers = [&streams = sources.streams](EventLoop& loop) { return streams.make_readers(loop); };
  backend.stream_names = [&streams = sources.streams](const Caller& caller) {
    std::vector<std::string> names;
    for (StreamRules& rules : streams.rules()) {
      if (!rules.records.samples && caller.may_read(rules.name)) names.push_back(std::move(rules.name));
    }
    return names;
  };
  backend.live_readers = [&streams = sources.streams](std::string_view name) { return streams.live_readers(name); };
  backend.live_lag = [&streams = sources.streams](std::string_view name) { return streams.live_lag(name); };
  backend.filters_set_aside = [&streams = sources.streams] { return streams.status().feeds_set_aside; };
  HistoryService& history = sources.history;
  backend.page = [&history](PageRequest request) { return history.page(std::move(request)); };
  backend.search = [&history](const SearchRequest& request, const std::string& caller) {
    return history.search(request, caller);
  };
  backend.histogram = [&history](const HistogramRequest& request, const std::string& caller) {
    return history.histogram(request, caller);
  };
  backend.download = [&history](DownloadRequest request) { return history.download(std::move(request)); };
  backend.gives_raw = [&history](std::string_view stream) { return history.gives_raw(stream); };
  backend.open_raw = [&history](const FileStatus& file, std::optional<std::uint32_t> generation) {
    return history.open_raw(file, generation);
  };
  backend.raw = [&history](RawFile file, std::uint64_t from, std::uint64_t to) {
    return history.raw(std::move(file), from, to);
  };
  backend.ended = [](const StartRequest& start) { return StreamService::ended(start); };
  backend.files = [&catalog = sources.catalog](const Caller& caller) {
    std::vector<FileStatus> files = catalog.list();
    std::erase_if(files, [&caller](const FileStatus& file) { return !caller.may_read(file.info->stream); });
    return files;
  };
  backend.journal_status = [&journal = sources.journal] { return journal.status(); };
  backend.not_ready = sources.not_ready;
  backend.sandbox = sources.sandbox;
  backend.metrics = sources.metrics;
  backend.metric_history = sources.metric_history;
  backend.runs = sources.runs;
  backend.ingest = sources.ingest;
  backend.counters = sources.counters;
  backend.clock = &sources.clock;
  backend.version = options.version;
  backend.base_path = options.base_path;
  backend.public_url = options.public_url;
  backend.tls = options.tls != nullptr;
  return backend;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpOptions options, const HttpSources& sources,
                                                      HandedOver handed) {
  Backend backend = backend_of(sources, options);
  return start_threaded_server(std::move(options), std::move(backend), std::move(handed));
}

}  // namespace tailwater
