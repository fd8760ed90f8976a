#include "journal/catalog.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "journal/compressed_file.h"
#include "journal/generation_search.h"

namespace tailwater {

// --- PlainFile -------------------------------------------------------------------------------------------------

Result<std::size_t> PlainFile::read_at(std::uint64_t offset, std::span<char> out) const {
  for (;;) {
    const ssize_t got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(errno_error("read", "a followed file", errno));
  }
}

Result<std::uint64_t> PlainFile::size() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return fail(errno_error("fstat", "a followed file", errno));
  return static_cast<std::uint64_t>(status.st_size);
}

ByteCount PlainFile::held_bytes() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0 || status.st_nlink != 0) return 0;
  return static_cast<ByteCount>(status.st_blocks) * 512;  // stat(2): st_blocks counts 512-byte units
}

// --- Catalog ---------------------------------------------------------------------------------------------------

struct Catalog::Generation {
  FileIdentity identity;
  std::uint64_t end = 0;                    ///< once it has ended
  std::uint64_t learned_end = kUnknownEnd;  ///< by a reader, where `end` was not known
  std::shared_ptr<const GenerationBytes> bytes;
  /// Found again by open(): shared while anyone reads it, kept by nobody else.
  std::weak_ptr<const GenerationBytes> reopened;
};

struct Catalog::File {
  FileStatus status;
  std::map<std::uint32_t, Generation> generations;  ///< the current one too, once it has begun
};

namespace {

constexpr std::string_view kKeyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kKeyLength = 6;

/// Some at once: a start may make thousands of keys.
std::uint8_t random_byte() {
  thread_local std::array<std::uint8_t, 256> bytes;
  thread_local std::size_t left = 0;
  if (left == 0) {
    ssize_t got = -1;
    while ((got = ::getrandom(bytes.data(), bytes.size(), 0)) < 0 && errno == EINTR) continue;
    if (got <= 0) {
      // No such call under this kernel or sandbox: keys are names, not secrets.
      static std::random_device device;
      return static_cast<std::uint8_t>(device());
    }
    left = static_cast<std::size_t>(got);
  }
  return bytes[--left];
}

FileKey random_key() {
  std::array<char, kKeyLength> text;
  for (char& c : text) {
    std::uint8_t byte = random_byte();
    while (byte >= 252) byte = random_byte();  // 252 = 7 x 36: every character is as likely
    c = kKeyCharacters[byte % kKeyCharacters.size()];
  }
  return *FileKey::parse({text.data(), text.size()});
}

}  // namespace

Catalog::Catalog(CatalogLimits limits) : limits_(limits), compressed_(std::make_unique<CompressedFiles>()) {}
Catalog::~Catalog() = default;

Catalog::File* Catalog::find_locked(FileIndex file) const {
  const auto found = files_.find(file);
  return found == files_.end() ? nullptr : found->second.get();
}

FileKey Catalog::unused_key_locked() const {
  FileKey key = random_key();
  while (by_key_.contains(key) || key.is_start()) key = random_key();
  return key;
}

void Catalog::insert_locked(std::shared_ptr<const FileInfo> info, FileStatus status) {
  by_key_[info->key] = info->index;
  by_path_[{info->stream, info->path}] = info->index;
  next_index_ = std::max(next_index_, info->index + 1);
  auto file = std::make_unique<File>();
  file->status = std::move(status);
  file->status.size = std::max(file->status.size, file->status.end);
  files_[info->index] = std::move(file);
}

std::shared_ptr<const FileInfo> Catalog::add(std::string_view stream, std::string_view path) {
  const std::lock_guard lock(mutex_);
  const auto known = by_path_.find({std::string(stream), std::string(path)});
  if (known != by_path_.end()) return files_.at(known->second)->status.info;
  auto info = std::make_shared<const FileInfo>(
      FileInfo{next_index_, unused_key_locked(), std::string(stream), std::string(path)});
  FileStatus status;
  status.info = info;
  insert_locked(info, std::move(status));
  return info;
}

Result<void> Catalog::restore(FileStatus status) {
  const std::lock_guard lock(mutex_);
  const auto info = status.info;
  const char* clash = nullptr;
  if (files_.contains(info->index)) clash = "index";
  if (by_key_.contains(info->key) || info->key.is_start()) clash = "key";
  if (by_path_.contains({info->stream, info->path})) clash = "path";
  if (clash != nullptr)
    return fail(ErrorCode::kCorrupt, fmt::format("{}: another file has the same {} already", info->path, clash));
  Generation current;
  current.identity = status.identity;
  const std::uint32_t generation = status.generation;
  insert_locked(info, std::move(status));
  files_.at(info->index)->generations[generation] = std::move(current);
  ++remembered_;
  return {};
}

void Catalog::reserve_indices(FileIndex next) {
  const std::lock_guard lock(mutex_);
  next_index_ = std::max(next_index_, next);
}

