// The directories in which journals are. Pure.
#pragma once

#include <string>
#include <vector>

namespace tailwater {

/// Where the system's journal is, or, where `directory` is not empty, that one alone.
[[nodiscard]] inline std::vector<std::string> journal_places(const std::string& directory) {
  if (!directory.empty()) return {directory};
  return {"/var/log/journal", "/run/log/journal"};
}

}  // namespace tailwater
