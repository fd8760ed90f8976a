// Catalog: every file that the journal knows, its generations and how to read their bytes. Written by the
// ingest thread, read by all: each member locks, copies little and returns values or shared immutable objects.
// It never reads a file's data itself and keeps descriptors of ended generations only within its budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "journal/extent.h"
#include "journal/file_identity.h"

namespace tailwater {

class CompressedFiles;

/// The bytes of one generation, wherever they are now. Positions are offsets of the original file, whatever
/// the copy is compressed with. Thread: any; reads of one object may overlap.
class GenerationBytes {
 public:
  virtual ~GenerationBytes() = default;
  /// Reads up to out.size() bytes at `offset`; 0 at the end. Retries EINTR, never past what is asked.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
  /// The size where it is known without reading, else a guess; 0 where there is not even that.
  [[nodiscard]] virtual std::uint64_t likely_size() const { return size().value_or(0); }
  /// Disk space that only this object keeps from being freed: that of a file without a name.
  [[nodiscard]] virtual ByteCount held_bytes() const { return 0; }
};

/// A regular file by descriptor.
class PlainFile final : public GenerationBytes {
 public:
  explicit PlainFile(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;
  [[nodiscard]] Result<std::uint64_t> size() const override;
  [[nodiscard]] ByteCount held_bytes() const override;
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
  bool present = false;  ///< is there a file at the path, as far as was told?
  FileIdentity identity;
  std::uint64_t size = 0;  ///< of the current generation's file, as far as was seen: never less than `end`
};

/// An ended generation, for those who meet its bytes again.
struct RememberedGeneration {
  FileIndex file = 0;
  std::uint32_t generation = 0;
  std::uint64_t end = 0;  ///< just past its last extent; its identity's tail may have been learned before that
  FileIdentity identity;
};

struct CatalogStatus {
  std::uint64_t files = 0;
  std::uint64_t ended_generations = 0;  ///< that are remembered
  std::uint64_t retained_descriptors = 0;
};

struct CatalogLimits {
  std::size_t retained_descriptors = 256;  ///< of ended generations, oldest let go first
  ByteCount retained_bytes = 1ULL << 30;   ///< disk space that unlinked generations may hold
  std::chrono::seconds retained_age{3600};
};

class Catalog {
 public:
  /// Ended generations of one file whose identities are remembered; older ones are forgotten.
  static constexpr std::size_t kRememberedGenerations = 4096;
  /// The same of all files together (about 300 bytes of memory each, 60 in each segment of the journal). Beyond it the
  /// file with the most gives up its oldest.
  static constexpr std::size_t kMaxRemembered = 16384;

  explicit Catalog(CatalogLimits limits = {});
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // --- ingest thread -------------------------------------------------------------------------------------
  /// The file at (stream, path), made with a fresh random key if the catalog has none.
  std::shared_ptr<const FileInfo> add(std::string_view stream, std::string_view path);
  /// Puts back what a journal remembered. Fails (kCorrupt) on a clash of index or key.
  Result<void> restore(FileStatus status);
  /// Indices below `next` were given out before, some to files that are retired by now: they are not used again,
  /// because old entries of a journal still carry them.
  void reserve_indices(FileIndex next);
  /// A generation becomes current; the one before is kept readable within the limits. Called again for the generation
  /// that is current already (after a restart), it only brings the identity and the bytes.
  void begin_generation(FileIndex file, std::uint32_t generation, FileIdentity identity,
                        std::shared_ptr<const GenerationBytes> bytes);
  void update(FileIndex file, std::uint64_t end, WallTime last_arrival, const FileIdentity& identity);
  /// What was seen of its size; that of the current generation.
  void set_size(FileIndex file, std::uint64_t size);
  /// The path has no file any more (or has one again); the generation stays readable within the limits.
  void set_present(FileIndex file, bool present);
  /// Remembers the identity of an ended generation, so that it can be found again under another name.
  void remember_generation(const RememberedGeneration& ended);
  /// Nothing in the journal speaks of it any more: forgets it and frees its index's memory.
  void retire(FileIndex file);
  /// Lets go of descriptors past their age or the budgets. Called by the sweep.
  void trim(SteadyTime now);

  // --- any thread ----------------------------------------------------------------------------------------
  [[nodiscard]] CatalogStatus status() const;
  [[nodiscard]] std::shared_ptr<const FileInfo> find(FileIndex file) const;
  [[nodiscard]] std::shared_ptr<const FileInfo> find(const FileKey& key) const;
  [[nodiscard]] std::optional<FileStatus> status(FileIndex file) const;
  /// The file at (stream, path), if there is one.
  [[nodiscard]] std::optional<FileStatus> find_path(std::string_view stream, std::string_view path) const;
  /// Of a generation that is remembered.
  [[nodiscard]] std::optional<FileIdentity> identity(FileIndex file, std::uint32_t generation) const;
  [[nodiscard]] std::vector<FileStatus> list() const;  ///< in the order of their indices
  /// A generation whose end nobody knew (kUnknownEnd) was read to it. Of one that is not known it is forgotten.
  void learn_end(FileIndex file, std::uint32_t generation, std::uint64_t end) const;
  /// What was learned of it; kUnknownEnd if nothing was.
  [[nodiscard]] std::uint64_t learned_end(FileIndex file, std::uint32_t generation) const;
  /// All ended generations whose identities are remembered.
  [[nodiscard]] std::vector<RememberedGeneration> ended_generations() const;
  /// The bytes of a generation: the descriptor at hand, else the path or a sibling in its folder that is the same
  /// physical file. kGone where it cannot be had back. May touch the disk: not for client threads.
  [[nodiscard]] Result<std::shared_ptr<const GenerationBytes>> open(FileIndex file, std::uint32_t generation) const;
  /// The same for one whose own file holds other bytes by now: it was truncated, and only a copy can hold them.
  [[nodiscard]] Result<std::shared_ptr<const GenerationBytes>> open_copy(FileIndex file,
                                                                         std::uint32_t generation) const;

 private:
  struct Generation;
  struct File;
  /// One descriptor kept though its generation has ended or its path is gone.
  struct Retained {
    FileIndex file = 0;
    std::uint32_t generation = 0;
    std::optional<SteadyTime> since;  ///< when trim() first saw it
  };

  File* find_locked(FileIndex file) const;
  void insert_locked(std::shared_ptr<const FileInfo> info, FileStatus status);
  void retain_locked(const File& file, std::uint32_t generation);
  void unretain_locked(FileIndex file, std::uint32_t generation);
  std::shared_ptr<const GenerationBytes> release_locked(const Retained& retained);
  FileKey unused_key_locked() const;
  using Released = std::vector<std::shared_ptr<const GenerationBytes>>;  // closed after the lock is let go
  void forget_oldest_locked(File& file, std::size_t count, Released& released);
  void keep_remembered_locked(Released& released);

  CatalogLimits limits_;
  const std::unique_ptr<CompressedFiles> compressed_;  // has its own lock
  mutable std::mutex mutex_;
  std::map<FileIndex, std::unique_ptr<File>> files_;                  // guarded by mutex_
  std::map<FileKey, FileIndex> by_key_;                               // guarded by mutex_
  std::map<std::pair<std::string, std::string>, FileIndex> by_path_;  // (stream, path), guarded by mutex_
  std::list<Retained> retained_;                                      // oldest first, guarded by mutex_
  FileIndex next_index_ = 1;                                          // guarded by mutex_
  std::size_t remembered_ = 0;                                        // generations of all files, guarded by mutex_
};

}  // namespace tailwater
