// What is at a path: the part of IngestCore that opens files, or refuses to.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "journal/decompressor.h"
#include "source/ingest_core.h"
#include "source/rotated_siblings.h"

namespace tailwater {
namespace {

std::int64_t mtime_of(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}

bool is_inode(const FileIdentity& identity, const struct stat& status) {
  return identity.device == status.st_dev && identity.inode == status.st_ino;
}

/// Has the open file no name any more?
bool is_unlinked(const GenerationBytes& bytes) {
  const auto* plain = dynamic_cast<const PlainFile*>(&bytes);
  struct stat status {};
  return plain != nullptr && ::fstat(plain->fd(), &status) == 0 && status.st_nlink == 0;
}

constexpr std::size_t kMostRefusalsTold = 50;  // from sweep to sweep
constexpr std::size_t kMostLeftOut = 1'000'000;

std::size_t hash_of(const std::string& stream, const std::string& path) {
  return std::hash<std::string>{}(std::string(stream).append(1, '\0').append(path));
}

}  // namespace

void IngestCore::on_path(const std::string& path) {
  for (const auto& stream : streams_) {
    const PathMatch match = stream->paths.match(path);
    if (match == PathMatch::kNo) continue;
    if (collecting_) {
      found_.push_back({stream.get(), path, match});
    } else {
      look_at_path(*stream, path, match);
    }
  }
}

void IngestCore::on_directory_gone(const std::string& directory) {
  for (FollowedFile* file : files_.list()) {
    const std::string& path = file->info->path;
    if (is_below(path, directory)) look_at_path(*file->stream, path, file->match);
  }
}

void IngestCore::look_at_path(const SourceStream& stream, const std::string& path, PathMatch match) {
  FollowedFile* file = files_.find(stream.name, path);
  const WallTime looked_at = clock_.wall_now();  // before looking: what is born later was not seen
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    clear_refusal(stream, path);
    files_.drop_alias(stream.name, path);
    if (file != nullptr && file->current) {
      on_path_absent(*file);
    } else if (!starting_ && !sweeping_) {
      const auto known = catalog_.find_path(stream.name, path);
      look_for_missed(stream, path, match, known ? last_at_path(*known) : *followed_since_);
    }
    return;
  }
  if (file != nullptr && is_latest(*file, status)) {
    file->present = true;
    file->seen_at_path = looked_at;
    clear_refusal(stream, path);
    if (file->current && static_cast<std::uint64_t>(status.st_size) != file->current->tailer.scanned()) {
      queue(*file->current);
    }
    return;
  }
  if (Generation* owner = files_.owner(stream, status.st_dev, status.st_ino)) return on_owned(stream, path, *owner);
  files_.drop_alias(stream.name, path);
  open_path(stream, path, match);
}

const FileIdentity& IngestCore::latest_of(const FollowedFile& file) {
  return file.successors.empty() ? file.current->identity : file.successors.back().identity;
}

/// Only an open file keeps its inode's number: what is read from a copy may have left it to a new file.
bool IngestCore::is_latest(const FollowedFile& file, const struct stat& status) {
  if (file.successors.empty()) {
    return file.current && file.current->watch != 0 && is_inode(file.current->identity, status);
  }
  const Successor& last = file.successors.back();
  return dynamic_cast<const PlainFile*>(last.bytes.get()) != nullptr && is_inode(last.identity, status);
}

/// The file at `path` is read already, as a generation of this or another path: a hard link, a symlink, a rotated file
/// that a glob finds under its new name. Its bytes come from there, for as long as this name exists.
void IngestCore::on_owned(const SourceStream& stream, const std::string& path, Generation& owner) {
  clear_refusal(stream, path);
  FollowedFile* file = files_.find(stream.name, path);
  if (file == owner.file && !file->current && owner.number == file->generation) return revive(*file);
  files_.set_alias(stream.name, path, owner);
  if (file != nullptr) on_path_absent(*file);
}

