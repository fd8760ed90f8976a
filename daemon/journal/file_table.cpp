#include "journal/file_table.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "journal/page.h"

namespace tailwater {

namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

std::shared_ptr<const FileInfo> info_of(const FileRecord& record) {
  auto key = FileKey::parse(record.key);
  if (!key || record.path.empty()) return nullptr;
  return std::make_shared<const FileInfo>(FileInfo{record.file, *key, record.stream, record.path});
}

FileRecord record_of(FileIndex file, const FileState& state, bool names) {
  FileRecord record;
  record.file = file;
  record.generation = state.generation;
  record.end = state.end;
  record.present = state.present;
  record.last_arrival = state.last_arrival;
  record.last = state.last;
  if (!names || !state.info) return record;
  put_names(*state.info, record);
  record.identity = state.identity;
  return record;
}

}  // namespace

void put_names(const FileInfo& info, FileRecord& record) {
  constexpr std::size_t kMaxNames = kMaxPayload - 256;
  if (info.stream.size() + info.path.size() > kMaxNames) return;
  record.key = info.key.text();
  record.stream = info.stream;
  record.path = info.path;
}

std::optional<std::uint64_t> FileState::end_of(std::uint32_t which) const {
  if (opened && which == generation) return end;
  for (const EndedGeneration& one : ended)
    if (one.generation == which) return one.end;
  return std::nullopt;
}

std::uint64_t FileState::earlier_end_of(std::uint32_t which) const {
  for (const EndedGeneration& one : ended)
    if (one.generation == which) return one.earlier_end;
  return 0;
}

void FileTable::apply(const Record& record, std::uint64_t entry, bool in_snapshot) {
  std::visit(Overloaded{
                 [&](const SnapshotHead& head) { next_index_ = std::max(next_index_, head.next_index); },
                 [&](const FileRecord& file) { in_snapshot ? load(file) : open(file, entry); },
                 [&](const EndedGeneration& ended) { remember(ended); },
                 [&](const Extent& extent) { grow(extent, entry); },
                 [&](const FileChange& what) { change(what, entry); },
                 [&](const IdentityRecord& learned) { learn(learned); },
                 [&](const RetiredRecord& retired) { retire(retired.file); },
             },
             record);
}

void FileTable::introduce(std::shared_ptr<const FileInfo> info) {
  by_key_[info->key] = info->index;
  FileState& state = at(info->index);
  state.info = std::move(info);
}

void FileTable::clear() {
  files_.clear();
  by_key_.clear();
  newest_.reset();
}

const FileState* FileTable::find(FileIndex file) const {
  const auto found = files_.find(file);
  return found == files_.end() ? nullptr : &found->second;
}

const FileState* FileTable::find(const FileKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : find(found->second);
}

const FileState* FileTable::newest() const {
  const FileState* state = newest_ ? find(*newest_) : nullptr;
  return state != nullptr && state->last ? state : nullptr;
}

void FileTable::prefer_as_newest(FileIndex file, const FileState& state) {
  const FileState* best = newest();
  if (state.last && (best == nullptr || best->last->entry < state.last->entry)) newest_ = file;
}

FileState& FileTable::at(FileIndex file) {
  if (file >= next_index_) next_index_ = std::max(file, file + 1);  // the highest number has no next one
  return files_[file];
}

void FileTable::begin(FileState& state, FileIndex file, std::uint32_t generation) {
  if (state.opened) {
    state.ended.push_back({file, state.generation, state.end, state.last_arrival, state.identity, 0});
    if (state.ended.size() > Catalog::kRememberedGenerations) state.ended.erase(state.ended.begin());
  }
  state.opened = true;
  state.generation = generation;
  state.end = 0;
  state.present = true;
  state.identity = {};
}

void FileTable::touch(FileIndex file, std::uint64_t entry) {
  const auto found = files_.find(file);
  if (found != files_.end()) found->second.touched = entry;
}

void FileTable::change(const FileChange& change, std::uint64_t entry) {
  const auto found = files_.find(change.file);
  if (found != files_.end()) found->second.present = change.kind != FileChangeKind::kRemoved;
  touch(change.file, entry);
}

void FileTable::open(const FileRecord& record, std::uint64_t entry) {
  FileState& state = at(record.file);
  state.touched = entry;
  if (!state.opened || record.generation != state.generation) begin(state, record.file, record.generation);
  state.identity = record.identity;
  if (!state.info) state.info = info_of(record);
  if (state.info) by_key_[state.info->key] = record.file;
}

