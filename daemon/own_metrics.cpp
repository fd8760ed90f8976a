#include "own_metrics.h"

#include <utility>

namespace tailwater {
namespace {

template <typename Number>
double number(Number value) {
  return static_cast<double>(value);
}

double number(const std::atomic<std::uint64_t>& value) {
  return static_cast<double>(value.load(std::memory_order_relaxed));
}

/// Registers under short names what reads one member of a status.
template <typename Status>
class StatusMetrics {
 public:
  StatusMetrics(Registry& registry, std::function<Status()> status) : registry_(registry), status_(std::move(status)) {}

  template <typename Field>
  void counter(const char* name, const char* unit, Field Status::*field, const char* help) {
    add(name, unit, MetricType::kCounter, field, help);
  }
  template <typename Field>
  void gauge(const char* name, const char* unit, Field Status::*field, const char* help) {
    add(name, unit, MetricType::kGauge, field, help);
  }

 private:
  template <typename Field>
  void add(const char* name, const char* unit, MetricType type, Field Status::*field, const char* help) {
    registry_.add({name, unit, type, help}, [status = status_, field] { return number(status().*field); });
  }

  Registry& registry_;
  std::function<Status()> status_;
};

void register_ingest(Registry& registry, const Ingest& ingest) {
  StatusMetrics<IngestStatus> metrics(registry, [&ingest] { return ingest.status(); });
  metrics.gauge("tailwater.ingest.files", "{file}", &IngestStatus::files, "Files that are followed.");
  metrics.gauge("tailwater.ingest.files_polled", "{file}", &IngestStatus::files_polled,
                "Of these, files that inotify does not tell of.");
  metrics.gauge("tailwater.ingest.files_refused", "{file}", &IngestStatus::files_refused,
                "Files that are not followed: not regular, not readable or over limits.files.");
  metrics.counter("tailwater.ingest.io", "By", &IngestStatus::bytes_read, "Bytes read from followed files.");
  metrics.counter("tailwater.ingest.extents", "{extent}", &IngestStatus::extents, "Extents written to the journal.");
  metrics.counter("tailwater.ingest.rotations", "{rotation}", &IngestStatus::rotations,
                  "Files that were renamed or replaced.");
  metrics.counter("tailwater.ingest.truncations", "{truncation}", &IngestStatus::truncations,
                  "Files that became shorter.");
  metrics.counter("tailwater.ingest.inotify_overflows", "{overflow}", &IngestStatus::inotify_overflows,
                  "Times when inotify lost events and all files were looked at instead.");
  metrics.counter("tailwater.ingest.sweeps", "{sweep}", &IngestStatus::sweeps, "Looks at all files.");
  metrics.counter("tailwater.ingest.sweep_finds", "{sweep}", &IngestStatus::sweep_finds,
                  "Sweeps that found what inotify had not told.");
  metrics.counter("tailwater.ingest.read_errors", "{error}", &IngestStatus::read_errors, "Reads that failed.");
  metrics.counter("tailwater.ingest.nul_skipped", "By", &IngestStatus::nul_bytes_skipped,
                  "Zero bytes passed over at the heads of files that were truncated under their writer.");
}

void register_journal(Registry& registry, const Journal& journal) {
  StatusMetrics<JournalStatus> metrics(registry, [&journal] { return journal.status(); });
  metrics.gauge("tailwater.journal.persistent", "", &JournalStatus::persistent,
                "1 if the journal is on disk, 0 if it is in memory.");
  registry.add({"tailwater.journal.degraded", "", MetricType::kGauge,
                "1 while the disk refuses the journal, which is in memory meanwhile; /readyz says why."},
               [&journal] { return journal.status().degraded_reason.empty() ? 0.0 : 1.0; });
  metrics.gauge("tailwater.journal.size", "By", &JournalStatus::bytes, "Size of the journal.");
  metrics.gauge("tailwater.journal.segments", "{segment}", &JournalStatus::segments, "Segments of the journal.");
  metrics.counter("tailwater.journal.entries", "{entry}", &JournalStatus::entries_written, "Entries written.");
  metrics.counter("tailwater.journal.torn_records", "{record}", &JournalStatus::torn_records_dropped,
                  "Records dropped at the start because they were not whole.");
  metrics.counter("tailwater.journal.segments_evicted", "{segment}", &JournalStatus::segments_evicted,
                  "Segments dropped to stay within limits.journal_bytes.");
  metrics.counter("tailwater.journal.write_errors", "{error}", &JournalStatus::write_errors, "Writes that failed.");
}

void register_catalog(Registry& registry, const Catalog& catalog) {
  StatusMetrics<CatalogStatus> metrics(registry, [&catalog] { return catalog.status(); });
  metrics.gauge("tailwater.catalog.files", "{file}", &CatalogStatus::files, "Files that the journal knows.");
  metrics.gauge("tailwater.catalog.generations", "{generation}", &CatalogStatus::ended_generations,
                "Their generations that have ended and can still be found again.");
  metrics.gauge("tailwater.catalog.retained", "{descriptor}", &CatalogStatus::retained_descriptors,
                "Descriptors of ended generations that are kept open within limits.retained_files.");
}

void register_streams(Registry& registry, const StreamService& streams) {
  StatusMetrics<StreamStatus> metrics(registry, [&streams] { return streams.status(); });
  metrics.gauge("tailwater.feeds", "{feed}", &StreamStatus::feeds, "Queries that are followed.");
  metrics.gauge("tailwater.feeds.memory", "By", &StreamStatus::feed_bytes, "Memory that feeds keep ready.");
  metrics.counter("tailwater.feeds.set_aside", "{feed}", &StreamStatus::feeds_set_aside,
                  "Queries whose filters were too slow for the ingest thread.");
  metrics.counter("tailwater.clients.io", "By", &StreamStatus::bytes_sent, "Bytes sent to clients by streams.");
  metrics.gauge("tailwater.clients.steps_waiting", "{step}", &StreamStatus::steps_waiting,
                "Steps of catching up that wait for a history worker.");
  registry.add(make_metric({"tailwater.clients.catch_up", "s", MetricType::kHistogram,
                            "What clients took from their requests to the live end, over all history they asked for."}),
               {}, streams.catch_up());
  registry.add(make_metric({"tailwater.send.latency", "s", MetricType::kHistogram,
                            "From noticing an append to the first of its bytes on their way to a client at the live "
                            "end; of one feed in each turn."}),
               {}, streams.send_latency());
  metrics.gauge("tailwater.clients", "{client}", &StreamStatus::clients, "Clients that are streamed to.");
  metrics.gauge("tailwater.clients.live", "{client}", &StreamStatus::live_clients,
                "Of these, clients at the live end.");
  metrics.gauge("tailwater.clients.catching_up", "{client}", &StreamStatus::catching_up,
                "Of these, clients that read history.");
  metrics.counter("tailwater.clients.fell_behind", "{client}", &StreamStatus::fell_behind,
                  "Times when a client was further behind than its feed reaches and went back to history.");
  metrics.counter("tailwater.records.framed", "{record}", &StreamStatus::records_framed,
                  "Records framed for feeds, once for each feed.");
  const auto gaps = make_metric({"tailwater.gaps", "{gap}", MetricType::kCounter,
                                 "Gaps announced to clients, by their reason: what could not be had back."});
  for (std::size_t i = 0; i < kGapReasons; ++i) {
    registry.add(gaps, {{"reason", std::string(to_text(static_cast<GapReason>(i)))}},
                 [&streams, i] { return number(streams.status().gaps[i]); });
  }
}

void register_runs(Registry& registry, const RunTable& runs) {
  StatusMetrics<RunTableStatus> metrics(registry, [&runs] { return runs.status(); });
  const auto by_state = make_metric({"tailwater.runs", "{run}", MetricType::kGauge, "Runs that are kept, by state."});
  for (std::size_t i = 0; i < kRunStates; ++i) {
    registry.add(by_state, {{"state", std::string(to_text(static_cast<RunState>(i)))}},
                 [&runs, i] { return number(runs.status().runs[i]); });
  }
  metrics.counter("tailwater.runs.lines", "{line}", &RunTableStatus::lines, "Lines of runs that were looked at.");
  registry.add({"tailwater.runs.time", "s", MetricType::kCounter,
                "Time that cutting, recognising and publishing lines of runs took."},
               [&runs] { return number(runs.status().reading_ns) / 1e9; });
  metrics.gauge("tailwater.runs.waiting", "By", &RunTableStatus::waiting_bytes,
                "Bytes of runs that arrived and were not looked at yet.");
  metrics.gauge("tailwater.runs.stored", "By", &RunTableStatus::stored_bytes, "Disk space of what is known of runs.");
  metrics.counter("tailwater.runs.write_errors", "{error}", &RunTableStatus::write_errors,
                  "Times when a run could not be written to the disk.");
}

void register_http(Registry& registry, const std::shared_ptr<const HttpCounters>& http) {
  const auto replies =
      make_metric({"tailwater.http.replies", "{reply}", MetricType::kCounter, "Replies by the class of their status."});
  constexpr std::array<const char*, 5> kClasses{"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 1; i < kClasses.size(); ++i) {
    registry.add(replies, {{"status", kClasses[i]}}, [http, i] { return number(http->replies[i]); });
  }
  registry.add({"tailwater.http.streams", "{stream}", MetricType::kCounter, "Requests that became a stream."},
               [http] { return number(http->streams_begun); });
  registry.add({"tailwater.http.no_place", "{request}", MetricType::kCounter,
                "Requests refused because limits.clients or limits.clients_per_address was reached."},
               [http] { return number(http->no_place); });
  registry.add({"tailwater.http.accepted", "{connection}", MetricType::kCounter, "Connections accepted."},
               [http] { return number(http->connections); });
  registry.add(
      {"tailwater.http.connections", "{connection}", MetricType::kGauge, "Connections that are open."}, [http] {
        const double ended = number(http->connections_ended);  // first: so that the difference is never negative
        return number(http->connections) - ended;
      });
}

}  // namespace

void register_own_metrics(Registry& registry, const OwnSources& sources) {
  registry.add(make_metric({"tailwater.build_info", "", MetricType::kGauge, "Which build this is; always 1."}),
               {{"version", sources.version}, {"compiler", __VERSION__}}, [] { return 1.0; });
  register_ingest(registry, sources.ingest);
  register_journal(registry, sources.journal);
  register_catalog(registry, sources.catalog);
  register_streams(registry, sources.streams);
  register_runs(registry, sources.runs);
  register_http(registry, sources.http);
  registry.add({"tailwater.push.io", "By", MetricType::kCounter, "Bytes that were pushed over HTTP and kept."},
               [&spools = sources.spools] { return number(spools.bytes_pushed()); });
  registry.add({"tailwater.push.refused", "{request}", MetricType::kCounter,
                "Pushes that could not be kept: bad names, no room."},
               [&spools = sources.spools] { return number(spools.pushes_refused()); });
}

void register_stream_metrics(Registry& registry, const StreamService& streams, const std::string& stream) {
  registry.add_or_replace({"tailwater.stream.readers", "{client}", MetricType::kGauge,
                           "Clients at the live end whose query takes the stream."},
                          {{"stream", stream}}, [&streams, stream] { return number(streams.live_readers(stream)); });
  registry.add_or_replace({"tailwater.stream.lag", "By", MetricType::kGauge,
                           "Bytes that wait for the slowest of the clients at the live end of the stream."},
                          {{"stream", stream}}, [&streams, stream] { return number(streams.live_lag(stream)); });
}

void register_host_journal_metrics(Registry& registry, const HostJournals& journals, const StreamConfig& stream) {
  if (!stream.journal) return;
  const auto add = [&](const char* name, const char* unit, MetricType type, const char* help,
                       double (*read)(const JournalFollowerStatus&)) {
    registry.add_or_replace({name, unit, type, help}, {{"stream", stream.name}},
                            [&journals, name = stream.name, read] { return read(journals.status(name)); });
  };
  using Status = JournalFollowerStatus;
  add("tailwater.sdjournal.readable", "", MetricType::kGauge,
      "1 if the system's journal is read for the stream, 0 if it cannot be.",
      [](const Status& status) { return status.open ? 1.0 : 0.0; });
  add("tailwater.sdjournal.entries", "{entry}", MetricType::kCounter,
      "Entries of the system's journal that were written to the stream's spool.",
      [](const Status& status) { return number(status.entries); });
  add("tailwater.sdjournal.io", "By", MetricType::kCounter, "Bytes of the lines that they became.",
      [](const Status& status) { return number(status.bytes); });
  add("tailwater.sdjournal.late", "{entry}", MetricType::kCounter,
      "Entries that came to light behind those that had been read already, and were read then.",
      [](const Status& status) { return number(status.late); });
  add("tailwater.sdjournal.lost", "{entry}", MetricType::kCounter,
      "Entries, at most, that were removed from the system's journal before they were read.",
      [](const Status& status) { return number(status.lost); });
  add("tailwater.sdjournal.write_errors", "{error}", MetricType::kCounter,
      "Writes to the spool that failed; they are tried again.",
      [](const Status& status) { return number(status.write_errors); });
  add("tailwater.sdjournal.lag", "s", MetricType::kGauge, "How old the entry is that is read next; 0 if all have been.",
      [](const Status& status) { return std::chrono::duration<double>(status.lag).count(); });
}

LagMetrics::LagMetrics()
    : metric_(make_metric({"tailwater.ingest.lag", "By", MetricType::kGauge,
                           "Bytes that are in the files of a stream and have not been read yet."})) {}

void LagMetrics::set(const std::vector<StreamLag>& lags) {
  for (auto& [stream, id] : ids_) table_.set(id, 0);
  for (const StreamLag& lag : lags) {
    const auto [known, fresh] = ids_.try_emplace(lag.stream, 0);
    if (fresh) known->second = table_.add(metric_, {{"stream", lag.stream}});
    table_.set(known->second, lag.bytes);
  }
  table_.publish();
}

EventLoop::Task measure_lag(Registry& registry, const std::string& loop, const Clock& clock,
                            std::function<void(const EventLoop::Task&)> post) {
  static const auto kMetric = make_metric({"tailwater.loop.lag", "s", MetricType::kHistogram,
                                           "How long what is posted to an event loop waits for its turn."});
  auto lag = std::make_shared<Histogram>(kLatencyBounds);
  registry.add(kMetric, {{"loop", loop}}, lag);
  return [lag = std::move(lag), &clock, post = std::move(post)] {
    post([lag, &clock, posted = clock.steady_now()] {
      lag->observe(std::chrono::duration<double>(clock.steady_now() - posted).count());
    });
  };
}

}  // namespace tailwater
