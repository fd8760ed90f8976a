// Reading: the part of RunTable that makes findings of what was appended, and its thread.
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "runs/run_table.h"

namespace tailwater {
namespace {

/// So long what was committed may wait: the more of it comes together, the less it takes.
constexpr Milliseconds kPace{50};
/// Of a run with more than this to read others are not kept waiting.
constexpr std::uint64_t kBacklogBytes = 1U << 20;
constexpr unsigned kBacklogTurn = 4;  // each so manieth piece is of a backlog
constexpr std::size_t kMostPlaces = 1000;
constexpr int kNiceness = 10;
constexpr Milliseconds kLongestWait{30'000};

RunPlace end_of(const RunEntry& entry) {
  for (auto news = entry.unread.rbegin(); news != entry.unread.rend(); ++news) {
    if (news->kind == RunNews::Kind::kBytes) return {news->extent.generation, news->extent.end};
    if (news->kind == RunNews::Kind::kNewRun) return {news->extent.generation, 0};
  }
  return entry.stored.end;
}

/// What a change of a file means for its run; nullopt: nothing. Of what is pushed only we ourselves write the files.
std::optional<RunNews> news_of(const FileChange& change, bool pushed) {
  RunNews news;
  news.extent.generation = change.generation;
  news.extent.arrived = change.at;
  switch (change.kind) {
    case FileChangeKind::kAppeared:
      news.extent.file = change.file;
      news.kind = change.generation > 0 && !pushed ? RunNews::Kind::kNewRun : RunNews::Kind::kBytes;
      return news;
    case FileChangeKind::kTruncated:
    case FileChangeKind::kReplaced:
      if (pushed) return std::nullopt;
      news.kind = RunNews::Kind::kNewRun;
      return news;
    case FileChangeKind::kRemoved: news.kind = RunNews::Kind::kRemoved; return news;
    case FileChangeKind::kRotated: return std::nullopt;  // the run goes on in the next generation
  }
  return std::nullopt;
}

std::optional<WallTime> last_write(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return WallTime(std::chrono::seconds(status.st_mtim.tv_sec)) +
         std::chrono::duration_cast<Milliseconds>(std::chrono::nanoseconds(status.st_mtim.tv_nsec));
}

}  // namespace

// --- ingest thread -------------------------------------------------------------------------------------------------

bool RunTable::begins_run(const FileInfo& file, const FileChange& change) const {
  const auto stream = std::find(ingest_streams_.begin(), ingest_streams_.end(), file.stream);
  if (stream == ingest_streams_.end()) return false;
  const auto place = static_cast<std::size_t>(stream - ingest_streams_.begin());
  const auto news = news_of(change, ingest_namings_[place].is_pushed(file.path));
  return news && news->kind == RunNews::Kind::kNewRun;
}

void RunTable::on_extent(const FileInfo& file, const Extent& extent, const Journal::Appended& appended) {
  if (std::find(ingest_streams_.begin(), ingest_streams_.end(), file.stream) == ingest_streams_.end()) return;
  RunNews news;
  news.extent = extent;
  news.extent.file = file.index;
  news.extent.arrived = appended.arrived;
  news.appends = appended.appends;
  staged_.push_back(news);
}

void RunTable::on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) {
  const auto stream = std::find(ingest_streams_.begin(), ingest_streams_.end(), file.stream);
  if (stream == ingest_streams_.end()) return;
  auto news =
      news_of(change, ingest_namings_[static_cast<std::size_t>(stream - ingest_streams_.begin())].is_pushed(file.path));
  if (!news) return;
  news->extent.file = file.index;
  news->appends = appended.appends;
  staged_.push_back(*news);
}

void RunTable::on_turn_end() {
  if (staged_.empty()) return;
  const std::lock_guard lock(inbox_mutex_);
  for (const RunNews& news : staged_) add_news(inbox_[news.extent.file], news);
  staged_.clear();
  news_.notify_one();
}

// --- finding what is to be read ----------------------------------------------------------------------------------

/// What is there, and what of it has not been read.
void RunTable::find_files() {
  std::vector<Unread> wanted;
  {
    const std::lock_guard lock(mutex_);
    for (const FileStatus& file : parts_.sources.catalog.list()) {
      if (stream_of(file.info->stream) == nullptr) continue;
      if (!file.present && file.end == 0) continue;
      RunEntry* entry = entry_of(file.info->index);
      entry->gone = !file.present;
      const RunPlace end{file.generation, file.end};
      if (entry->stored.end < end) wanted.push_back({file.info->index, entry->stored.end, entry->stored.pushed});
    }
    // Of what was pushed and is there no more nothing is left to be shown.
    std::vector<RunEntry*> gone;
    for (const auto& [name, entry] : entries_) {
      struct stat status {};
      const bool absent = entry->gone || ::lstat(entry->stored.path.c_str(), &status) != 0;
      if (entry->stored.pushed && absent && entry->stored.size > 0) gone.push_back(entry.get());
    }
    for (RunEntry* entry : gone) {
      entry->gone = true;
      forget(*entry);
    }
  }
  Inbox inbox = read_journal(wanted);
  const std::lock_guard lock(mutex_);
  for (auto& [file, news] : inbox) take_news(file, std::move(news));
}

/// What the journal tells of these files from these places on, and of what lies before its order. Other news of the
/// same files may wait in the inbox: take_news() puts them together.
RunTable::Inbox RunTable::read_journal(const std::vector<Unread>& wanted) const {
  Inbox inbox;
  if (wanted.empty()) return inbox;
  const Journal& journal = parts_.sources.journal;
  const JournalEnd end = journal.end();
  JournalPoint from = end.point;
  bool all = false;
  std::unordered_map<FileIndex, bool> pushed;
  for (const auto& [file, place, is_pushed] : wanted) {
    // Looking for a place takes about a millisecond: what has not been begun, and many, are looked for from the front.
    const auto info =
        all || place == RunPlace{} || wanted.size() > kMostPlaces ? nullptr : parts_.sources.catalog.find(file);
    const auto point = info ? journal.resolve({info->key, place.generation, place.offset})
                            : Result<JournalPoint>(fail(ErrorCode::kNotFound, ""));
    if (point) {
      from = std::min(from, *point);
    } else {
      all = true;
    }
    pushed[file] = is_pushed;
  }
  if (all) {
    from = journal.first_point();
    const auto before = journal.before_first();
    for (const Extent& extent : before ? *before : std::vector<Extent>()) {
      if (pushed.find(extent.file) != pushed.end()) add_news(inbox[extent.file], {RunNews::Kind::kBytes, extent, 0});
    }
  }
  const auto reader = journal.read(from);
  while (true) {
    const auto entry = reader->next(end);
    if (!entry && entry.error().code == ErrorCode::kGone) continue;
    if (!entry || !*entry) return inbox;
    if (const auto* extent = std::get_if<Extent>(&(*entry)->entry)) {
      if (pushed.find(extent->file) != pushed.end()) add_news(inbox[extent->file], {RunNews::Kind::kBytes, *extent, 0});
    } else if (const auto* change = std::get_if<FileChange>(&(*entry)->entry)) {
      const auto is_wanted = pushed.find(change->file);
      if (is_wanted == pushed.end()) continue;
      if (const auto news = news_of(*change, is_wanted->second)) add_news(inbox[change->file], *news);
    }
  }
}

void RunTable::take_inbox() {
  Inbox inbox;
  bool finds_files = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    inbox.swap(inbox_);
    finds_files = std::exchange(finds_files_, false);
  }
  if (finds_files) find_files();
  if (inbox.empty()) return;
  const std::lock_guard lock(mutex_);
  for (auto& [file, news] : inbox) take_news(file, std::move(news));
}

