// FileTable: what the journal knows of each file at one place of the arrival order: key, generation, end, identity and
// ended generations. Kept up by applying records one by one, the same way while writing and while recovering; a
// segment's snapshot is a table put into records. No locks of its own, no disk.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "journal/catalog.h"
#include "journal/record.h"

namespace tailwater {

struct FileState {
  std::shared_ptr<const FileInfo> info;  ///< null where a damaged journal has lost it
  bool opened = false;                   ///< a generation has begun
  std::uint32_t generation = 0;
  std::uint64_t end = 0;
  bool present = false;  ///< false: the path's last file was told as removed
  WallTime last_arrival{};
  FileIdentity identity;
  std::optional<LastExtent> last;
  std::uint64_t touched = 0;           ///< the entry before which a record last spoke of it
  std::vector<EndedGeneration> ended;  ///< oldest first

  /// Bytes of a generation that the journal has seen; nullopt if it has never heard of it or has forgotten it.
  [[nodiscard]] std::optional<std::uint64_t> end_of(std::uint32_t which) const;
  /// Of these, how many lie before the arrival order.
  [[nodiscard]] std::uint64_t earlier_end_of(std::uint32_t which) const;
};

/// Key, stream and path of a file into its record. Names too long for a page are left out: such a file is streamed, but
/// begins anew after a restart. (PATH_MAX is 4096, and configured stream names are far shorter than what is left.)
void put_names(const FileInfo& info, FileRecord& record);

class FileTable {
 public:
  /// All ended generations together; beyond it the files with the most give up their oldest.
  static constexpr std::size_t kMaxEnded = Catalog::kMaxRemembered;

  /// Takes up a record in the order in which it was written. `entry` is its number if it has one, else that of the
  /// next entry. `in_snapshot`: it states what is so and does not say that something happened.
  void apply(const Record& record, std::uint64_t entry, bool in_snapshot);
  /// Tells the name of a file before its first record, so that table and catalog share it.
  void introduce(std::shared_ptr<const FileInfo> info);
  void clear();

  [[nodiscard]] const FileState* find(FileIndex file) const;
  [[nodiscard]] const FileState* find(const FileKey& key) const;
  /// The last extent in the arrival order, among files that are not retired.
  [[nodiscard]] const FileState* newest() const;
  [[nodiscard]] const std::map<FileIndex, FileState>& files() const { return files_; }

  /// The table as the records of a snapshot, its head first. Without `names`: no keys, paths and identities.
  [[nodiscard]] std::vector<Record> snapshot(bool names) const;
  /// Keeps within kMaxEnded.
  void forget_oldest_generations();
  [[nodiscard]] FileIndex next_index() const { return next_index_; }
  /// Drops what a damaged journal left without a name, or twice under one name.
  void drop_unusable();
  /// Gives an empty catalog the files and generations.
  [[nodiscard]] Result<void> restore(Catalog& catalog) const;

 private:
  void touch(FileIndex file, std::uint64_t entry);
  void open(const FileRecord& record, std::uint64_t entry);
  void load(const FileRecord& record);
  void grow(const Extent& extent, std::uint64_t entry);
  void change(const FileChange& change, std::uint64_t entry);
  void learn(const IdentityRecord& learned);
  void remember(const EndedGeneration& ended);
  void retire(FileIndex file);
  FileState& at(FileIndex file);
  static void begin(FileState& state, FileIndex file, std::uint32_t generation);
  void prefer_as_newest(FileIndex file, const FileState& state);

  std::map<FileIndex, FileState> files_;
  std::unordered_map<FileKey, FileIndex> by_key_;
  std::optional<FileIndex> newest_;
  FileIndex next_index_ = 1;
};

}  // namespace tailwater
