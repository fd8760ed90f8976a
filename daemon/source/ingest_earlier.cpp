// What rotations had made of a file before anybody followed it: the part of IngestCore that finds `app.log.1` and
// `app.log.2.gz` when `app.log` is followed for the first time. They become the generations before its first one, by
// name and identity alone: nothing of them is read until somebody asks for it.
#include <algorithm>
#include <utility>

#include "journal/decompressor.h"
#include "source/ingest_core.h"
#include "source/rotated_siblings.h"
#include "source/skipped_names.h"

namespace tailwater {
namespace {

/// Who wrote to a rotated file within this time may not have heard of the rotation yet.
constexpr std::chrono::minutes kMayBeWrittenTo{1};

bool has_inode(const FileIdentity& identity, const RotatedSibling& sibling) {
  return identity.device == sibling.device && identity.inode == sibling.inode;
}

bool is_same_content(const FileIdentity& a, const FileIdentity& b) {
  return a.head_length == b.head_length && a.head_fingerprint == b.head_fingerprint && a.tail_offset == b.tail_offset &&
         a.tail_length == b.tail_length && a.tail_fingerprint == b.tail_fingerprint;
}

}  // namespace

/// Beside a file that is at its path, and behind what waits to be read of it.
void IngestCore::find_earlier(FollowedFile& file, const OpenedFile& opened) {
  for (const RotatedSibling& sibling : siblings_of(file.info->path)) {
    if (sibling.device == opened.status.st_dev && sibling.inode == opened.status.st_ino) continue;
    if (is_others(file, sibling)) continue;
    auto one = earlier_at(file, sibling, *opened.bytes);
    if (!one) continue;
    const bool twice = std::any_of(file.earlier.begin(), file.earlier.end(), [&](const EarlierGeneration& other) {
      return other.identity.same_inode(one->identity) || is_same_content(other.identity, one->identity);
    });
    if (twice) continue;
    for (EarlierGeneration& older : file.earlier) older.written_to.reset();
    file.earlier.push_back(std::move(*one));
  }
}

std::vector<RotatedSibling> IngestCore::siblings_of(const std::string& path) {
  if (!starting_) return rotated_siblings(path);
  const std::string folder(parent_of(path));
  auto known = rotated_names_.find(folder);
  if (known == rotated_names_.end()) known = rotated_names_.emplace(folder, RotatedNames::in(folder)).first;
  return rotated_siblings(path, known->second.of(name_of(path)));
}

/// Is it read under another name, or waits to be? A name that a live file may have as well (`worker-1.log`) is left to
/// the stream that matches it.
bool IngestCore::is_others(const FollowedFile& file, const RotatedSibling& sibling) const {
  const std::string_view name = name_of(sibling.path);
  const std::string plain(name.substr(0, name.size() - opaque_suffix(name).size()));
  const bool may_be_live = !is_rotated_name(plain) && std::any_of(streams_.begin(), streams_.end(), [&](const auto& s) {
    return s->paths.match(sibling.path) != PathMatch::kNo;
  });
  const auto under_its_name = catalog_.find_path(file.stream->name, sibling.path);
  return may_be_live || (under_its_name && under_its_name->identity.inode != 0) ||
         files_.owner(*file.stream, sibling.device, sibling.inode) != nullptr ||
         std::any_of(file.successors.begin(), file.successors.end(),
                     [&](const Successor& one) { return has_inode(one.identity, sibling); });
}

std::optional<EarlierGeneration> IngestCore::earlier_at(const FollowedFile& file, const RotatedSibling& sibling,
                                                        const GenerationBytes& current) const {
  OpenRules rules;
  rules.roots = tree_.real_roots();
  const auto opened = open_followed(sibling.path, rules);
  if (!opened || opened->status.st_size == 0) return std::nullopt;
  const int fd = opened->bytes->fd();
  const auto size = static_cast<std::uint64_t>(opened->status.st_size);
  EarlierGeneration one;
  one.last_write = sibling.last_write();
  const bool packed = !opaque_suffix(sibling.path).empty();
  const auto identity = identify(fd, packed ? 0 : size);
  if (!identity || known_.find(fd, *identity)) return std::nullopt;
  one.identity = *identity;
  one.end = size;
  if (packed) {
    const auto compression = compression_of(sibling.path);
    // Not one that is being compressed: its original is there still.
    const bool readable = compression && is_compressed(fd, *compression) && last_write_of_compressed(sibling);
    if (!readable) return std::nullopt;
    one.end = kUnknownEnd;
    return one;
  }
  if (is_copy_of(*opened->bytes, current)) return std::nullopt;
  if (clock_.wall_now() - one.last_write > kMayBeWrittenTo) return one;
  const auto whole = last_record_end(*opened->bytes, 0, size, file.stream->records);
  if (!whole || *whole == 0) return one;
  const auto up_to_there = identify(fd, *whole);
  if (!up_to_there) return one;
  one.identity = *up_to_there;
  one.end = *whole;
  one.written_to = opened->bytes;
  return one;
}

/// They get the numbers before the file's first generation that is read.
void IngestCore::begin_earlier(FollowedFile& file, std::vector<EarlierGeneration> earlier) {
  const FileIndex index = file.info->index;
  std::uint32_t number = 0;
  for (EarlierGeneration& one : earlier) {
    catalog_.remember_generation({index, number, one.end, one.identity});
    journal_.add_earlier(index, number, one.end, one.last_write, one.identity);
    known_.remember({index, number, one.identity.tail_offset, one.identity});
    if (one.written_to) {
      if (auto tailer = FileTailer::resume(std::move(one.written_to), one.end)) {
        add_ended(file, std::move(*tailer), number, one.identity);
      }
    }
    ++number;
  }
  arrivals_.note_written();
}

}  // namespace tailwater