/// Leaves out what has been read, or waits already.
void RunTable::take_news(FileIndex file, std::deque<RunNews> waiting) {
  const bool only_removed = std::all_of(waiting.begin(), waiting.end(),
                                        [](const RunNews& news) { return news.kind == RunNews::Kind::kRemoved; });
  // Of a run that nobody keeps any more its file goes, too.
  if (only_removed && by_index_.find(file) == by_index_.end()) return;
  RunEntry* entry = entry_of(file);
  if (entry == nullptr) return;
  for (RunNews& news : waiting) {
    const RunPlace known = end_of(*entry);
    if (news.kind == RunNews::Kind::kBytes && news.extent.begin == news.extent.end) {
      // It appeared. One that was pushed anew, under a name that had been removed, begins there.
      const RunPlace here{news.extent.generation, 0};
      if (known == RunPlace{} && entry->stored.pushed) entry->stored.begin = entry->stored.end = here;
      continue;
    }
    switch (news.kind) {
      case RunNews::Kind::kBytes:
        if (RunPlace{news.extent.generation, news.extent.end} <= known) continue;
        if (news.extent.generation == known.generation) news.extent.begin = std::max(news.extent.begin, known.offset);
        break;
      case RunNews::Kind::kNewRun:
        if (news.extent.generation <= known.generation) continue;
        break;
      case RunNews::Kind::kRemoved: break;
    }
    add_news(entry->unread, news);
  }
  queue(*entry);
}

