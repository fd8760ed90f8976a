// DirectoryTree: the directories that are watched for names, and the walk over them that finds what the streams'
// patterns match. A root that does not exist is waited for in its nearest existing parent. Watches are added before a
// directory is read, so that nothing falls between. Lives on the ingest thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/event_loop.h"
#include "source/stream_paths.h"
#include "source/watch_set.h"
#include "source/watcher.h"

namespace tailwater {

/// Hears of paths that are worth a look: found, named, come or gone. They may match no stream, or be nothing at all.
class PathListener {
 public:
  virtual ~PathListener() = default;
  virtual void on_path(const std::string& path) = 0;
  /// A directory that was watched is gone, with all that was in it.
  virtual void on_directory_gone(const std::string& directory) = 0;
  /// What was found without an event has been told.
  virtual void on_names_done() = 0;
};

class DirectoryTree {
 public:
  using Streams = std::vector<std::unique_ptr<SourceStream>>;

  /// All three must outlive it.
  DirectoryTree(EventLoop& loop, WatchSet& watches, PathListener& listener);

  /// Walks everything from the roots of `streams`, which must outlive the next call; directories that no stream wants
  /// any more are let go.
  void scan(const Streams& streams);
  /// The same with the streams that it has.
  void rescan();
  /// An event of a directory; false if `event.id` is none.
  bool on_event(const WatchEvent& event);
  /// Compares each directory with what was seen last. Returns how many had changed without an event.
  std::size_t check_all();

  /// The real paths of the roots: what lies below them is inside.
  [[nodiscard]] const std::vector<std::string>& real_roots() const { return real_roots_; }

 private:
  struct Directory {
    WatchId id = 0;
    bool polled = false;
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t mtime_ns = 0;
    bool had_events = false;  ///< since the last check: they explain a changed mtime
    bool unsettled = false;   ///< polled, and to be read once more
    bool unread = false;      ///< it could not be read the last time
    std::uint64_t scan = 0;   ///< the last scan that came by
  };
  using Directories = std::map<std::string, Directory>;

  void establish_all();
  void establish(const PathPattern::Root& root);
  bool watch(const std::string& path);
  void visit(const std::string& path, bool whole);
  void on_entry(const std::string& path, unsigned char type, bool whole);
  void on_name(const std::string& path);
  void check(const std::string& path);
  void look_again_soon(const std::string& directory, std::string_view name);
  void check_emptied();
  void on_gone(const std::string& path);
  void forget(const std::string& path);
  void add_real_root(const std::string& path);
  [[nodiscard]] Descent descent(const std::string& path) const;
  [[nodiscard]] bool is_inside_roots(const std::string& path) const;
  [[nodiscard]] bool leads_to_root(const std::string& path) const;

  WatchSet& watches_;
  PathListener& listener_;
  const Streams* streams_ = nullptr;
  Directories directories_;
  std::unordered_map<WatchId, std::string> paths_;
  std::vector<std::string> real_roots_;
  std::set<std::string> warned_;
  std::uint64_t scan_ = 0;
  std::size_t unexplained_ = 0;
  std::set<std::string> emptied_;  // names went from them lately
  Milliseconds removal_delay_{0};  // after which they are looked at again
  Timer emptied_timer_;
};

}  // namespace tailwater