void Catalog::begin_generation(FileIndex file, std::uint32_t generation, FileIdentity identity,
                               std::shared_ptr<const GenerationBytes> bytes) {
  Released released;
  const std::lock_guard lock(mutex_);
  File* entry = find_locked(file);
  if (entry == nullptr) return;
  FileStatus& status = entry->status;
  const auto before = entry->generations.find(status.generation);
  if (generation != status.generation) {
    if (before != entry->generations.end() && before->second.bytes) retain_locked(*entry, status.generation);
    status.end = status.size = 0;
  }
  unretain_locked(file, generation);
  status.generation = generation;
  status.identity = identity;
  status.present = true;
  const auto [place, added] = entry->generations.try_emplace(generation);
  remembered_ += added ? 1 : 0;
  Generation& current = place->second;
  released.push_back(std::exchange(current.bytes, std::move(bytes)));
  current.identity = identity;
  if (entry->generations.size() > kRememberedGenerations + 1) forget_oldest_locked(*entry, 1, released);
  keep_remembered_locked(released);
  while (retained_.size() > limits_.retained_descriptors) {
    released.push_back(release_locked(retained_.front()));
    retained_.pop_front();
  }
}

void Catalog::forget_oldest_locked(File& file, std::size_t count, Released& released) {
  for (; count > 0 && file.generations.begin()->first != file.status.generation; --count) {
    const auto oldest = file.generations.begin();
    unretain_locked(file.status.info->index, oldest->first);
    released.push_back(std::move(oldest->second.bytes));
    file.generations.erase(oldest);
    --remembered_;
  }
}

/// Many at once, so that the largest need not be looked for each time.
void Catalog::keep_remembered_locked(Released& released) {
  while (remembered_ > kMaxRemembered + files_.size()) {
    const auto most = std::max_element(files_.begin(), files_.end(), [](const auto& a, const auto& b) {
      return a.second->generations.size() < b.second->generations.size();
    });
    const std::size_t before = remembered_;
    forget_oldest_locked(*most->second, most->second->generations.size() / 8 + 1, released);
    if (remembered_ == before) return;
  }
}

void Catalog::update(FileIndex file, std::uint64_t end, WallTime last_arrival, const FileIdentity& identity) {
  const std::lock_guard lock(mutex_);
  File* entry = find_locked(file);
  if (entry == nullptr) return;
  entry->status.end = end;
  entry->status.size = std::max(entry->status.size, end);
  entry->status.last_arrival = last_arrival;
  entry->status.identity = identity;
  const auto [current, added] = entry->generations.try_emplace(entry->status.generation);
  remembered_ += added ? 1 : 0;
  current->second.identity = identity;
}

void Catalog::set_size(FileIndex file, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  File* entry = find_locked(file);
  if (entry != nullptr) entry->status.size = std::max(size, entry->status.end);
}

void Catalog::set_present(FileIndex file, bool present) {
  const std::lock_guard lock(mutex_);
  File* entry = find_locked(file);
  if (entry == nullptr || entry->status.present == present) return;
  entry->status.present = present;
  const auto current = entry->generations.find(entry->status.generation);
  if (current == entry->generations.end() || !current->second.bytes) return;
  if (present) {
    unretain_locked(file, entry->status.generation);
  } else {
    retain_locked(*entry, entry->status.generation);
  }
}

void Catalog::remember_generation(const RememberedGeneration& ended) {
  Released released;
  const std::lock_guard lock(mutex_);
  File* entry = find_locked(ended.file);
  if (entry == nullptr || ended.generation == entry->status.generation) return;
  const auto [known, added] = entry->generations.try_emplace(ended.generation);
  known->second.identity = ended.identity;
  known->second.end = ended.end;
  remembered_ += added ? 1 : 0;
  keep_remembered_locked(released);
}

void Catalog::retire(FileIndex file) {
  std::unique_ptr<File> released;  // closed after the lock is let go
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  const FileInfo& info = *found->second->status.info;
  by_key_.erase(info.key);
  by_path_.erase({info.stream, info.path});
  retained_.remove_if([file](const Retained& retained) { return retained.file == file; });
  released = std::move(found->second);
  remembered_ -= released->generations.size();
  files_.erase(found);
}

// --- descriptors of ended generations ----------------------------------------------------------------------------

void Catalog::retain_locked(const File& file, std::uint32_t generation) {
  unretain_locked(file.status.info->index, generation);
  retained_.push_back({file.status.info->index, generation, std::nullopt});
}

void Catalog::unretain_locked(FileIndex file, std::uint32_t generation) {
  retained_.remove_if([&](const Retained& r) { return r.file == file && r.generation == generation; });
}

std::shared_ptr<const GenerationBytes> Catalog::release_locked(const Retained& retained) {
  File* entry = find_locked(retained.file);
  if (entry == nullptr) return nullptr;
  const auto found = entry->generations.find(retained.generation);
  return found == entry->generations.end() ? nullptr : std::exchange(found->second.bytes, nullptr);
}

