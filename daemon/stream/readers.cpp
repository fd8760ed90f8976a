#include "stream/readers.h"

#include <algorithm>
#include <utility>

#include "stream/sse_frame.h"

namespace tailwater {
namespace {

constexpr Milliseconds kRetryDelay{250};
constexpr Milliseconds kLagInterval{1000};
constexpr std::size_t kMinStepBytes = 4U << 10;

}  // namespace

LoopReaders::LoopReaders(EventLoop& loop, StreamCore& core)
    : core_(core),
      cell_(core.counters.bytes_sent.cell()),
      random_(std::random_device{}()),
      wheel_(core.clock.steady_now(), core.options.heartbeat),
      beat_timer_(loop, [this] { beat(); }),
      retry_timer_(loop, [this] { visit_all(retrying_, &LoopCursor::resume); }),
      lag_timer_(loop, [this] { measure_lags(); }),
      mailbox_(std::make_shared<ReadersMailbox>(loop, [this] { on_news(); })) {}

LoopReaders::~LoopReaders() {
  mailbox_->close();
  for (const auto& [key, feed] : feeds_) feed->feed->unwatch(mailbox_);
  if (watches_turns_) core_.feeds->unwatch(mailbox_);
  if (watches_states_) core_.options.states->unwatch(mailbox_);
}

// --- subscribing -------------------------------------------------------------------------------------------------

std::unique_ptr<Cursor> LoopReaders::subscribe(Subscription subscription, CursorListener& listener) {
  return subscribe_moored(std::move(subscription), {}, listener);
}

std::unique_ptr<Cursor> LoopReaders::subscribe_moored(Subscription subscription, MooredStart start,
                                                      CursorListener& listener) {
  const bool sse = subscription.sse;
  auto selection =
      std::make_shared<const Selection>(std::move(subscription.query), sse, std::move(subscription.readable));
  auto cursor = std::make_unique<LoopCursor>(*this, sse, listener, std::move(start.mooring));
  if (selection->query().wants_metrics()) core_.options.on_sample_reader();
  const JournalEnd end = core_.journal.end();
  cursor->sent_tick = now_tick();
  cursor->phase = next_phase_++ % HeartbeatWheel::kSpreadTicks;
  cursor->add_head(start.head);
  if (sse) {
    if (!start.revival) cursor->add_private(hello(*selection, end.position));
    wheel_.schedule(*cursor, cursor->sent_tick + HeartbeatWheel::kTicksPerHeartbeat - cursor->phase);
    arm_beat();
  }
  if (shut_down_) {
    cursor->shut_down(jitter(200, 2000));
    done_.push_back(*cursor);
  } else {
    if (sse && selection->query().wants_runs() && core_.options.states != nullptr) {
      cursor->tell_states(*core_.options.states,
                          {selection, std::move(subscription.only_run), subscription.changes_alone});
    }
    if (start.revival) {
      cursor->go_on(std::move(selection), std::move(subscription.start), *start.revival);
    } else {
      cursor->start(std::move(selection), std::move(subscription.start), end);
    }
  }
  cursor->begin_mooring();
  return cursor;
}

void LoopReaders::watch_states(StateView& view) {
  states_.push_back(view);
  if (std::exchange(watches_states_, true)) return;
  core_.options.states->watch(mailbox_);
}

std::unique_ptr<Cursor> LoopReaders::stream(std::shared_ptr<BodyTask> task, bool sse, CursorListener& listener) {
  auto cursor = std::make_unique<TaskCursor>(std::move(task), sse, listener);
  if (shut_down_) {
    cursor->shut_down(jitter(200, 2000));
  } else {
    tasks_.push_back(*cursor);
    cursor->start(core_.workers, mailbox_);
  }
  return cursor;
}

std::unique_ptr<PendingBody> LoopReaders::collect(std::shared_ptr<BodyTask> task,
                                                  std::function<void(Result<std::string>)> on_body) {
  auto reply = std::make_unique<TaskReply>(std::move(task), std::move(on_body));
  reply->start(core_.workers, mailbox_);
  return reply;
}

Milliseconds LoopReaders::jitter(int from, int to) {
  return Milliseconds(std::uniform_int_distribution<int>(from, to)(random_));
}

std::string LoopReaders::hello(const Selection& selection, const Position& position) {
  HelloFrame frame;
  frame.server = core_.options.server_name;
  frame.version = core_.options.version;
  frame.heartbeat = core_.options.heartbeat;
  const auto rules = core_.rules.get();
  for (const StreamRules& stream : *rules) {
    if (!stream.records.samples && selection.selects_stream(stream.name)) frame.streams.push_back(stream.name);
  }
  frame.position = position;
  frame.retry = jitter(1000, 3000);
  std::string frames;
  append_hello(frames, frame);
  return frames;
}

std::shared_ptr<FeedCursors> LoopReaders::enter_feed(const std::shared_ptr<const Selection>& selection) {
  const auto known = feeds_.find(selection->key());
  if (known != feeds_.end()) {
    if (known->second->feed->is_set_aside()) return nullptr;  // others are still on their way out of it
    ++known->second->holders;
    return known->second;
  }
  auto feed = core_.feeds->acquire(selection);
  if (!feed) return nullptr;
  feed->watch(mailbox_);
  auto cursors = std::make_shared<FeedCursors>();
  cursors->feed = std::move(feed);
  cursors->holders = 1;
  feeds_.emplace(selection->key(), cursors);
  return cursors;
}

void LoopReaders::leave_feed(const std::shared_ptr<FeedCursors>& feed) {
  if (--feed->holders > 0) return;
  feed->feed->unwatch(mailbox_);
  core_.feeds->release(feed->feed);
  feeds_.erase(feed->feed->selection().key());
}

void LoopReaders::submit(const std::shared_ptr<HistoryJob>& job) {
  StepBudget budget;
  const std::uint64_t clients = std::max<std::uint64_t>(1, core_.counters.catching_up.load(std::memory_order_relaxed));
  budget.frame_bytes =
      std::min<std::size_t>(core_.options.history_step_bytes,
                            std::max<std::size_t>(kMinStepBytes, core_.options.all_history_bytes / clients));
  budget.chunk_bytes = core_.options.chunk_bytes;
  job->set_budget(budget);
  core_.workers.submit(job);
}

void LoopReaders::wait_for_turn(LoopCursor& cursor) {
  unfed_.push_back(cursor);
  if (std::exchange(watches_turns_, true)) return;
  core_.feeds->watch(mailbox_);
  mailbox_->notify();  // what was appended before the watch
}

void LoopReaders::wait_for_retry(LoopCursor& cursor) {
  retrying_.push_back(cursor);
  if (!retry_timer_.is_pending()) retry_timer_.start_once(kRetryDelay);
}

// --- waking ------------------------------------------------------------------------------------------------------

/// Takes all out of the list first: the member puts each where it belongs, and a callback may destroy any of them.
void LoopReaders::visit_all(List& list, void (LoopCursor::*member)()) {
  List visiting;
  visiting.take_all(list);
  while (LoopCursor* cursor = visiting.front()) {
    (cursor->*member)();
    if (visiting.front() == cursor) cursor->ListHook<StateTag>::unlink();
  }
}

void LoopReaders::on_news() {
  if (watches_turns_ && unfed_.empty()) {
    core_.feeds->unwatch(mailbox_);
    watches_turns_ = false;
  }
  visit_all(unfed_, &LoopCursor::on_turn);
  std::vector<std::shared_ptr<FeedCursors>> feeds;
  feeds.reserve(feeds_.size());
  for (const auto& [key, feed] : feeds_) feeds.push_back(feed);
  for (const auto& feed : feeds) {
    visit_all(feed->joining, &LoopCursor::on_turn);
    start_pass(feed);
  }
  start_states_pass();
  if (!slice_posted_) run_slice();
}

void LoopReaders::start_states_pass() {
  if (!watches_states_) return;
  if (states_.empty() && states_unvisited_.empty()) {
    core_.options.states->unwatch(mailbox_);
    watches_states_ = false;
    return;
  }
  const std::uint64_t last = core_.options.states->last_change();
  if (std::exchange(states_told_, last) != last) states_unvisited_.take_all(states_);
}

void LoopReaders::start_pass(const std::shared_ptr<FeedCursors>& feed) {
  const std::uint64_t published = feed->feed->published();
  const std::uint64_t dropped = feed->feed->dropped();
  if (published == feed->published && dropped == feed->dropped) return;
  feed->published = published;
  feed->dropped = dropped;
  // Others first each time: one place on after a pass of one slice, a slice on after a longer one.
  const std::size_t turn = feed->holders > kSlice ? kSlice : 1;
  for (std::size_t i = 0; i < turn && !feed->live.empty(); ++i) feed->live.push_back(*feed->live.front());
  feed->unvisited.take_all(feed->live);
  if (!std::exchange(feed->queued, true)) passes_.push_back(feed);
  if (!lag_timer_.is_pending()) lag_timer_.start_once(kLagInterval);
}

void LoopReaders::run_slice() {
  slice_tick_ = now_tick();
  std::size_t visits = 0;
  slice_posted_ = !visit_cursors(visits) || !visit_states(visits);
  if (slice_posted_) mailbox_->post([this] { run_slice(); });
  slice_tick_.reset();
}

/// False if the slice is over.
bool LoopReaders::visit_cursors(std::size_t& visits) {
  while (!passes_.empty()) {
    const std::shared_ptr<FeedCursors> feed = passes_.front();
    List& unvisited = feed->unvisited;
    while (LoopCursor* cursor = unvisited.front()) {
      if (visits++ == kSlice) return false;
      LoopCursor* const second = unvisited.after(cursor);
      LoopCursor* const third = unvisited.after(second);
      LoopCursor* const fourth = unvisited.after(third);
      if (fourth != nullptr) {
        fourth->prefetch();
        third->prefetch_listener();
        second->prefetch_behind_listener();
      }
      feed->live.push_back(*cursor);
      cursor->on_news();
    }
    feed->queued = false;
    passes_.pop_front();
  }
  return true;
}

bool LoopReaders::visit_states(std::size_t& visits) {
  while (StateView* view = states_unvisited_.front()) {
    if (visits++ == kSlice) return false;
    states_.push_back(*view);
    view->cursor().on_states();
  }
  return true;
}

void LoopReaders::measure_lags() {
  bool any = false;
  for (const auto& [key, feed] : feeds_) {
    ByteCount slowest = 0;
    const auto measure = [&](const LoopCursor& cursor) { slowest = std::max(slowest, cursor.lag()); };
    feed->live.for_each(measure);
    feed->unvisited.for_each(measure);
    feed->feed->report_lag(mailbox_, slowest);
    any = any || slowest > 0;
  }
  if (any) lag_timer_.start_once(kLagInterval);
}

// --- heartbeats --------------------------------------------------------------------------------------------------

void LoopReaders::beat() {
  const std::uint32_t now = now_tick();
  const JournalEnd end = core_.journal.end();
  HeartbeatWheel::List due;
  wheel_.take_due(now, due);
  while (LoopCursor* cursor = due.front()) {
    const std::uint32_t interval = HeartbeatWheel::kTicksPerHeartbeat - cursor->phase;
    const bool quiet = now - cursor->sent_tick >= interval;
    if (quiet) cursor->sent_tick = now;
    wheel_.schedule(*cursor, cursor->sent_tick + interval);
    if (!quiet) continue;
    cursor->add_heartbeat(end);
    cursor->wake();
  }
  arm_beat();
}

void LoopReaders::arm_beat() {
  const auto due = wheel_.next_due();
  if (!due) return;
  if (beat_timer_.is_pending() && beat_armed_for_ <= *due) return;
  beat_armed_for_ = *due;
  const auto delay = wheel_.time_of(*due) - core_.clock.steady_now();
  beat_timer_.start_once(
      std::max(std::chrono::duration_cast<std::chrono::microseconds>(delay), std::chrono::microseconds(1000)));
}

// --- the end -----------------------------------------------------------------------------------------------------

void LoopReaders::shut_down() {
  shut_down_ = true;
  List all;
  for (List* list : {&reading_, &unfed_, &retrying_}) all.take_all(*list);
  for (const auto& [key, feed] : feeds_) {
    for (List* list : {&feed->joining, &feed->live, &feed->unvisited}) all.take_all(*list);
  }
  while (LoopCursor* cursor = all.front()) {
    done_.push_back(*cursor);
    if (cursor->is_moored() && core_.options.moorings->keeps_all()) {
      cursor->park();
      continue;
    }
    cursor->shut_down(jitter(200, 2000));
    cursor->wake();
  }
  while (TaskCursor* cursor = tasks_.pop_front()) cursor->shut_down(jitter(200, 2000));
}

}  // namespace tailwater
