// How the generations of a file follow each other: the part of IngestCore that begins and ends them.
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "journal/compressed_file.h"
#include "source/ingest_core.h"

namespace tailwater {
namespace {

bool is_open_inode(const GenerationBytes& bytes, const FileIdentity& identity) {
  const auto* plain = dynamic_cast<const PlainFile*>(&bytes);
  struct stat status {};
  return plain != nullptr && ::fstat(plain->fd(), &status) == 0 && status.st_dev == identity.device &&
         status.st_ino == identity.inode;
}

void warn_of_loss(const FileInfo& info, std::uint64_t from) {
  spdlog::warn("{}: what was written from offset {} on may be lost: it was removed or overwritten before it was read",
               info.path, from);
}

FileChangeKind kind_of(PathVerdict verdict) {
  switch (verdict) {
    case PathVerdict::kTruncated: return FileChangeKind::kTruncated;
    case PathVerdict::kRotated: return FileChangeKind::kRotated;
    case PathVerdict::kReplaced: return FileChangeKind::kReplaced;
    case PathVerdict::kRemoved: return FileChangeKind::kRemoved;
    case PathVerdict::kNothing:
    case PathVerdict::kAppeared:
    case PathVerdict::kContinued:
    case PathVerdict::kReturned: return FileChangeKind::kAppeared;
  }
  return FileChangeKind::kAppeared;
}

}  // namespace

/// A file is at a path that has none of ours: new, or known from before (the daemon was down, or the path empty).
void IngestCore::adopt(FollowedFile& file, const OpenedFile& opened, const FileIdentity& identity) {
  const auto status = catalog_.status(file.info->index);
  PathFacts facts;
  facts.present = true;
  facts.known = status && status->identity.inode != 0;
  std::shared_ptr<const GenerationBytes> rest;
  if (facts.known) {
    file.generation = status->generation;
    if (starting_) reopen_ended(file, *status);
    facts.was_present = status->present;
    facts.same_inode = is_same_inode(status->identity, identity);
    facts.same_bytes = static_cast<std::uint64_t>(opened.status.st_size) >= status->end &&
                       same_content(status->identity, opened.bytes->fd());
    const bool ended_unseen = facts.was_present && !(facts.same_inode && facts.same_bytes);
    if (ended_unseen) rest = find_rest(*file.info, status->generation, status->end, identity);
    facts.old_elsewhere = rest != nullptr;
  }
  Successor next;
  next.bytes = opened.bytes;
  next.identity = identity;
  next.remote = opened.remote;
  next.unjudged = file.match == PathMatch::kFound && opened.status.st_size == 0;
  const PathVerdict verdict = judge(facts);
  next.kind = kind_of(verdict);
  switch (verdict) {
    case PathVerdict::kContinued:
    case PathVerdict::kReturned: return resume(file, *status, next, verdict == PathVerdict::kReturned);
    case PathVerdict::kTruncated:
    case PathVerdict::kRotated:
    case PathVerdict::kReplaced: {
      const bool found = rest && read_rest(file, status->generation, status->end, status->identity, rest);
      if (!found) next.lost_from = status->end;
      succeed(file, std::move(next), {status->identity.inode, status->identity.birth_ns, last_at_path(*status)},
              rest.get());
      break;
    }
    case PathVerdict::kNothing:
    case PathVerdict::kRemoved:
    case PathVerdict::kAppeared: {
      // It may have come and been rotated before the first look. What was there before anybody followed anything is
      // nobody's loss.
      const auto since = facts.known ? std::optional(last_at_path(*status)) : followed_since_;
      if (since) {
        succeed(file, std::move(next), {0, 0, *since}, nullptr);
      } else {
        file.successors.push_back(std::move(next));
      }
      if (!facts.known) find_earlier(file, opened);
      break;
    }
  }
  if (!file.current) begin_first(file);
}

/// Whoever wrote to the generation before the latest may not have heard of the rotation when the daemon ended: what
/// came there since is older than what comes from the latest.
void IngestCore::reopen_ended(FollowedFile& file, const FileStatus& status) {
  const auto known = status.generation > 0 ? known_.find(file.info->index, status.generation - 1) : std::nullopt;
  if (!known) return;
  for (const RotatedSibling& sibling : siblings_of(file.info->path)) {
    // With its time of birth: the number may have been given to a later file, and nothing else be known of this one.
    if (!known->identity.same_inode(sibling.inode_only()) || sibling.last_write() < last_at_path(status)) continue;
    if (files_.owner(*file.stream, sibling.device, sibling.inode) != nullptr) return;
    OpenRules rules;
    rules.roots = tree_.real_roots();
    const auto opened = open_followed(sibling.path, rules);
    if (!opened || !is_open_inode(*opened->bytes, known->identity)) return;
    if (!same_content(known->identity, opened->bytes->fd())) return;
    if (auto tailer = FileTailer::resume(opened->bytes, known->end)) {
      take_history(add_ended(file, std::move(*tailer), known->number, known->identity, opened->remote),
                   LastLine::kWaits);
    }
    return;
  }
}

/// One that somebody may still write to, though others came after it.
IngestCore::Generation& IngestCore::add_ended(FollowedFile& file, FileTailer tailer, std::uint32_t number,
                                              const FileIdentity& identity, bool remote) {
  auto generation = std::make_unique<Generation>(std::move(tailer));
  generation->number = number;
  generation->identity = identity;
  generation->remote = remote;
  generation->ended = true;
  Generation& ended = enter(file, *generation);
  file.ended.push_back(std::move(generation));
  queue(ended);
  return ended;
}

void IngestCore::begin_first(FollowedFile& file) {
  Successor first = std::move(file.successors.front());
  file.successors.erase(file.successors.begin());
  begin(file, std::move(first));
}

/// The path had a file when we looked last, and has none (of ours) now, at start.
void IngestCore::adopt_absent(FollowedFile& file) {
  const auto status = catalog_.status(file.info->index);
  file.generation = status->generation;
  reopen_ended(file, *status);
  file.match = file.stream->paths.match(file.info->path);
  if (file.match != PathMatch::kNo) {
    const auto rest = find_rest(*file.info, status->generation, status->end, {});
    const bool found = rest && read_rest(file, status->generation, status->end, status->identity, rest);
    const auto lost_from = found ? std::nullopt : std::optional(status->end);
    const bool missed = add_missed(file, {status->identity.inode, status->identity.birth_ns, last_at_path(*status)},
                                   rest.get(), lost_from);
    if (found || missed) {
      if (!file.current) begin_first(file);
      return catch_up(file);  // renamed: it stays current until a successor comes or it has been quiet for long
    }
    tell_removed(file, lost_from);
  } else {
    tell_removed(file, std::nullopt);  // a path that is not wanted any more has lost nothing
  }
  if (file.ended.empty()) files_.remove(file);
}

/// Reading goes on where it was.
void IngestCore::resume(FollowedFile& file, const FileStatus& status, Successor& known, bool returned) {
  auto tailer = FileTailer::resume(known.bytes, status.end);
  if (!tailer) {
    // It shrank between two looks: whoever looks next finds it truncated.
    spdlog::warn("{}: {}", file.info->path, tailer.error().message);
    IngestCounters::add(counters_.read_errors);
    return;
  }
  auto generation = std::make_unique<Generation>(std::move(*tailer));
  generation->number = status.generation;
  generation->identity = known.identity;
  generation->remote = known.remote;
  generation->checkpoint_offset = status.end;
  catalog_.begin_generation(file.info->index, status.generation, generation->tailer.with_tail(known.identity),
                            known.bytes);
  enter(file, *generation);
  file.current = std::move(generation);
  if (returned) arrivals_.append(file.info, change_of(file, FileChangeKind::kAppeared));
  queue(*file.current);
}

/// The bytes from `end` on of a generation that is not at its path any more; null if they cannot be had. `not_this`:
/// the inode that is at the path, which may look like the old file where little of that is remembered.
std::shared_ptr<const GenerationBytes> IngestCore::find_rest(const FileInfo& info, std::uint32_t number,
                                                             std::uint64_t end, const FileIdentity& not_this) const {
  const auto found = ask_to_the_end([&] { return catalog_.open(info.index, number); });
  if (!found || is_open_inode(**found, not_this)) return nullptr;
  const auto size = ask_to_the_end([&] { return (*found)->size(); });
  return size && *size >= end ? *found : nullptr;
}

bool IngestCore::read_rest(FollowedFile& file, std::uint32_t number, std::uint64_t end, const FileIdentity& identity,
                           std::shared_ptr<const GenerationBytes> rest) {
  auto tailer = FileTailer::resume(rest, end);
  if (!tailer) return false;
  catalog_.begin_generation(file.info->index, number, identity, rest);
  auto generation = std::make_unique<Generation>(std::move(*tailer));
  generation->number = number;
  generation->identity = identity;
  // A copy is complete; the renamed file itself may still be written to.
  if (is_open_inode(*rest, identity)) enter(file, *generation);
  generation->file = &file;
  file.current = std::move(generation);
  queue(*file.current);
  return true;
}

IngestCore::Generation& IngestCore::enter(FollowedFile& file, Generation& generation) {
  generation.file = &file;
  const WatchSet::Watched watched = watches_.watch_file(generation.tailer.fd(), generation.remote);
  generation.watch = watched.id;
  generation.polled = watched.polled;
  generation.last_growth = turn_time_;
  files_.enter(generation);
  return generation;
}

void IngestCore::begin(FollowedFile& file, Successor next) {
  const FileInfo& info = *file.info;
  const std::optional<std::uint32_t> before = file.generation;
  auto earlier = std::exchange(file.earlier, {});
  file.generation = before ? *before + 1 : static_cast<std::uint32_t>(earlier.size());
  // Of its bytes only what is read from now on is known to be this generation's.
  next.identity = next.identity.inode_only();
  catalog_.begin_generation(info.index, *file.generation, next.identity, next.bytes);
  journal_.open_generation(info.index, *file.generation, next.identity);
  if (!earlier.empty()) begin_earlier(file, std::move(earlier));
  FileChange change = change_of(file, next.kind);
  if (next.lost_from && before) {
    change.lost_from = Position{info.key, *before, *next.lost_from};
    warn_of_loss(info, *next.lost_from);
  }
  arrivals_.append(file.info, change);
  if (next.kind == FileChangeKind::kTruncated) IngestCounters::add(counters_.truncations);
  if (next.kind == FileChangeKind::kRotated) IngestCounters::add(counters_.rotations);

  auto generation = std::make_unique<Generation>(FileTailer(next.bytes));
  generation->number = *file.generation;
  generation->identity = next.identity;
  generation->remote = next.remote;
  generation->unjudged = next.unjudged;
  generation->truncated = next.kind == FileChangeKind::kTruncated;
  generation->file = &file;
  if (generation->tailer.fd() >= 0) enter(file, *generation);  // what is compressed is complete
  file.current = std::move(generation);
  queue(*file.current);
}

FileChange IngestCore::change_of(const FollowedFile& file, FileChangeKind kind) const {
  FileChange change;
  change.file = file.info->index;
  change.kind = kind;
  change.generation = file.generation.value_or(0);
  change.at = clock_.wall_now();
  return change;
}

/// The current generation has been read to its end and another one waits.
void IngestCore::advance(FollowedFile& file) {
  Successor next = std::move(file.successors.front());
  file.successors.erase(file.successors.begin());
  // Whoever wrote to the generation before the last has had a whole generation's time to notice.
  for (std::size_t i = file.ended.size(); i > 0; --i) {
    if (file.ended[i - 1]->aliases == 0) finish_ended(file, i - 1);
  }
  if (file.current->watch != 0) {
    linger(file);
  } else {
    finish(std::move(file.current));
  }
  begin(file, std::move(next));
}

void IngestCore::linger(FollowedFile& file) {
  file.current->ended = true;
  file.current->last_growth = turn_time_;
  remember(*file.current);
  file.ended.push_back(std::move(file.current));
}

/// What ends now can be found again later: its inode, under whatever name.
void IngestCore::remember(const Generation& generation) {
  const FileIdentity identity = generation.tailer.with_tail(generation.identity);
  known_.remember({generation.file->info->index, generation.number, generation.tailer.offset(), identity});
  catalog_.remember_generation({generation.file->info->index, generation.number, generation.tailer.offset(), identity});
  journal_.checkpoint(generation.file->info->index, generation.number, identity);
  arrivals_.note_written();
}

/// The same inode with other or fewer bytes. What had not been read may be in a copy, which logrotate's copytruncate
/// makes first. Without a copy, bytes are told as lost if some were seen and not read (an open line, a backlog);
/// what was written in between unseen, nobody can know.
void IngestCore::truncate(FollowedFile& file) {
  const std::unique_ptr<Generation> old = std::move(file.current);
  const std::uint64_t offset = old->tailer.offset();
  const bool unread = old->behind || old->tailer.has_open_line() || old->seen_size > offset;
  const FileIdentity identity = old->tailer.with_tail(old->identity);
  Successor next;
  next.kind = FileChangeKind::kTruncated;
  next.bytes = old->tailer.bytes();
  next.identity = identify(old->tailer.fd(), 0).value_or(old->identity);
  next.remote = old->remote;
  remember(*old);  // by its bytes: the inode goes on
  close(*old);
  // The descriptor has the new life's bytes: nobody may read the old one's from it.
  catalog_.begin_generation(file.info->index, old->number, identity, nullptr);
  const auto rest = find_rest(*file.info, old->number, offset, identity);
  const bool found = rest && read_rest(file, old->number, offset, identity, rest);
  if (!found && unread) next.lost_from = offset;
  // Before what waits already. In between there may have been lives of which only copies are left, made since this one
  // was read last; a copy of its own beginning can look like one.
  auto later = std::exchange(file.successors, {});
  LastSeen last_seen;
  last_seen.at_path = last_read_at(*old);
  last_seen.told_apart_from = identity.head_length;
  succeed(file, std::move(next), last_seen, rest.get());
  // The first copy is that of this life, of which nothing was read: nothing is lost.
  if (offset == 0 && file.successors.size() > 1) file.successors.front().lost_from.reset();
  for (Successor& one : later) file.successors.push_back(std::move(one));
  if (!file.current) begin_first(file);
}

/// When it was read last, or begun, at least.
WallTime IngestCore::last_read_at(const Generation& generation) const {
  return clock_.wall_now() - std::chrono::ceil<Milliseconds>(clock_.steady_now() - generation.last_growth);
}

/// The first bytes of a truncated file do not show that it was truncated again before they came, but a copy may: one
/// that was made since, and not of them.
bool IngestCore::was_truncated_again(Generation& generation) {
  if (generation.tailer.scanned() == 0) return false;
  generation.truncated = false;
  if (generation.ended) return false;
  Successor next;
  next.kind = FileChangeKind::kTruncated;
  next.bytes = generation.tailer.bytes();
  next.identity = generation.identity;
  LastSeen last_seen;
  last_seen.at_path = last_read_at(generation);
  if (const auto before = known_.find(generation.file->info->index, generation.number - 1)) {
    last_seen.told_apart_from = before->identity.head_length;
  }
  return !find_missed(*generation.file, last_seen, &next, nullptr).generations.empty();
}

void IngestCore::tell_removed(FollowedFile& file, std::optional<std::uint64_t> lost_from) {
  FileChange change = change_of(file, FileChangeKind::kRemoved);
  if (lost_from) {
    change.lost_from = Position{file.info->key, change.generation, *lost_from};
    warn_of_loss(*file.info, *lost_from);
  }
  arrivals_.append(file.info, change);
  catalog_.set_present(file.info->index, false);
  if (file.current) linger(file);
}

/// A file whose removal had been told is back before its generation was let go.
void IngestCore::revive(FollowedFile& file) {
  const auto last = std::find_if(file.ended.begin(), file.ended.end(),
                                 [&](const auto& ended) { return ended->number == file.generation; });
  if (last == file.ended.end()) return;
  file.current = std::move(*last);
  file.ended.erase(last);
  file.current->ended = false;
  file.present = true;
  catalog_.set_present(file.info->index, true);
  arrivals_.append(file.info, change_of(file, FileChangeKind::kAppeared));
  queue(*file.current);
}

void IngestCore::finish_ended(FollowedFile& file, std::size_t index) {
  auto generation = std::move(file.ended[index]);
  file.ended.erase(file.ended.begin() + static_cast<std::ptrdiff_t>(index));
  finish(std::move(generation));
}

/// Nothing more will come: its last line counts as it is.
void IngestCore::finish(std::unique_ptr<Generation> generation) {
  generation->ended = true;
  let_last_line_pass(*generation);
  remember(*generation);
  close(*generation);
}

/// Out of the queue, the watches and the indices.
void IngestCore::close(Generation& generation) {
  if (std::exchange(generation.queued, false)) std::erase(queue_, &generation);
  if (std::exchange(generation.open_line_timed, false)) std::erase(open_lines_, &generation);
  if (generation.watch == 0) return;
  watches_.unwatch(generation.watch);
  files_.leave(generation);
}

}  // namespace tailwater