void FileTable::load(const FileRecord& record) {
  FileState& state = at(record.file);
  state.opened = true;
  state.generation = record.generation;
  state.end = record.end;
  state.present = record.present;
  state.last_arrival = record.last_arrival;
  state.identity = record.identity;
  state.last = record.last;
  state.touched = record.last ? record.last->entry : 0;
  state.info = info_of(record);
  if (state.info) by_key_[state.info->key] = record.file;
  prefer_as_newest(record.file, state);
}

void FileTable::grow(const Extent& extent, std::uint64_t entry) {
  FileState& state = at(extent.file);
  // A generation that begins without a word: its record was lost in a damaged page.
  if (!state.opened || extent.generation > state.generation) begin(state, extent.file, extent.generation);
  if (extent.generation == state.generation) {
    state.end = std::max(state.end, extent.end);
  } else {
    for (EndedGeneration& ended : state.ended)
      if (ended.generation == extent.generation) ended.end = std::max(ended.end, extent.end);
  }
  state.last_arrival = std::max(state.last_arrival, extent.arrived);
  state.last = LastExtent{entry, extent.generation, extent.end};
  state.touched = entry;
  newest_ = extent.file;
}

void FileTable::learn(const IdentityRecord& learned) {
  FileState& state = at(learned.file);
  if (state.opened && learned.generation == state.generation) state.identity = learned.identity;
  for (EndedGeneration& ended : state.ended)
    if (ended.generation == learned.generation) ended.identity = learned.identity;
}

void FileTable::remember(const EndedGeneration& ended) {
  auto& known = at(ended.file).ended;
  // In a snapshot each comes behind those before it.
  const bool in_order = known.empty() || known.back().generation < ended.generation;
  if (!in_order) std::erase_if(known, [&](const EndedGeneration& one) { return one.generation == ended.generation; });
  known.push_back(ended);
}

void FileTable::retire(FileIndex file) {
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  if (found->second.info) by_key_.erase(found->second.info->key);
  files_.erase(found);
  if (newest_ != file) return;
  newest_.reset();
  for (const auto& [index, state] : files_) prefer_as_newest(index, state);
}

void FileTable::forget_oldest_generations() {
  std::size_t total = 0;
  for (const auto& [index, state] : files_) total += state.ended.size();
  for (std::size_t keep = Catalog::kRememberedGenerations / 2; total > kMaxEnded && keep > 0; keep /= 2) {
    for (auto& [index, state] : files_) {
      if (state.ended.size() <= keep) continue;
      const auto drop = state.ended.size() - keep;
      state.ended.erase(state.ended.begin(), state.ended.begin() + static_cast<std::ptrdiff_t>(drop));
      total -= drop;
    }
  }
}

std::vector<Record> FileTable::snapshot(bool names) const {
  std::vector<Record> records;
  records.emplace_back(SnapshotHead{});
  for (const auto& [index, state] : files_) {
    if (!state.opened) continue;
    for (EndedGeneration ended : state.ended) {
      if (!names) ended.identity = {};
      records.emplace_back(ended);
    }
    records.emplace_back(record_of(index, state, names));
  }
  records.front() = SnapshotHead{records.size() - 1, next_index_};
  return records;
}

void FileTable::drop_unusable() {
  std::set<std::pair<std::string, std::string>> paths;
  std::unordered_map<FileKey, FileIndex> keys;
  std::vector<FileIndex> unusable;
  // The youngest of two with one path or key is the one that was followed last.
  for (auto it = files_.rbegin(); it != files_.rend(); ++it) {
    const FileState& state = it->second;
    const bool usable = state.opened && state.info && !keys.contains(state.info->key) &&
                        paths.insert({state.info->stream, state.info->path}).second;
    if (usable) {
      keys[state.info->key] = it->first;
    } else {
      unusable.push_back(it->first);
    }
  }
  for (const FileIndex file : unusable) retire(file);
  by_key_ = std::move(keys);
}

Result<void> FileTable::restore(Catalog& catalog) const {
  for (const auto& [index, state] : files_) {
    FileStatus status;
    status.info = state.info;
    status.generation = state.generation;
    status.end = state.end;
    status.present = state.present;
    status.last_arrival = state.last_arrival;
    status.identity = state.identity;
    if (auto restored = catalog.restore(std::move(status)); !restored) return restored;
    for (const EndedGeneration& ended : state.ended)
      catalog.remember_generation({index, ended.generation, ended.end, ended.identity});
  }
  catalog.reserve_indices(next_index_);
  return {};
}

}  // namespace tailwater
