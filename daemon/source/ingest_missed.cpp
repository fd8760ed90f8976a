// Two rotations between two looks leave a generation that was never at the path when somebody looked: the part of
// IngestCore that finds it beside the path, under the name that it was given.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "journal/compressed_file.h"
#include "source/ingest_core.h"
#include "source/rotated_siblings.h"
#include "source/skipped_names.h"

namespace tailwater {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
/// The clock of file systems lags behind ours by up to a tick.
constexpr Milliseconds kTick{10};
/// How late a rotated file may have been read by a daemon that was killed or stopped then.
constexpr std::chrono::seconds kReadingLag{2};

std::int64_t mtime_of(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}

std::int64_t mtime_of(const GenerationBytes& bytes) {
  const auto* plain = dynamic_cast<const PlainFile*>(&bytes);
  struct stat status {};
  if (plain == nullptr || ::fstat(plain->fd(), &status) != 0) return kNever;
  return mtime_of(status);
}

std::int64_t nanoseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

bool has_inode(const FileIdentity& identity, const RotatedSibling& sibling) {
  return identity.device == sibling.device && identity.inode == sibling.inode;
}

/// Has a name in the folder of `path` come or gone since?
bool folder_changed(const std::string& path, std::int64_t since_ns) {
  struct stat folder {};
  return ::stat(std::string(parent_of(path)).c_str(), &folder) == 0 && mtime_of(folder) >= since_ns;
}

bool is_at(const std::string& path, const FileIdentity& identity) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_dev == identity.device && status.st_ino == identity.inode;
}

}  // namespace

/// When the latest generation was last at its path, as far as is remembered of it: when its last bytes came, but they
/// may have been read from under its new name, somewhat later than that was given.
WallTime IngestCore::last_at_path(const FileStatus& status) {
  return status.last_arrival - kReadingLag;
}

/// Puts `next` behind what is there, and before it what was missed. `before`: the bytes of the generation that was
/// the latest, if they are at hand.
void IngestCore::succeed(FollowedFile& file, Successor next, LastSeen last_seen, const GenerationBytes* before) {
  Missed missed = find_missed(file, last_seen, &next, before);
  if (!missed.generations.empty()) {
    Successor& first = missed.generations.front();
    first.lost_from = std::exchange(next.lost_from, std::nullopt);
    // A truncated file goes on in its own inode, behind the copies that were made of its lives.
    if (next.kind != FileChangeKind::kTruncated) first.kind = std::exchange(next.kind, FileChangeKind::kRotated);
  } else if (missed.unreadable && !next.lost_from && file.current) {
    next.lost_from = file.current->tailer.offset();
  }
  for (Successor& one : missed.generations) file.successors.push_back(std::move(one));
  file.successors.push_back(std::move(next));
}

/// The same where nothing is at the path now. Returns whether there was any.
bool IngestCore::add_missed(FollowedFile& file, LastSeen last_seen, const GenerationBytes* before,
                            std::optional<std::uint64_t> lost_from) {
  Missed missed = find_missed(file, last_seen, nullptr, before);
  if (missed.generations.empty()) return false;
  Successor& first = missed.generations.front();
  first.lost_from = lost_from;
  if (!file.current && !lost_from) first.kind = FileChangeKind::kAppeared;
  for (Successor& one : missed.generations) file.successors.push_back(std::move(one));
  return true;
}

/// A path of which nothing is known, or which was told as removed, came and was renamed before anybody looked.
void IngestCore::look_for_missed(const SourceStream& stream, const std::string& path, PathMatch match, WallTime since) {
  const std::int64_t after = nanoseconds(since - kTick);
  if (!folder_changed(path, after)) return;
  const auto siblings = rotated_siblings(path);
  if (std::none_of(siblings.begin(), siblings.end(), [&](const auto& one) { return one.birth_ns >= after; })) return;
  FollowedFile* file = files_.find(stream.name, path);
  const bool added = file == nullptr;
  if (added) {
    if (files_.size() >= options_.max_files) return;
    file = &files_.add(stream, catalog_.add(stream.name, path));
    file->match = match;
  }
  const FileIndex index = file->info->index;
  const auto status = catalog_.status(index);
  const bool known = status && status->identity.inode != 0;
  if (known) file->generation = status->generation;
  if (add_missed(*file, {0, 0, since}, nullptr, std::nullopt)) {
    begin_first(*file);
    if (starting_) catch_up(*file);
    return;
  }
  if (added) files_.remove(*file);
  if (!known) catalog_.retire(index);
}

