// AppearingDirectories: tells when directories are made, or made anew, that are needed by a path and not by what they
// are: what was opened there before is another one. Thread: one.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

class AppearingDirectories {
 public:
  /// Watches from here on. Where that is not possible nothing is ever told.
  explicit AppearingDirectories(const std::vector<std::string>& paths);

  /// For poll(2): there is something to look at; -1: nothing is watched.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Has one of them appeared since this was asked last? Perhaps only something on the way to it.
  [[nodiscard]] bool has_changed();

 private:
  struct Watched {
    int watch = -1;    ///< of the directory above it, as far as there is one
    std::string name;  ///< that is to appear there
  };

  UniqueFd fd_;
  std::vector<Watched> watched_;
};

}  // namespace tailwater
