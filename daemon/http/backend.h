// Backend: what the routes ask of the rest of the daemon. Made from HttpSources by the server; tests give their own.
// All functions are called on client threads, from several at once, and must not block.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.h"
#include "access/audit_log.h"
#include "base/clock.h"
#include "filter/query.h"
#include "history/history_service.h"
#include "http/http_counters.h"
#include "http/ingest_request.h"
#include "http/metric_history_request.h"
#include "journal/catalog.h"
#include "journal/journal.h"
#include "runs/run_board.h"
#include "stream/stream_service.h"

namespace tailwater {

struct Backend {
  /// Who may do what; never null, outlives the server.
  Access* access = nullptr;
  AuditLog* audit = nullptr;  ///< the same
  std::function<std::unique_ptr<Readers>(EventLoop&)> make_readers;
  /// Those that the caller may read.
  std::function<std::vector<std::string>(const Caller&)> stream_names;
  std::function<std::size_t(std::string_view)> live_readers;
  /// Bytes that wait for the slowest of them.
  std::function<ByteCount(std::string_view)> live_lag;
  /// Queries whose filters were too slow to be followed live, since the start.
  std::function<std::uint64_t()> filters_set_aside;
  /// What clients ask of the past, as work for the history workers.
  std::function<std::shared_ptr<BodyTask>(PageRequest)> page;
  /// Null: too many searches are under way.
  std::function<std::shared_ptr<BodyTask>(const SearchRequest&, const std::string& caller)> search;
  std::function<std::shared_ptr<BodyTask>(const HistogramRequest&, const std::string& caller)> histogram;
  std::function<std::shared_ptr<BodyTask>(DownloadRequest)> download;
  /// Are the bytes of the stream's files given out as they are?
  std::function<bool(std::string_view)> gives_raw;
  /// May wait for a disk.
  std::function<Result<RawFile>(const FileStatus&, std::optional<std::uint32_t> generation)> open_raw;
  std::function<std::shared_ptr<BodyTask>(RawFile, std::uint64_t from, std::uint64_t to)> raw;
  /// Does the ID that the client came back with say that it had been told everything?
  std::function<bool(const StartRequest&)> ended;
  /// Those of streams that the caller may read.
  std::function<std::vector<FileStatus>(const Caller&)> files;
  std::function<JournalStatus()> journal_status;
  /// Empty if ready; else why not.
  std::function<std::string()> not_ready;
  /// What of the sandbox is in force, in words; may be unset.
  std::function<std::string()> sandbox;
  /// The text of /metrics, as OpenMetrics or not, without what tells of streams that are not readable; unset: there
  /// are no metrics.
  std::function<std::string(bool openmetrics, const StreamSet& readable)> metrics;
  /// The answer of /api/metrics, in JSON. May wait for a disk.
  std::function<Result<std::string>(const MetricHistoryRequest&)> metric_history;
  /// The runs; null: there are none. Outlives the server.
  const RunBoard* runs = nullptr;
  /// Appends what somebody pushes. May wait for a disk.
  std::function<Result<IngestAnswer>(const IngestRequest&)> ingest;
  std::shared_ptr<HttpCounters> counters = std::make_shared<HttpCounters>();
  const Clock* clock = nullptr;
  std::string version;
  std::string base_path;   ///< without a slash at the end
  std::string public_url;  ///< the same, and with base_path; may be empty
  bool tls = false;
};

}  // namespace tailwater
