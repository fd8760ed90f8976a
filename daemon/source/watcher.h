// Watcher: says "time to look again", and about what. Two kinds: inotify, which knows, and polling, which asks to look
// at everything it was given. Both are suggestions: whoever looks finds out what happened, so an event too many costs
// a system call and an event too few is found by the sweep. Lives on its loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tailwater {

/// Given by the caller to each file and directory that it watches; never used twice.
using WatchId = std::uint32_t;

struct WatchEvent {
  enum class Kind : std::uint8_t {
    kData,      ///< a file's bytes changed
    kStatus,    ///< a file's name, links or attributes changed
    kName,      ///< `name` in a directory came, went or changed its attributes
    kGone,      ///< a directory was moved, removed or unmounted: this watch says nothing more
    kLook,      ///< nothing in particular is known
    kOverflow,  ///< events were lost (`id` means nothing): look at everything
  };
  WatchId id = 0;
  Kind kind = Kind::kLook;
  std::string_view name;  ///< valid during the call
};

class Watcher {
 public:
  /// Events that came together, in order.
  using OnEvents = std::function<void(std::span<const WatchEvent>)>;

  virtual ~Watcher() = default;
  /// Watches the open file whatever its name is or becomes; `fd` stays the caller's. False: not possible here.
  [[nodiscard]] virtual bool watch_file(WatchId id, int fd) = 0;
  /// Watches the names in a directory. False: not possible here, or not a directory (any more).
  [[nodiscard]] virtual bool watch_directory(WatchId id, const std::string& path) = 0;
  virtual void unwatch(WatchId id) = 0;
  /// Reports at once what there is to report.
  virtual void deliver_pending() = 0;
};

}  // namespace tailwater