void Catalog::trim(SteadyTime now) {
  compressed_->trim();
  // Only this thread changes retained_, so it may be read, and the disk be asked, without the lock that readers want.
  std::vector<std::list<Retained>::iterator> over;
  ByteCount held = 0;
  std::size_t count = 0;
  for (auto it = retained_.end(); it != retained_.begin();) {  // newest first: what goes over a budget is the oldest
    --it;
    if (!it->since) it->since = now;
    const auto& bytes = find_locked(it->file)->generations.at(it->generation).bytes;
    held += bytes->held_bytes();
    ++count;
    if (now - *it->since >= limits_.retained_age || held > limits_.retained_bytes ||
        count > limits_.retained_descriptors)
      over.push_back(it);
  }
  std::vector<std::shared_ptr<const GenerationBytes>> released;  // closed after the lock is let go
  const std::lock_guard lock(mutex_);
  for (const auto it : over) {
    released.push_back(release_locked(*it));
    retained_.erase(it);
  }
}

// --- any thread --------------------------------------------------------------------------------------------------

CatalogStatus Catalog::status() const {
  const std::lock_guard lock(mutex_);
  CatalogStatus status;
  status.files = files_.size();
  status.retained_descriptors = retained_.size();
  status.ended_generations = remembered_ - std::min(remembered_, files_.size());
  return status;
}

std::shared_ptr<const FileInfo> Catalog::find(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  const File* entry = find_locked(file);
  return entry == nullptr ? nullptr : entry->status.info;
}

std::shared_ptr<const FileInfo> Catalog::find(const FileKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : files_.at(found->second)->status.info;
}

std::optional<FileStatus> Catalog::status(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  const File* entry = find_locked(file);
  if (entry == nullptr) return std::nullopt;
  return entry->status;
}

std::optional<FileStatus> Catalog::find_path(std::string_view stream, std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_path_.find({std::string(stream), std::string(path)});
  if (found == by_path_.end()) return std::nullopt;
  return files_.at(found->second)->status;
}

std::optional<FileIdentity> Catalog::identity(FileIndex file, std::uint32_t generation) const {
  const std::lock_guard lock(mutex_);
  const File* entry = find_locked(file);
  if (entry == nullptr) return std::nullopt;
  const auto found = entry->generations.find(generation);
  if (found == entry->generations.end()) return std::nullopt;
  return found->second.identity;
}

std::vector<FileStatus> Catalog::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<FileStatus> all;
  all.reserve(files_.size());
  for (const auto& [index, file] : files_) all.push_back(file->status);
  return all;
}

void Catalog::learn_end(FileIndex file, std::uint32_t generation, std::uint64_t end) const {
  const std::lock_guard lock(mutex_);
  File* entry = find_locked(file);
  if (entry == nullptr) return;
  const auto found = entry->generations.find(generation);
  if (found != entry->generations.end()) found->second.learned_end = end;
}

std::uint64_t Catalog::learned_end(FileIndex file, std::uint32_t generation) const {
  const std::lock_guard lock(mutex_);
  const File* entry = find_locked(file);
  if (entry == nullptr) return kUnknownEnd;
  const auto found = entry->generations.find(generation);
  return found == entry->generations.end() ? kUnknownEnd : found->second.learned_end;
}

std::vector<RememberedGeneration> Catalog::ended_generations() const {
  const std::lock_guard lock(mutex_);
  std::vector<RememberedGeneration> ended;
  for (const auto& [index, file] : files_) {
    for (const auto& [number, generation] : file->generations) {
      if (number != file->status.generation) ended.push_back({index, number, generation.end, generation.identity});
    }
  }
  return ended;
}

Result<std::shared_ptr<const GenerationBytes>> Catalog::open(FileIndex file, std::uint32_t generation) const {
  WantedGeneration wanted;
  {
    const std::lock_guard lock(mutex_);
    const File* entry = find_locked(file);
    if (entry == nullptr) return fail(ErrorCode::kNotFound, fmt::format("no file has the index {}", file));
    wanted.path = entry->status.info->path;
    const auto found = entry->generations.find(generation);
    if (found == entry->generations.end()) {
      const bool never = generation > entry->status.generation;
      return fail(never ? ErrorCode::kNotFound : ErrorCode::kGone,
                  fmt::format("{}: generation {} is not known{}", wanted.path, generation, never ? "" : " any more"));
    }
    if (found->second.bytes) return found->second.bytes;
    if (auto shared = found->second.reopened.lock()) return shared;
    wanted.identity = found->second.identity;
    wanted.inode_reused = generation != entry->status.generation && wanted.identity.same_inode(entry->status.identity);
  }
  auto bytes = find_generation(wanted, *compressed_);  // reads folders and files: without the lock
  if (bytes) {
    const std::lock_guard lock(mutex_);
    File* entry = find_locked(file);
    if (entry != nullptr && entry->generations.contains(generation))
      entry->generations.at(generation).reopened = *bytes;
  }
  return bytes;
}

Result<std::shared_ptr<const GenerationBytes>> Catalog::open_copy(FileIndex file, std::uint32_t generation) const {
  const auto info = find(file);
  const auto known = identity(file, generation);
  if (!info || !known)
    return fail(ErrorCode::kGone, fmt::format("file {}: generation {} is not known any more", file, generation));
  return find_generation({info->path, *known, /*inode_reused=*/true}, *compressed_);
}

}  // namespace tailwater