void RunTable::queue(RunEntry& entry) {
  if (entry.unread.empty() || std::exchange(entry.queued, true)) return;
  if (entry.index == awaited_file_) {
    live_.push_front(&entry);
    return;
  }
  const Extent& next = entry.unread.front().extent;
  (next.end - next.begin > kBacklogBytes ? backlog_ : live_).push_back(&entry);
}

// --- reading -----------------------------------------------------------------------------------------------------

/// The run whose turn it is; null if there is nothing to be read.
RunEntry* RunTable::next_to_read() {
  const bool backlogs_turn = live_.empty() || (!backlog_.empty() && ++turns_ % kBacklogTurn == 0);
  std::deque<RunEntry*>& queue = backlogs_turn ? backlog_ : live_;
  if (queue.empty()) return nullptr;
  RunEntry* entry = queue.front();
  queue.pop_front();
  entry->queued = false;
  return entry;
}

bool RunTable::step() {
  take_inbox();
  RunNews news;
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    RunEntry* entry = next_to_read();
    if (entry == nullptr) return false;
    news = entry->unread.front();
    if (news.kind != RunNews::Kind::kBytes) {
      entry->unread.pop_front();
      on_file_news(*entry, news);
      return true;
    }
    path = entry->stored.path;
  }
  // No lock while the disk is waited for. Nobody else takes anything off what is unread; but a stream may go.
  read_piece(news, path);
  return true;
}

/// The entry may be gone afterwards.
void RunTable::on_file_news(RunEntry& entry, const RunNews& news) {
  if (news.kind == RunNews::Kind::kNewRun) {
    begin_anew(entry, news);
    entry.appends = news.appends;
    entry.gone = false;
    return queue(entry);
  }
  entry.gone = true;
  touch(entry);
  if (entry.stored.pushed && entry.unread.empty()) return forget(entry);
  queue(entry);
}

/// The entry whose news are being read; null if a reload has taken its stream meanwhile.
RunEntry* RunTable::reading(const RunNews& news) {
  const auto found = by_index_.find(news.extent.file);
  if (found == by_index_.end() || found->second->unread.empty()) return nullptr;
  const Extent& front = found->second->unread.front().extent;
  const bool same = front.generation == news.extent.generation && front.begin == news.extent.begin;
  return same ? found->second : nullptr;
}

void RunTable::read_piece(const RunNews& news, const std::string& path) {
  const Extent& extent = news.extent;
  HistoryFiles files(parts_.sources, *everything_);
  const auto bytes = files.open(extent.file, extent.generation);
  // What cannot be opened at the moment is tried again by tick().
  if (!bytes && bytes.error().code == ErrorCode::kUnavailable) return;
  if (!bytes) return skip(news);
  const HistoryFiles::File& file = files.find(extent, **bytes);
  if (!file.info) return skip(news);
  RecordPieces pieces(**bytes, extent, extent.begin, extent.end, file.rules, buffer_);
  const auto piece = pieces.next();
  if (!piece && piece.error().code == ErrorCode::kUnavailable) return;
  if (!piece || !files.still_holds(extent.file, extent.generation, **bytes)) {
    return skip(news);
  }
  WallTime arrived = extent.arrived;
  // Of what was there before we were nobody knows when it came: not after the file was written to last.
  if (news.appends == 0) arrived = std::min(arrived, last_write(path).value_or(arrived));
  const SteadyTime begin = parts_.clock.steady_now();
  const std::lock_guard lock(mutex_);
  RunEntry* entry = reading(news);
  if (entry == nullptr) return;
  const RecordBytes& records = piece->records;
  RecordSplitter splitter(records.bytes, records.begin, {records.continues, records.before}, records.partial,
                          file.rules);
  std::uint64_t lines = 0;
  const RecordOrigin origin = file.origin(arrived);
  while (const auto record = splitter.next()) {
    const RecordFacts facts(*record, origin);
    if (facts.is_dropped()) continue;
    // Of a container's line its runtime wrote when it came.
    const auto time = record->stated.empty() ? std::nullopt : facts.time();
    look_at(*entry, *record, time.value_or(arrived), extent.generation);
    ++lines;
  }
  lines_.fetch_add(lines, std::memory_order_relaxed);
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(parts_.clock.steady_now() - begin);
  reading_ns_.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
  finish_piece(*entry, news, piece->missing ? extent.end : pieces.offset(), arrived);
}

/// Its bytes cannot be had any more.
void RunTable::skip(const RunNews& news) {
  const std::lock_guard lock(mutex_);
  if (RunEntry* entry = reading(news)) finish_piece(*entry, news, news.extent.end, news.extent.arrived);
}