void IngestCore::open_path(const SourceStream& stream, const std::string& path, PathMatch match) {
  OpenRules rules;
  rules.roots = tree_.real_roots();
  rules.admitted_link = match == PathMatch::kNamed && admitted_links_.contains(path);
  rules.allow_foreign_hard_links = options_.allow_foreign_hard_links;
  FollowedFile* file = files_.find(stream.name, path);
  // Before it is opened: there may be a hundred thousand of them.
  if (file == nullptr && is_full_for(stream)) return leave_out(stream, path);
  const WallTime looked_at = clock_.wall_now();
  const auto opened = open_followed(path, rules);
  if (!opened) {
    refuse(stream, path, opened.error());
    const bool ours_is_gone =
        opened.error().kind == Refusal::Kind::kAbsent || opened.error().kind == Refusal::Kind::kNotAllowed;
    if (file != nullptr && ours_is_gone) on_path_absent(*file);
    return;
  }
  // The path may have become another file since it was looked at.
  if (file != nullptr && is_latest(*file, opened->status)) return;
  if (Generation* owner = files_.owner(stream, opened->status.st_dev, opened->status.st_ino)) {
    return on_owned(stream, path, *owner);
  }
  const auto identity = identify(opened->bytes->fd(), 0);
  if (!identity) return refuse(stream, path, {Refusal::Kind::kUnavailable, identity.error().message});
  if (is_generation_of_another(stream, path, *opened, *identity)) return;
  if (match == PathMatch::kFound && is_copy(stream, path, *opened->bytes)) {
    refuse(stream, path, {Refusal::Kind::kCopy, kCopyReason}, &opened->status);
    if (file != nullptr) on_path_absent(*file);
    return;
  }
  if (file == nullptr) file = add_file(stream, path, match, *opened);
  if (file == nullptr) return;
  clear_refusal(stream, path);
  file->present = true;
  if (file->current) {
    on_other_file(*file, *opened, *identity);
  } else {
    adopt(*file, *opened, *identity);
  }
  file->seen_at_path = looked_at;
  if (starting_) catch_up(*file);
}

FollowedFile* IngestCore::add_file(const SourceStream& stream, const std::string& path, PathMatch match,
                                   const OpenedFile& opened) {
  if (is_full_for(stream)) {
    leave_out(stream, path);
    return nullptr;
  }
  auto info = catalog_.add(stream.name, path);
  const auto status = catalog_.status(info->index);
  const bool known = status && status->identity.inode != 0;
  if (!known && match == PathMatch::kFound) {
    std::array<char, kBinaryProbeBytes> head;
    const auto text = first_text_offset(opened.bytes->fd(), 0);
    const auto got = opened.bytes->read_at(text.value_or(0), head);
    if (got && looks_binary({head.data(), *got})) {
      catalog_.retire(info->index);
      refuse(stream, path, {Refusal::Kind::kNotAllowed, kBinaryReason}, &opened.status);
      return nullptr;
    }
  }
  FollowedFile& file = files_.add(stream, std::move(info));
  file.match = match;
  return &file;
}

/// Was this file followed under another name (or an earlier one), and has ended there? Then it goes on there, in case
/// somebody still writes to it.
bool IngestCore::is_generation_of_another(const SourceStream& stream, const std::string& path, const OpenedFile& opened,
                                          const FileIdentity& identity) {
  const auto known = known_.find(opened.bytes->fd(), identity);
  if (!known) return false;
  const auto status = catalog_.status(known->file);
  if (!status || status->info->stream != stream.name) return false;
  if (const auto compression = compression_of(path); compression && is_compressed(opened.bytes->fd(), *compression)) {
    refuse(stream, path, {Refusal::Kind::kCopy, kCopyReason}, &opened.status);
    return true;
  }
  const bool is_current = known->number == status->generation;
  if (is_current && status->info->path == path) return false;
  if (is_current && starting_) {
    // That path has another file now, or none. Looking there first finds out, and reads the rest of this one.
    settle(stream, *status->info);
    Generation* owner = files_.owner(stream, opened.status.st_dev, opened.status.st_ino);
    if (owner != nullptr) on_owned(stream, path, *owner);
    return owner != nullptr;
  }
  auto tailer = FileTailer::resume(opened.bytes, known->end);
  if (!tailer) return false;
  FollowedFile* file = files_.find(stream.name, status->info->path);
  if (file == nullptr) {
    file = &files_.add(stream, status->info);
    file->match = stream.paths.match(status->info->path);
    file->generation = status->generation;
  }
  files_.set_alias(stream.name, path, add_ended(*file, std::move(*tailer), known->number, identity, opened.remote));
  return true;
}

/// Is it what copytruncate made of a followed file? What a glob finds so is read already, from where it was written.
bool IngestCore::is_copy(const SourceStream& stream, const std::string& path, const GenerationBytes& bytes) const {
  const auto* plain = dynamic_cast<const PlainFile*>(&bytes);
  if (plain == nullptr) return false;
  for (const std::string& name : possible_originals(name_of(path))) {
    const auto original = catalog_.find_path(stream.name, std::string(parent_of(path)).append("/").append(name));
    if (!original) continue;
    if (known_.is_copy_of_one(original->info->index, plain->fd())) return true;
    const FollowedFile* file = files_.find(stream.name, original->info->path);
    if (file == nullptr || !file->current) continue;
    // By the bytes that it has now, or by those that were read: it may have been truncated since.
    const Generation& current = *file->current;
    if (is_copy_of(bytes, *current.tailer.bytes())) return true;
    if (is_copy_of(current.tailer.with_tail(current.identity), plain->fd())) return true;
  }
  return false;
}

