// The safety net: the part of IngestCore that compares everything with what was seen last, each few seconds, because
// inotify does not hear of writers through mmap, loses events when its queue is full, and knows no other machines.
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "source/ingest_core.h"

namespace tailwater {
namespace {

/// How long the writers of a rotated file may take to notice, counted from their last write.
constexpr std::chrono::seconds kLingerQuiet{10};
/// The same for one that has no name any more: its disk space is waited for.
constexpr std::chrono::seconds kUnlinkedQuiet{2};
/// How long a file whose path stays empty is read under its new name.
constexpr std::chrono::minutes kAbsentQuiet{10};
/// A changed tail is put into the journal this often: extents say where it ends, the tail only what it looks like.
constexpr std::chrono::minutes kCheckpointInterval{5};

std::int64_t mtime_of(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}

bool is_unlinked(int fd) {
  struct stat status {};
  return fd >= 0 && ::fstat(fd, &status) == 0 && status.st_nlink == 0;
}

}  // namespace

/// Has anything happened to it? One fstat. Also called for events that do not say what.
bool IngestCore::look_at_generation(Generation& generation) {
  struct stat status {};
  if (generation.tailer.fd() < 0) return false;
  if (::fstat(generation.tailer.fd(), &status) != 0) {
    IngestCounters::add(counters_.read_errors);
    return false;
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const bool changed = mtime_of(status) != std::exchange(generation.seen_mtime_ns, mtime_of(status));
  generation.seen_size = size;
  const bool grown = size != generation.tailer.scanned();
  if (grown || changed) queue(generation);
  return grown;
}

/// The same for one that an event spoke of, and its path with it: it may have been renamed or removed.
void IngestCore::on_generation_event(Generation& generation) {
  look_at_generation(generation);
  FollowedFile& file = *generation.file;
  if (file.current.get() == &generation) look_at_path(*file.stream, file.info->path, file.match);
}

void IngestCore::sweep() {
  IngestCounters::add(counters_.sweeps);
  watches_.deliver_pending();  // what is found from here on, inotify had not told
  sweeping_ = true;
  turn_time_ = clock_.steady_now();
  std::size_t finds = tree_.check_all();
  finds += sweep_files();
  sweep_refusals();
  if (!left_out_.empty() && files_.size() < options_.max_files) {  // room for some of those
    left_out_.clear();
    tree_.rescan();
  }
  tell_left_out();
  sweeping_ = false;
  if (finds > 0) IngestCounters::add(counters_.sweep_finds);
  run_turn();
  for (FollowedFile* file : files_.list()) {
    expire(*file);
    if (!file->current && file->ended.empty() && file->successors.empty()) files_.remove(*file);
  }
  arrivals_.flush();
  retire_forgotten();
  catalog_.trim(turn_time_);
  journal_.sync();
  arena_.release_memory();
  update_gauges();
}

/// Returns how many files had changed unheard.
std::size_t IngestCore::sweep_files() {
  std::size_t finds = 0;
  for (FollowedFile* file : files_.list()) {
    const std::size_t successors = file->successors.size();
    bool found = false;
    if (file->current) {
      found = look_at_generation(*file->current) && !file->current->polled && !file->current->behind;
      learn_identity(*file->current);
    }
    for (const auto& ended : file->ended) found |= look_at_generation(*ended) && !ended->polled;
    look_at_path(*file->stream, file->info->path, file->match);
    found |= file->successors.size() != successors;
    if (found) ++finds;
  }
  for (const auto& [stream, path] : files_.aliases()) {
    const Generation* owner = files_.alias(stream, path);
    if (owner != nullptr) look_at_path(*owner->file->stream, path, owner->file->stream->paths.match(path));
  }
  return finds;
}

/// A longer head, or a tail that has moved on, for the next start to recognise.
void IngestCore::learn_identity(Generation& generation) {
  const std::uint32_t known = generation.identity.head_length;
  learn_head(generation, {});
  const bool due = generation.tailer.offset() != generation.checkpoint_offset &&
                   turn_time_ - generation.checkpoint_at >= kCheckpointInterval;
  if (!due && generation.identity.head_length == known) return;
  checkpoint(generation);
}

void IngestCore::sweep_refusals() {
  if (refused_.empty()) return;
  const auto refused = refused_;  // looking changes it
  for (const auto& [key, what] : refused) {
    struct stat status {};
    const bool there = ::lstat(key.second.c_str(), &status) == 0;
    const bool same = there && status.st_ino == what.inode && mtime_of(status) == what.mtime_ns;
    if ((what.kind == Refusal::Kind::kNotAllowed || what.kind == Refusal::Kind::kCopy) && same) continue;
    const std::string& name = key.first;
    const auto stream =
        std::find_if(streams_.begin(), streams_.end(), [&name](const auto& one) { return one->name == name; });
    if (stream == streams_.end()) continue;
    look_at_path(**stream, key.second, (*stream)->paths.match(key.second));
  }
}

/// Lets go of generations whose writers have had their time.
void IngestCore::expire(FollowedFile& file) {
  for (std::size_t i = file.ended.size(); i > 0; --i) {
    const Generation& ended = *file.ended[i - 1];
    const bool writers_moved_on =
        !file.current || file.current->tailer.scanned() > 0 || file.current->tailer.offset() > 0;
    const bool quiet =
        turn_time_ - ended.last_growth >= (is_unlinked(ended.tailer.fd()) ? kUnlinkedQuiet : kLingerQuiet);
    if (ended.aliases == 0 && quiet && writers_moved_on && !ended.queued) finish_ended(file, i - 1);
  }
  if (!file.current || file.present || !file.successors.empty()) return;
  if (file.current->aliases == 0 && turn_time_ - file.current->last_growth >= kAbsentQuiet) {
    tell_removed(file, std::nullopt);
  }
}

/// Removed files of which the journal has nothing left: dead files leave no state behind.
void IngestCore::retire_forgotten() {
  for (const FileIndex index : journal_.unreferenced()) {
    const auto info = catalog_.find(index);
    if (info && files_.find(info->stream, info->path) != nullptr) continue;
    journal_.retire_file(index);
    catalog_.retire(index);
    known_.forget(index);
    arrivals_.note_written();
  }
  arrivals_.flush();
}

std::vector<StreamLag> IngestCore::lag() const {
  std::vector<StreamLag> lags;
  for (const auto& stream : streams_) lags.push_back({stream->name, 0});
  for (const FollowedFile* file : files_.list()) {
    const auto lag =
        std::find_if(lags.begin(), lags.end(), [&](const StreamLag& one) { return one.stream == file->stream->name; });
    if (lag == lags.end() || !file->current) continue;
    const FileTailer& tailer = file->current->tailer;
    std::uint64_t size = tailer.scanned();
    // Who is read to the end is not in the queue, and behind only by a line that has no end yet.
    if (file->current->queued && tailer.fd() >= 0) size = tailer.bytes()->size().value_or(size);
    lag->bytes += size - std::min(size, tailer.offset());
    for (const Successor& next : file->successors) {
      const auto* plain = dynamic_cast<const PlainFile*>(next.bytes.get());
      if (plain != nullptr) lag->bytes += plain->size().value_or(0);
    }
  }
  return lags;
}

void IngestCore::update_gauges() {
  std::uint64_t present = 0;
  for (const FollowedFile* file : files_.list()) present += file->current ? 1 : 0;
  IngestCounters::set(counters_.files, present);
  IngestCounters::set(counters_.files_polled, files_.polled());
}

}  // namespace tailwater
