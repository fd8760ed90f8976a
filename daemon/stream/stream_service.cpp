#include "stream/stream_service.h"

#include <algorithm>
#include <utility>

#include "stream/mooring.h"
#include "stream/readers.h"
#include "stream/revival.h"
#include "stream/stream_core.h"

namespace tailwater {
namespace {

FeedTableLimits feed_limits(const StreamOptions& options) {
  FeedTableLimits limits;
  limits.feed.feed_bytes = options.feed_bytes;
  limits.feed.block_bytes = static_cast<std::uint32_t>(options.block_bytes);
  limits.feed.chunk_bytes = static_cast<std::uint32_t>(options.chunk_bytes);
  if (options.moorings != nullptr) limits.feed.memory = &options.moorings->memory();
  limits.all_feeds_bytes = options.all_feeds_bytes;
  limits.max_feeds = options.max_feeds;
  limits.filter_time = options.filter_time;
  limits.filter_time_per_byte = options.filter_time_per_byte;
  return limits;
}

/// A task as a job of the pool.
std::shared_ptr<WorkerPool::Job> to_job(std::function<void()> task) {
  struct TaskJob final : WorkerPool::Job {
    explicit TaskJob(std::function<void()> the_task) : task(std::move(the_task)) {}
    void run(ReadBuffer& /*buffer*/) override { task(); }
    std::function<void()> task;
  };
  return std::make_shared<TaskJob>(std::move(task));
}

}  // namespace

StreamCore::StreamCore(Journal& the_journal, Catalog& the_catalog, const Clock& the_clock, EventLoop& ingest_loop,
                       StreamOptions the_options, std::vector<StreamRules> the_rules)
    : journal(the_journal),
      catalog(the_catalog),
      clock(the_clock),
      options(std::move(the_options)),
      rules(std::move(the_rules)),
      feeds(
          std::make_shared<FeedTable>(ingest_loop, feed_limits(options), rules, counters, journal, clock,
                                      [this](std::function<void()> task) { workers.submit(to_job(std::move(task))); })),
      workers(options.history_workers) {}

MooredStart::MooredStart() = default;
MooredStart::~MooredStart() = default;
MooredStart::MooredStart(MooredStart&&) noexcept = default;
MooredStart& MooredStart::operator=(MooredStart&&) noexcept = default;

class StreamService::Impl {
 public:
  StreamCore core;
};

StreamService::StreamService(Journal& journal, Catalog& catalog, const Clock& clock, EventLoop& ingest_loop,
                             StreamOptions options, std::vector<StreamRules> rules)
    : impl_(new Impl{StreamCore(journal, catalog, clock, ingest_loop, std::move(options), std::move(rules))}) {}

StreamService::~StreamService() {
  stop();
}

bool StreamService::ended(const StartRequest& request) {
  if (request.follow) return false;
  const auto id = parse_event_id(request.last_event_id);
  return id && id->ended;
}

std::shared_ptr<const Redactor> StreamService::redactor_of(const Extent& extent, std::string_view bytes,
                                                           const BytesBefore& before, const RecordRules& rules) {
  RecordRules fitting = rules;
  fitting.encoding = before.encoding;
  AnnouncedSecrets& announced = impl_->core.rules.announced();
  if (auto redactor = announced.hear(extent, bytes, before.in_line, fitting)) return redactor;
  const auto file = impl_->core.catalog.open(extent.file, extent.generation);
  return file ? announced.redactor(extent, **file, fitting) : Redactor::hiding_all();
}

void StreamService::on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes,
                              const BytesBefore& before, const Journal::Appended& appended) {
  impl_->core.feeds->on_extent(file, extent, bytes, before, appended);
}

void StreamService::on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) {
  impl_->core.feeds->on_change(file, change, appended);
}

void StreamService::on_turn_end(std::optional<SteadyTime> noticed) {
  impl_->core.feeds->on_turn_end(noticed);
}

std::unique_ptr<Readers> StreamService::make_readers(EventLoop& client_loop) {
  return std::make_unique<LoopReaders>(client_loop, impl_->core);
}

StreamCore& StreamService::core() {
  return impl_->core;
}

void StreamService::set_rules(std::vector<StreamRules> rules) {
  const auto before = impl_->core.rules.get();
  const auto hides_the_same = [&](const StreamRules& stream) {
    const auto same =
        std::find_if(before->begin(), before->end(), [&](const auto& one) { return one.name == stream.name; });
    return same == before->end() || same->records.redactor == stream.records.redactor;
  };
  const bool same = std::all_of(rules.begin(), rules.end(), hides_the_same);
  impl_->core.rules.set(std::move(rules));
  // What is framed already may show what is to be hidden from now on.
  if (!same) impl_->core.feeds->start_anew();
}

std::vector<StreamRules> StreamService::rules() const {
  return *impl_->core.rules.get();
}

StreamStatus StreamService::status() const {
  const StreamCounters& counters = impl_->core.counters;
  StreamStatus status;
  status.feeds = impl_->core.feeds->size();
  status.feed_bytes = impl_->core.feeds->footprint();
  status.clients = counters.clients.load(std::memory_order_relaxed);
  status.live_clients = counters.live_clients.load(std::memory_order_relaxed);
  status.catching_up = counters.catching_up.load(std::memory_order_relaxed);
  status.records_framed = counters.records_framed.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < kGapReasons; ++i) status.gaps[i] = counters.gaps[i].load(std::memory_order_relaxed);
  status.fell_behind = counters.fell_behind.load(std::memory_order_relaxed);
  status.feeds_set_aside = counters.feeds_set_aside.load(std::memory_order_relaxed);
  status.bytes_sent = counters.bytes_sent.sum();
  status.steps_waiting = impl_->core.workers.waiting();
  return status;
}

std::shared_ptr<const Histogram> StreamService::send_latency() const {
  return impl_->core.counters.send_latency;
}

std::shared_ptr<const Histogram> StreamService::catch_up() const {
  return impl_->core.counters.catch_up;
}

std::size_t StreamService::live_readers(std::string_view stream) const {
  return impl_->core.feeds->live_cursors(stream);
}

ByteCount StreamService::live_lag(std::string_view stream) const {
  return impl_->core.feeds->live_lag(stream);
}

void StreamService::stop() {
  impl_->core.workers.stop();
}

}  // namespace tailwater
