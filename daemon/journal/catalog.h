// Catalog: every file that the journal knows, its generations and how to read their bytes. Written by the
// ingest thread, read by all: each member locks, copies little and returns values or shared immutable objects.
// It never reads a file's data itself and keeps descriptors of ended generations only within its budget.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "journal/extent.h"

namespace tailwater {

/// What tells one physical file from another; none of it suffices alone (an inode is reused, a head repeats).
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t birth_ns = 0;      ///< statx btime; 0 where the file system has none
  std::uint32_t head_length = 0;  ///< bytes covered by head_fingerprint, at most kHeadLength
  std::uint64_t head_fingerprint = 0;
  std::uint64_t tail_offset = 0;  ///< the offset whose preceding bytes tail_fingerprint covers
  std::uint32_t tail_length = 0;
  std::uint64_t tail_fingerprint = 0;

  static constexpr std::uint32_t kHeadLength = 1024;
  static constexpr std::uint32_t kTailLength = 64;
  /// The same inode of the same file system, born at the same moment.
  [[nodiscard]] bool same_inode(const FileIdentity& other) const {
    return device == other.device && inode == other.inode && birth_ns == other.birth_ns;
  }
};

/// The bytes of one generation, wherever they are now. Positions are offsets of the original file, whatever
/// the copy is compressed with. Thread: any; reads of one object may overlap.
class GenerationBytes {
 public:
  virtual ~GenerationBytes() = default;
  /// Reads up to out.size() bytes at `offset`; 0 at the end. Retries EINTR, never past what is asked.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

/// A regular file by descriptor.
class PlainFile final : public GenerationBytes {
 public:
  explicit PlainFile(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;
  [[nodiscard]] Result<std::uint64_t> size() const override;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

/// What never changes about a followed path. Shared freely, outlives the catalog's own interest in it.
struct FileInfo {
  FileIndex index = 0;
  FileKey key;
  std::string stream;
  std::string path;  ///< absolute, as the file system spells it: any bytes but NUL
};

struct FileStatus {
  std::shared_ptr<const FileInfo> info;
  std::uint32_t generation = 0;
  std::uint64_t end = 0;  ///< offset just past the last extent of the current generation
  WallTime last_arrival{};
  bool present = false;  ///< is there a file at the path now?
  FileIdentity identity;
};

struct CatalogLimits {
  std::size_t retained_descriptors = 256;  ///< of ended generations, oldest let go first
  ByteCount retained_bytes = 1ULL << 30;   ///< disk space that unlinked generations may hold
  std::chrono::seconds retained_age{3600};
};

class Catalog {
 public:
  explicit Catalog(CatalogLimits limits = {}) : limits_(limits) {}

  // --- ingest thread -------------------------------------------------------------------------------------
  /// The file at (stream, path), made with a fresh random key if the catalog has none.
  std::shared_ptr<const FileInfo> add(std::string_view stream, std::string_view path);
  /// Puts back what a journal remembered. Fails (kCorrupt) on a clash of index or key.
  Result<void> restore(FileStatus status);
  /// A generation becomes current; the one before is kept readable within the limits.
  void begin_generation(FileIndex file, std::uint32_t generation, FileIdentity identity,
                        std::shared_ptr<const GenerationBytes> bytes);
  void update(FileIndex file, std::uint64_t end, WallTime last_arrival, const FileIdentity& identity);
  /// The path has no file any more (or has one again); the generation stays readable within the limits.
  void set_present(FileIndex file, bool present);
  /// Remembers the identity of an ended generation, so that it can be found again under another name.
  void remember_generation(FileIndex file, std::uint32_t generation, const FileIdentity& identity);
  /// Nothing in the journal speaks of it any more: forgets it and frees its index's memory.
  void retire(FileIndex file);
  /// Lets go of descriptors past their age or the budgets. Called by the sweep.
  void trim(SteadyTime now);

  // --- any thread ----------------------------------------------------------------------------------------
  [[nodiscard]] std::shared_ptr<const FileInfo> find(FileIndex file) const;
  [[nodiscard]] std::shared_ptr<const FileInfo> find(const FileKey& key) const;
  [[nodiscard]] std::optional<FileStatus> status(FileIndex file) const;
  [[nodiscard]] std::vector<FileStatus> list() const;  ///< in the order of their indices
  /// The bytes of a generation: the descriptor at hand, else the path or a sibling in its folder that is the same
  /// physical file. kGone where it cannot be had back. May touch the disk: not for client threads.
  [[nodiscard]] Result<std::shared_ptr<const GenerationBytes>> open(FileIndex file, std::uint32_t generation) const;

 private:
  struct Generation;
  struct File;
  CatalogLimits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<FileIndex, std::shared_ptr<File>> files_;  // guarded by mutex_
  std::map<FileKey, FileIndex> by_key_;                         // guarded by mutex_
  FileIndex next_index_ = 1;                                    // guarded by mutex_
};

}  // namespace tailwater
