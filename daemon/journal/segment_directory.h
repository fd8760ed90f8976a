// SegmentDirectory: the journal's folder on disk and the one place that names files in it. Holds the lock file as long
// as it lives. Everything is opened relative to the folder's descriptor, never through a symlink; files are 0600, the
// folder 0700. Opening and unlinking may happen on any thread, creating and publishing on the writer's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

/// An open segment, shared by the writer and all who read it at the moment. pread and pwrite only.
class SegmentFile {
 public:
  SegmentFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  /// Up to `length` bytes at `offset`; fewer only at the end of the file.
  [[nodiscard]] Result<std::string> read_at(std::uint64_t offset, std::size_t length) const;
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::string_view bytes) const;
  [[nodiscard]] Result<void> truncate(std::uint64_t size) const;
  [[nodiscard]] Result<void> sync() const;
  [[nodiscard]] Result<std::uint64_t> size() const;

 private:
  UniqueFd fd_;
  std::string path_;
};

class SegmentDirectory {
 public:
  /// Makes the folder where it is missing (its parent must exist) and takes its lock: kUnavailable, naming the folder
  /// and the owner's pid, if another process has it.
  [[nodiscard]] static Result<std::unique_ptr<SegmentDirectory>> open(const std::string& path);

  /// First entry numbers of the segments that are there, ascending.
  [[nodiscard]] Result<std::vector<std::uint64_t>> list() const;
  [[nodiscard]] Result<std::shared_ptr<const SegmentFile>> open_segment(std::uint64_t first_entry) const;
  /// A new segment under a name that list() does not see, until publish() gives it its own; both are atomic, so that
  /// a segment without its whole snapshot is never found. publish() replaces a segment of that name.
  [[nodiscard]] Result<std::shared_ptr<const SegmentFile>> create_segment(std::uint64_t first_entry) const;
  [[nodiscard]] Result<void> publish_segment(std::uint64_t first_entry) const;
  [[nodiscard]] Result<void> remove_segment(std::uint64_t first_entry) const;
  /// Removes what a process that died left half made.
  void remove_unpublished() const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  SegmentDirectory(std::string path, UniqueFd folder, UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)), folder_(std::move(folder)) {}
  [[nodiscard]] Result<std::vector<std::string>> names() const;

  std::string path_;
  UniqueFd lock_;
  UniqueFd folder_;
};

}  // namespace tailwater
