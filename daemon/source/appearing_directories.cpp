#include "source/appearing_directories.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace tailwater {

AppearingDirectories::AppearingDirectories(const std::vector<std::string>& paths)
    : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  for (std::string path : paths) {
    while (fd_ && path.size() > 1) {
      while (path.size() > 1 && path.back() == '/') path.pop_back();
      const std::size_t slash = path.rfind('/');
      if (slash == std::string::npos) break;
      const std::string above = slash == 0 ? "/" : path.substr(0, slash);
      const int watch = ::inotify_add_watch(fd_.get(), above.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
      if (watch >= 0) {
        watched_.push_back({watch, path.substr(slash + 1)});
        break;
      }
      path = above;  // is not there either
    }
  }
}

bool AppearingDirectories::has_changed() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count <= 0) return changed;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, &buffer[at], sizeof event);
      const int watch = event.wd;
      const std::string_view name = event.len > 0 ? &buffer[at + sizeof event] : "";
      changed = changed || (event.mask & IN_Q_OVERFLOW) != 0 ||
                std::any_of(watched_.begin(), watched_.end(),
                            [&](const Watched& each) { return each.watch == watch && each.name == name; });
      at += sizeof event + event.len;
    }
  }
}

}  // namespace tailwater