/// One that was compressed before anybody had read it, and holds none that is known.
std::optional<Successor> IngestCore::missed_compressed(const FollowedFile& file, const RotatedSibling& sibling,
                                                       const OpenedFile& opened, bool& unreadable) const {
  const auto compression = compression_of(sibling.path);
  UniqueFd fd(::fcntl(opened.bytes->fd(), F_DUPFD_CLOEXEC, 0));
  if (!compression || !fd || !is_compressed(fd.get(), *compression)) {
    unreadable = true;
    return std::nullopt;
  }
  auto compressed = std::make_shared<const CompressedFile>(std::move(fd), *compression);
  auto known = ask_to_the_end([&] { return known_.holds_one(file.info->index, *compressed); });
  if (known && !*known && file.current) {
    const FileIdentity current = file.current->tailer.with_tail(file.current->identity);
    known = ask_to_the_end([&] { return compressed->holds(current); });
  }
  if (!known) unreadable = true;
  if (!known || *known) return std::nullopt;
  Successor one;
  one.kind = FileChangeKind::kRotated;
  one.identity.device = sibling.device;
  one.identity.inode = sibling.inode;
  one.identity.birth_ns = sibling.birth_ns;
  one.bytes = std::move(compressed);
  return one;
}

IngestCore::Missed IngestCore::find_missed(const FollowedFile& file, LastSeen last_seen, const Successor* newest,
                                           const GenerationBytes* before) {
  // The next rotation may give them other names while they are looked at.
  constexpr int kMostLooks = 4;
  Missed missed;
  if (!folder_changed(file.info->path, nanoseconds(last_seen.at_path - kTick))) return missed;
  for (int look = 0; look < kMostLooks; ++look) {
    missed = {};
    if (find_missed_once(file, last_seen, newest, before, missed)) break;
  }
  return missed;
}

/// False if one of them had another name by the time it was opened.
bool IngestCore::find_missed_once(const FollowedFile& file, LastSeen last_seen, const Successor* newest,
                                  const GenerationBytes* before, Missed& missed) {
  // It was born after the latest that is known, and after the last time that this one was at its path.
  const std::int64_t after = std::max(last_seen.birth_ns, nanoseconds(last_seen.at_path - kTick));
  const std::vector<RotatedSibling> siblings = rotated_siblings(file.info->path);
  // In this order: one that still is at the path now has none behind it in the list. Once it is not, what was born
  // later came after it, and is for the next look.
  const bool newest_left = newest != nullptr && !is_at(file.info->path, newest->identity);
  for (const RotatedSibling& sibling : siblings) {
    // Or it is a later life of the inode that was known, truncated and then renamed.
    const bool later_life = sibling.inode == last_seen.inode && sibling.birth_ns == last_seen.birth_ns;
    if (sibling.birth_ns < after && !later_life) continue;
    if (newest_left && sibling.birth_ns > newest->identity.birth_ns) continue;
    // What the stream finds by itself is read under its own name.
    if (file.stream->paths.match(sibling.path) != PathMatch::kNo) continue;
    if (newest != nullptr && has_inode(newest->identity, sibling)) continue;
    const bool waits = std::any_of(file.successors.begin(), file.successors.end(),
                                   [&](const Successor& one) { return has_inode(one.identity, sibling); });
    if (waits || files_.owner(*file.stream, sibling.device, sibling.inode) != nullptr) continue;
    OpenRules rules;
    rules.roots = tree_.real_roots();
    const auto opened = open_followed(sibling.path, rules);
    if (!opened && opened.error().kind == Refusal::Kind::kAbsent) return false;
    if (!opened) continue;
    if (opened->status.st_ino != sibling.inode) return false;
    const auto identity = identify(opened->bytes->fd(), 0);
    if (!identity || known_.find(opened->bytes->fd(), *identity)) continue;
    if (!opaque_suffix(sibling.path).empty()) {
      // An older generation's last write was before that of the one we know.
      const auto last_write = last_write_of_compressed(sibling);
      const std::int64_t known_write = before != nullptr ? mtime_of(*before) : kNever;
      if (!last_write || *last_write <= (known_write != kNever ? known_write : after)) continue;
      if (auto one = missed_compressed(file, sibling, *opened, missed.unreadable)) {
        missed.generations.push_back(std::move(*one));
      }
      continue;
    }
    // A log is written after it is born; what was unpacked or restored is not, and a copy shows by its bytes.
    if (sibling.mtime_ns < sibling.birth_ns || known_.is_copy_of_one(file.info->index, opened->bytes->fd())) continue;
    if (before != nullptr && is_copy_of(*opened->bytes, *before)) continue;
    if (newest != nullptr && is_copy_of(*opened->bytes, *newest->bytes)) continue;
    if (static_cast<std::uint64_t>(opened->status.st_size) < last_seen.told_apart_from) {
      missed.unreadable = true;
      continue;
    }
    Successor one;
    one.kind = FileChangeKind::kRotated;
    one.bytes = opened->bytes;
    one.identity = *identity;
    one.remote = opened->remote;
    missed.generations.push_back(std::move(one));
  }
  return true;
}

}  // namespace tailwater