/// The path has another file than the one that is being read: that one is read to its end first.
void IngestCore::on_other_file(FollowedFile& file, const OpenedFile& opened, const FileIdentity& identity) {
  const GenerationBytes& before =
      file.successors.empty() ? *file.current->tailer.bytes() : *file.successors.back().bytes;
  PathFacts facts;
  facts.known = facts.was_present = facts.present = true;
  facts.old_elsewhere = !is_unlinked(before);
  Successor next;
  next.kind = judge(facts) == PathVerdict::kRotated ? FileChangeKind::kRotated : FileChangeKind::kReplaced;
  next.bytes = opened.bytes;
  next.identity = identity;
  next.remote = opened.remote;
  next.unjudged = file.match == PathMatch::kFound && opened.status.st_size == 0;
  succeed(file, std::move(next), {latest_of(file).inode, latest_of(file).birth_ns, file.seen_at_path}, &before);
  queue(*file.current);
}

void IngestCore::on_path_absent(FollowedFile& file) {
  const bool was_present = std::exchange(file.present, false);
  if (!file.current) return;
  // A sweep that finds nothing new has no reason to look around.
  if (was_present || !sweeping_) {
    const GenerationBytes& before =
        file.successors.empty() ? *file.current->tailer.bytes() : *file.successors.back().bytes;
    add_missed(file, {latest_of(file).inode, latest_of(file).birth_ns, file.seen_at_path}, &before, std::nullopt);
  }
  // Unlinked: read to its end, then told as removed. Renamed: its writer goes on for now, and a successor will come.
  queue(*file.current);
}

/// At start: sees to a path that was followed before, if nobody has yet.
void IngestCore::settle(const SourceStream& stream, const FileInfo& info) {
  if (files_.find(stream.name, info.path) != nullptr || !settling_.insert(info.path).second) return;
  const PathMatch match = stream.paths.match(info.path);
  if (match != PathMatch::kNo) look_at_path(stream, info.path, match);
  if (files_.find(stream.name, info.path) != nullptr) return;
  const auto status = catalog_.status(info.index);
  if (!status || status->identity.inode == 0) return;
  if (status->present) {
    adopt_absent(files_.add(stream, status->info));
  } else if (match != PathMatch::kNo) {
    look_for_missed(stream, info.path, match, last_at_path(*status));
  }
}

void IngestCore::refuse(const SourceStream& stream, const std::string& path, const Refusal& refusal,
                        const struct stat* status) {
  if (refusal.kind == Refusal::Kind::kAbsent) return clear_refusal(stream, path);
  struct stat now {};
  if (status == nullptr && ::lstat(path.c_str(), &now) == 0) status = &now;
  RefusedPath& refused = refused_[{stream.name, path}];
  const bool told = refused.kind == refusal.kind && refused.reason == refusal.reason;
  refused_count_ -= refused.counts() ? 1 : 0;
  refused.kind = refusal.kind;
  refused_count_ += refused.counts() ? 1 : 0;
  refused.reason = refusal.reason;
  if (status != nullptr) {
    refused.inode = status->st_ino;
    refused.mtime_ns = mtime_of(*status);
  }
  if (!told && refused.counts() && refusals_told_++ < kMostRefusalsTold) {
    spdlog::warn("{} is not followed: {}", path, refusal.reason);
  }
  update_refused();
}

void IngestCore::clear_refusal(const SourceStream& stream, const std::string& path) {
  if (!left_out_.empty() && left_out_.erase(hash_of(stream.name, path)) > 0) update_refused();
  if (refused_.empty()) return;
  const auto refused = refused_.find({stream.name, path});
  if (refused == refused_.end()) return;
  refused_count_ -= refused->second.counts() ? 1 : 0;
  refused_.erase(refused);
  update_refused();
}

/// The samples are our own: however many logs there are, they have their place.
bool IngestCore::is_full_for(const SourceStream& stream) const {
  return files_.size() >= options_.max_files && !stream.records.samples;
}

/// There is no place for it. Nothing is remembered of it but that it was there: there may be very many of them.
void IngestCore::leave_out(const SourceStream& stream, const std::string& path) {
  if (left_out_.empty()) first_left_out_ = path;
  if (left_out_.size() < kMostLeftOut) left_out_.insert(hash_of(stream.name, path));
  update_refused();
}

/// Once, and again when they have become twice as many.
void IngestCore::tell_left_out() {
  if (refusals_told_ > kMostRefusalsTold) {
    spdlog::warn("{} more paths are not followed", refusals_told_ - kMostRefusalsTold);
  }
  refusals_told_ = 0;
  if (left_out_.empty()) left_out_told_ = 0;
  if (left_out_.empty() || left_out_.size() < 2 * left_out_told_) return;
  left_out_told_ = left_out_.size();
  spdlog::warn("{} files, {} among them, are not followed: {} are followed already; raise limits.files",
               left_out_.size(), first_left_out_, options_.max_files);
}

void IngestCore::update_refused() {
  IngestCounters::set(counters_.files_refused, static_cast<std::uint64_t>(refused_count_ + left_out_.size()));
}

}  // namespace tailwater
