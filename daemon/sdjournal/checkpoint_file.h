// CheckpointFile: up to which entry the system's journal has been written to a spool, and how far the spool went then.
// A checkpoint is written after what it stands for, so whatever kill leaves, the spool is never behind it but for a
// power cut. Two slots take turns: the one that is written can be torn, the other cannot. Thread: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sdjournal/sequence_marks.h"

namespace tailwater {

struct Checkpoint {
  std::uint64_t offset = 0;  ///< of the spool: all before it are lines of entries up to the cursor
  std::uint64_t rules = 0;   ///< a fingerprint of what made lines of entries
  std::string cursor;        ///< of the last entry that was looked at
  SequenceMarks marks;       ///< of all entries that were looked at
};

class CheckpointFile {
 public:
  static constexpr std::size_t kSlotBytes = 4096;

  struct Slot {
    std::uint64_t number = 0;  ///< of two the newer has the higher one
    Checkpoint checkpoint;
    /// Without the spaces that fill it up.
    [[nodiscard]] std::string to_text() const;
    /// nullopt: it is none, or not whole.
    [[nodiscard]] static std::optional<Slot> parse(std::string_view text);
  };

  /// Makes the file where it is missing, and so does write(): somebody may have removed it.
  [[nodiscard]] static Result<CheckpointFile> open(const std::string& path);

  /// The last one that was written whole; nullopt: there is none.
  [[nodiscard]] const std::optional<Checkpoint>& last() const { return last_; }
  [[nodiscard]] Result<void> write(const Checkpoint& checkpoint);

 private:
  explicit CheckpointFile(std::string path) : path_(std::move(path)) {}
  Result<void> read_slots();
  Result<void> open_file();

  std::string path_;
  UniqueFd fd_;
  std::optional<Checkpoint> last_;
  std::uint64_t number_ = 0;  // of the last one's slot
};

}  // namespace tailwater
