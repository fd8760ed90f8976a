// FollowedFiles: all followed paths, and the ways to find one: by stream and path, by watch, by inode. Holds together
// what belongs together; decides nothing. Lives on the ingest thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/followed_file.h"

namespace tailwater {

class FollowedFiles {
 public:
  using Key = std::pair<std::string_view, std::string_view>;  // stream, path: views of the file's info

  [[nodiscard]] FollowedFile* find(std::string_view stream, std::string_view path) const;
  FollowedFile& add(const SourceStream& stream, std::shared_ptr<const FileInfo> info);
  /// Its generations must have been taken out before.
  void remove(FollowedFile& file);
  [[nodiscard]] std::size_t size() const { return files_.size(); }
  /// In order of stream and path; safe against changes that are made while the result is walked, except removal.
  [[nodiscard]] std::vector<FollowedFile*> list() const;

  // --- generations: by watch and by inode ------------------------------------------------------------------
  void enter(FollowedGeneration& generation);
  void leave(const FollowedGeneration& generation);
  [[nodiscard]] FollowedGeneration* find(WatchId watch) const;
  [[nodiscard]] FollowedGeneration* owner(const SourceStream& stream, dev_t device, ino_t inode) const;
  [[nodiscard]] std::size_t polled() const { return polled_; }

  // --- aliases: paths whose file is read as a generation of another path --------------------------------------
  void set_alias(std::string_view stream, const std::string& path, FollowedGeneration& generation);
  /// No-op if it is none.
  void drop_alias(std::string_view stream, const std::string& path);
  [[nodiscard]] FollowedGeneration* alias(std::string_view stream, const std::string& path) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> aliases() const;

 private:
  using Inode = std::tuple<const SourceStream*, dev_t, ino_t>;
  static Inode inode_of(const FollowedGeneration& generation);

  std::map<Key, std::unique_ptr<FollowedFile>> files_;
  std::unordered_map<WatchId, FollowedGeneration*> by_watch_;
  std::map<Inode, FollowedGeneration*> by_inode_;
  std::map<std::pair<std::string, std::string>, FollowedGeneration*> aliases_;
  std::size_t polled_ = 0;
};

}  // namespace tailwater
