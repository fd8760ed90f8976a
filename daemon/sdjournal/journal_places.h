// JournalPlaces: the directories in which journals are, and whether one of them was made anew: /var/log/journal often
// is, by who wants the journal to outlive a restart. libsystemd looks for them once, when a journal is opened. Thread:
// one.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

/// Where the system's journal is, or, where `directory` is not empty, that one alone.
[[nodiscard]] std::vector<std::string> journal_places(const std::string& directory);

class JournalPlaces {
 public:
  /// Watches from here on. Where that is not possible nothing is ever told.
  explicit JournalPlaces(const std::vector<std::string>& places);

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