/// Everything up to `offset` has been looked at.
void RunTable::finish_piece(RunEntry& entry, const RunNews& news, std::uint64_t offset, WallTime arrived) {
  StoredRun& stored = entry.stored;
  RunNews& waiting = entry.unread.front();
  const bool any = offset > news.extent.begin;
  const bool next_generation = stored.end.generation != news.extent.generation;
  stored.size += offset - news.extent.begin;
  stored.end = {news.extent.generation, offset};
  if (waiting_for_stages_ > 0) read_.notify_all();
  waiting.extent.begin = offset;
  if (waiting.extent.begin >= waiting.extent.end) {
    entry.appends = waiting.appends;
    entry.unread.pop_front();
  }
  if (any) {
    stored.updated = std::max(stored.updated, arrived);
    entry.gone = false;
    entry.ended_with.reset();
    stored.silent = false;
  }
  touch(entry);
  // The one before may soon be gone: after a kill it must not be needed.
  if (next_generation) save(entry);
  if (!stored.forgotten && state_of(entry) != entry.published_state) publish(entry);
  queue(entry);
}

/// The file is another: so is the run.
void RunTable::begin_anew(RunEntry& entry, const RunNews& news) {
  StoredRun fresh;
  fresh.stream = entry.stored.stream;
  fresh.file = entry.stored.file;
  fresh.path = entry.stored.path;
  fresh.key = entry.stored.key;
  fresh.pushed = entry.stored.pushed;
  fresh.created = fresh.updated = news.extent.arrived;
  fresh.begin = fresh.end = {news.extent.generation, 0};
  entry.stored = std::move(fresh);
  entry.ended_with.reset();
  entry.timed = false;
  forget_reading(entry);
  touch(entry);
  entry.publish_at = {};
}

void RunTable::look_at(RunEntry& entry, const Record& record, WallTime arrived, std::uint32_t generation) {
  // Its file grows again although nobody sees the run any more: that is another one.
  if (entry.stored.forgotten) {
    const RunPlace here{generation, record.begin};
    RunNews news;
    news.extent.arrived = arrived;
    news.extent.generation = generation;
    const std::uint64_t size = entry.stored.size;
    begin_anew(entry, news);
    entry.stored.begin = here;
    entry.stored.size = size;
  }
  RunFindings& findings = entry.findings;
  ++findings.lines;
  if (!findings.first_line) findings.first_line = arrived;
  findings.last_line = arrived;
  entry.builder->add({record.line, {generation, record.begin}, {generation, record.end}, arrived});
}

void RunTable::forget_reading(RunEntry& entry) {
  const RunStream* stream = stream_of(entry.stored.stream);
  entry.builder = std::make_unique<RunBuilder>(stream == nullptr ? nullptr : stream->rules);
  entry.findings = {};
  entry.found_version = entry.builder->version();
}

// --- the thread --------------------------------------------------------------------------------------------------

void RunTable::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "tw-runs");
    // Whoever reads logs comes first, and so does who writes them.
    (void)::setpriority(PRIO_PROCESS, 0, std::max(::getpriority(PRIO_PROCESS, 0), kNiceness));
    work();
  });
}

void RunTable::work() {
  SteadyTime tick_at = parts_.clock.steady_now();
  std::unique_lock lock(inbox_mutex_);
  while (!stopped_) {
    news_.wait_until(lock, tick_at, [this] { return stopped_ || called_ || awaited_ || !inbox_.empty(); });
    const bool hurry = std::exchange(called_, false);
    lock.unlock();
    SteadyTime now = parts_.clock.steady_now();
    bool read = false;
    while (step()) {
      read = true;
      now = parts_.clock.steady_now();
      if (now < tick_at) continue;
      tick_at = std::min(tick(), now + kTickWhileBusy);
      const std::lock_guard stop_lock(inbox_mutex_);
      if (stopped_) break;
    }
    // What was read may be owed to the board in a moment.
    if (hurry || now >= tick_at) tick_at = tick();
    tick_at = std::min(tick_at, now + (read ? kTickWhileBusy : kLongestWait));
    lock.lock();
    news_.wait_for(lock, kPace, [this] { return stopped_ || called_ || awaited_; });
    awaited_ = false;
  }
}

void RunTable::stop() {
  {
    const std::lock_guard lock(inbox_mutex_);
    stopped_ = true;
    news_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  read_.notify_all();
  for (const auto& [name, entry] : entries_) {
    if (entry->unsaved) save(*entry);
  }
}

}  // namespace tailwater
