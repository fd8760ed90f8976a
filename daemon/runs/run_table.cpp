// What is known of runs: entries, calls, what is owed to the board and to the disk. Reading: run_reading.cpp.
#include "runs/run_table.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "runs/run_json.h"

namespace tailwater {
namespace {

/// How often a run is published whose state is the same.
constexpr Milliseconds kProgressInterval{400};
/// How often a run is saved of which nothing would be lost but that its last bytes are read once more.
constexpr Milliseconds kSaveInterval{5000};
constexpr Milliseconds kLimitsInterval{30'000};
/// Markers may say that a run is over in the middle of it: it is, once nothing more came for so long.
constexpr Milliseconds kSettled{60'000};
constexpr std::size_t kDurationsKept = 10;

std::string name_of(const StoredRun& stored) {
  return fmt::format("{}/{}", stored.stream, stored.file);
}

}  // namespace

RunTable::RunTable(const Parts& parts, std::unique_ptr<RunStore> store, std::vector<RunStream> streams)
    : parts_(parts), store_(std::move(store)) {
  auto query = Query::parse({}, {});
  everything_ = std::make_shared<const Selection>(std::move(*query), /*sse=*/true, StreamSet::all());
  set_streams(std::move(streams));
  if (!store_) return;
  const std::lock_guard lock(mutex_);
  for (StoredRun& stored : store_->take_runs()) {
    if (stream_of(stored.stream) == nullptr) continue;
    RunEntry& entry = add_entry(std::move(stored));
    if (!entry.stored.forgotten) publish(entry);
  }
}

RunTable::~RunTable() {
  stop();
}

const RunStream* RunTable::stream_of(std::string_view name) const {
  const auto found =
      std::find_if(streams_.begin(), streams_.end(), [name](const RunStream& stream) { return stream.name == name; });
  return found == streams_.end() ? nullptr : &*found;
}

/// Names may change; what is no stream of runs any more has none.
void RunTable::set_streams(std::vector<RunStream> streams) {
  ingest_streams_.clear();
  ingest_namings_.clear();
  ingest_rules_.clear();
  for (const RunStream& stream : streams) {
    ingest_streams_.push_back(stream.name);
    ingest_namings_.push_back(stream.naming);
    ingest_rules_.push_back(stream.rules);
  }
  parts_.board.set_streams(ingest_streams_);
  const std::lock_guard lock(mutex_);
  streams_ = std::move(streams);
  limits_at_ = {};
  for (auto at = entries_.begin(); at != entries_.end();) {
    RunEntry& entry = *at->second;
    const RunStream* stream = stream_of(entry.stored.stream);
    if (stream == nullptr) {
      parts_.board.forget(entry.identity);
      if (entry.index) by_index_.erase(*entry.index);
      std::erase(live_, &entry);
      std::erase(backlog_, &entry);
      at = entries_.erase(at);
      continue;
    }
    RunIdentity identity = stream->naming.identity_of(entry.stored.stream, entry.stored.file, entry.stored.path);
    if (identity != entry.identity) {
      entry.identity = std::move(identity);
      entry.changed = true;
    }
    ++at;
  }
  const std::lock_guard inbox_lock(inbox_mutex_);
  finds_files_ = true;
  news_.notify_one();
}

// --- entries -----------------------------------------------------------------------------------------------------

RunEntry& RunTable::add_entry(StoredRun stored) {
  auto entry = std::make_unique<RunEntry>();
  const RunStream* stream = stream_of(stored.stream);
  entry->identity = stream->naming.identity_of(stored.stream, stored.file, stored.path);
  entry->builder = std::make_unique<RunBuilder>(stream->rules);
  if (!stored.reading.empty() && !entry->builder->restore(stored.reading)) {
    // Another version of ourselves wrote it: the file is read once more.
    stored.end = stored.begin;
    stored.size = 0;
  }
  stored.reading.clear();
  entry->stored = std::move(stored);
  std::unique_ptr<RunEntry>& place = entries_[name_of(entry->stored)];
  place = std::move(entry);
  return *place;
}

/// The entry of a file, made where there is none; null if it is no run.
RunEntry* RunTable::entry_of(FileIndex file) {
  const auto known = by_index_.find(file);
  if (known != by_index_.end()) return known->second;
  const auto status = parts_.sources.catalog.status(file);
  const RunStream* stream = status ? stream_of(status->info->stream) : nullptr;
  if (stream == nullptr) return nullptr;
  const std::string& path = status->info->path;
  std::string name = stream->naming.file_of(path);
  auto found = entries_.find(fmt::format("{}/{}", stream->name, name));
  if (found != entries_.end() && found->second->stored.path != path) {
    name += fmt::format("~{}", status->info->key.text());  // two files that would be called the same
    found = entries_.find(fmt::format("{}/{}", stream->name, name));
  }
  RunEntry* entry = found != entries_.end() ? found->second.get() : nullptr;
  if (entry == nullptr) {
    StoredRun stored;
    stored.stream = stream->name;
    stored.file = std::move(name);
    stored.path = path;
    stored.pushed = stream->naming.is_pushed(path);
    stored.created = parts_.clock.wall_now();
    const WallTime born(std::chrono::duration_cast<Milliseconds>(std::chrono::nanoseconds(status->identity.birth_ns)));
    if (born > WallTime{}) stored.created = std::min(stored.created, born);
    stored.updated = stored.created;
    entry = &add_entry(std::move(stored));
    touch(*entry);
  }
  attach(*entry, *status);
  return entry;
}

void RunTable::attach(RunEntry& entry, const FileStatus& file) {
  entry.index = file.info->index;
  by_index_[file.info->index] = &entry;
  if (waiting_for_stages_ > 0) read_.notify_all();
  const std::string key(file.info->key.text());
  if (entry.stored.key == key) return;
  // With another key its places are others, too: whoever lost the journal reads the file once more.
  if (!entry.stored.key.empty()) {
    entry.stored.begin = entry.stored.end = {};
    entry.stored.size = 0;
    forget_reading(entry);
  }
  entry.stored.key = key;
  touch(entry);
}

void RunTable::touch(RunEntry& entry) {
  entry.changed = true;
  entry.unsaved = true;
}

// --- calls -------------------------------------------------------------------------------------------------------

/// Made where there is none; null if the stream has no runs.
RunEntry* RunTable::pushed_entry(const std::string& stream_name, const std::string& file) {
  const RunStream* stream = stream_of(stream_name);
  if (stream == nullptr) return nullptr;
  const auto found = entries_.find(fmt::format("{}/{}", stream_name, file));
  if (found != entries_.end()) return found->second.get();
  StoredRun stored;
  stored.stream = stream_name;
  stored.file = file;
  stored.path = stream->naming.pushed_path(file);
  stored.pushed = true;
  stored.created = stored.updated = parts_.clock.wall_now();
  return &add_entry(std::move(stored));
}

void RunTable::expect(const std::string& stream, const std::string& file) {
  const std::lock_guard lock(mutex_);
  if (entries_.find(fmt::format("{}/{}", stream, file)) != entries_.end()) return;
  if (RunEntry* entry = pushed_entry(stream, file)) {
    touch(*entry);
    publish(*entry);
  }
}

Result<void> RunTable::call(const std::string& stream_name, const std::string& file, const RunCall& call) {
  {
    const std::lock_guard lock(mutex_);
    RunEntry* entry = pushed_entry(stream_name, file);
    if (entry == nullptr) return fail(ErrorCode::kInvalid, fmt::format("{} has no runs", stream_name));
    const WallTime now = parts_.clock.wall_now();
    StoredRun said = to_store(*entry);
    said.call.merge(call);
    said.updated = now;
    said.silent = said.forgotten = false;
    if (const auto meant = call.meant_state()) {
      const WallTime then = std::min(call.time.value_or(now), now);  // nothing has happened that is still to come
      if (is_final(*meant)) {
        said.call_ended = then;
      } else {
        if (*meant == RunState::kRunning && (!said.call_began || said.call_ended)) said.call_began = then;
        said.call_ended.reset();
      }
    }
    if (store_) {
      if (auto put = store_->put(said, /*durable=*/true); !put) {
        write_errors_.fetch_add(1, std::memory_order_relaxed);
        return fail(ErrorCode::kUnavailable, put.error().message);
      }
    }
    said.reading.clear();
    entry->stored = std::move(said);
    entry->ended_with.reset();
    entry->unsaved = false;
    publish(*entry);
  }
  const std::lock_guard lock(inbox_mutex_);
  called_ = true;
  news_.notify_one();
  return {};
}

// --- the board ---------------------------------------------------------------------------------------------------

void RunTable::publish(RunEntry& entry) {
  Run run = run_of(entry);
  entry.published_state = run.state;
  entry.changed = false;
  entry.publish_at = parts_.clock.steady_now() + kProgressInterval;
  note_duration(entry, run);
  PublishedRun::About about{entry.stored.path, eta_of(run), entry.ended_with};
  parts_.board.publish(std::move(run), std::move(about));
}

/// How long runs of that name take: those that passed, and the last few of them.
void RunTable::note_duration(RunEntry& entry, const Run& run) {
  if (run.state != RunState::kPassed || std::exchange(entry.timed, true)) return;
  const auto took = duration_of(run);
  if (!took) return;
  auto& known = durations_[{run.identity.stream, run.identity.name}];
  known.push_back(*took);
  if (known.size() > kDurationsKept) known.pop_front();
}

/// What is left of the middle one of them.
std::optional<Milliseconds> RunTable::eta_of(const Run& run) const {
  const auto known = durations_.find({run.identity.stream, run.identity.name});
  if (run.state != RunState::kRunning || !run.started || known == durations_.end()) return std::nullopt;
  std::vector<Milliseconds> sorted(known->second.begin(), known->second.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return std::max(Milliseconds(0), *middle - (run.updated - *run.started));
}

// --- the disk ----------------------------------------------------------------------------------------------------

StoredRun RunTable::to_store(const RunEntry& entry) const {
  StoredRun stored = entry.stored;
  if (!stored.forgotten) entry.builder->save(stored.reading);
  return stored;
}

void RunTable::save(RunEntry& entry) {
  entry.unsaved = false;
  entry.save_at = parts_.clock.steady_now() + kSaveInterval;
  if (!store_) return;
  if (const auto put = store_->put(to_store(entry), /*durable=*/false); !put) {
    // It is tried again; until then a restart reads some bytes once more.
    if (write_errors_.fetch_add(1, std::memory_order_relaxed) == 0) spdlog::warn("runs: {}", put.error().message);
    entry.unsaved = true;
  }
}

void RunTable::rewrite_if_wanted() {
  if (!store_ || !store_->wants_rewriting()) return;
  const auto rewritten = store_->rewrite([this](const RunStore::Write& write) {
    for (const auto& [name, entry] : entries_) write(to_store(*entry));
  });
  if (!rewritten && write_errors_.fetch_add(1, std::memory_order_relaxed) == 0) {
    spdlog::warn("runs: {}", rewritten.error().message);
  }
}

// --- what time brings --------------------------------------------------------------------------------------------

SteadyTime RunTable::tick() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = parts_.clock.steady_now();
  bool busy = false;
  bool running = false;
  counted_ = {};
  for (const auto& [name, entry] : entries_) {
    for (const RunNews& news : entry->unread) counted_.waiting_bytes += news.extent.end - news.extent.begin;
    if (!entry->stored.forgotten) ++counted_.runs[static_cast<std::size_t>(entry->published_state)];
    if (entry->stored.forgotten && !entry->unsaved && entry->unread.empty()) continue;
    if (!entry->unread.empty()) queue(*entry);  // what could not be read is tried again
    if (!entry->stored.forgotten) look_after(*entry);
    if (entry->changed && !entry->stored.forgotten && now >= entry->publish_at) publish(*entry);
    if (entry->unsaved && now >= entry->save_at) save(*entry);
    const bool over = entry->stored.forgotten || entry->ended_with;
    running = running || !over;
    busy = busy || entry->changed || entry->unsaved || entry->queued || (!over && is_final(entry->published_state));
  }
  if (now >= limits_at_) {
    limits_at_ = now + kLimitsInterval;
    keep_limits();
    rewrite_if_wanted();
  }
  return std::min(limits_at_, now + (busy ? kTickWhileBusy : running ? Milliseconds(1000) : kLimitsInterval));
}

void RunTable::look_after(RunEntry& entry) {
  if (entry.ended_with || !entry.unread.empty()) return;
  const RunState state = state_of(entry);
  const Milliseconds silent = parts_.clock.wall_now() - entry.stored.updated;
  if (!is_final(state)) {
    const Milliseconds idle = stream_of(entry.stored.stream)->idle;
    // One that has said how it would end, and has nobody who will say so, is over sooner.
    const bool has_outcome = !entry.stored.call.state && findings_of(entry).outcome;
    if (silent < (has_outcome ? std::min(idle, kSettled) : idle)) return;
    entry.stored.silent = true;
    touch(entry);
    entry.publish_at = {};
  } else if (silent >= kSettled || entry.stored.silent || (is_called_over(entry) && is_read_to_its_end(entry))) {
    // After that time also where a file is not followed to its end, because there are too many, say.
    entry.ended_with = entry.appends;
    touch(entry);
    entry.publish_at = {};
    entry.save_at = {};
  }
}

/// Has everything been handed on that its writer wrote before he said that it is over?
bool RunTable::is_read_to_its_end(const RunEntry& entry) const {
  struct stat file {};
  if (::stat(entry.stored.path.c_str(), &file) != 0) return true;
  if (!entry.index) return file.st_size == 0;
  const auto known = parts_.sources.catalog.status(*entry.index);
  if (!known || known->generation != entry.stored.end.generation) return known && file.st_size == 0;
  return static_cast<std::uint64_t>(file.st_size) <= entry.stored.end.offset;
}

/// Those that ended first go first.
void RunTable::keep_limits() {
  const WallTime now = parts_.clock.wall_now();
  for (const RunStream& stream : streams_) {
    std::vector<RunEntry*> over;
    std::uint64_t runs = 0;
    ByteCount bytes = 0;
    for (const auto& [name, entry] : entries_) {
      if (entry->stored.stream != stream.name || entry->stored.forgotten) continue;
      ++runs;
      bytes += entry->stored.size;
      if (is_final(entry->published_state) && entry->ended_with) over.push_back(entry.get());
    }
    std::sort(over.begin(), over.end(),
              [](const RunEntry* left, const RunEntry* right) { return left->stored.updated < right->stored.updated; });
    for (RunEntry* entry : over) {
      const bool too_old = now - entry->stored.updated > stream.keep.age;
      if (!too_old && runs <= stream.keep.runs && bytes <= stream.keep.bytes) break;
      --runs;
      bytes -= entry->stored.size;
      forget(*entry);
    }
  }
  drop_forgotten();
}

/// Of those that are forgotten it is remembered that they are not to be read anew, for as long as somebody could: until
/// neither their file is there nor the journal speaks of it.
void RunTable::drop_forgotten() {
  std::vector<RunEntry*> unknown;
  for (const auto& [name, entry] : entries_) {
    const bool known = entry->index && parts_.sources.catalog.status(*entry->index);
    if (entry->stored.forgotten && !known) unknown.push_back(entry.get());
  }
  for (RunEntry* entry : unknown) erase(*entry);
}

/// The entry may be gone afterwards.
void RunTable::forget(RunEntry& entry) {
  parts_.board.forget(entry.identity);
  if (entry.stored.pushed) {
    if (!entry.gone) parts_.remove_pushed(entry.stored.stream, entry.stored.file);
    return erase(entry);
  }
  entry.stored.forgotten = true;
  entry.stored.call = {};
  entry.changed = false;
  entry.unsaved = true;
  forget_reading(entry);
}

/// Here and on the disk.
void RunTable::erase(RunEntry& entry) {
  if (store_ && !store_->remove(entry.stored.stream, entry.stored.file)) {
    write_errors_.fetch_add(1, std::memory_order_relaxed);
  }
  if (entry.index) by_index_.erase(*entry.index);
  std::erase(live_, &entry);
  std::erase(backlog_, &entry);
  entries_.erase(name_of(entry.stored));
}

RunTableStatus RunTable::status() const {
  RunTableStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = counted_;
    status.stored_bytes = store_ ? store_->bytes() : 0;
  }
  status.lines = lines_.load(std::memory_order_relaxed);
  status.reading_ns = reading_ns_.load(std::memory_order_relaxed);
  status.write_errors = write_errors_.load(std::memory_order_relaxed);
  return status;
}

}  // namespace tailwater
