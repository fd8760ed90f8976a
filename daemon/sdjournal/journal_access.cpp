#include "sdjournal/journal_access.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "sdjournal/journal_places.h"

namespace tailwater {
namespace {

namespace fs = std::filesystem;

struct Found {
  std::size_t readable = 0;
  std::string denied;  // one that may not be read
};

/// Journal files of a directory and those directly below it, where sd-journal looks for them.
void look_into(const fs::path& directory, int depth, Found& found) {
  std::error_code failed;
  fs::directory_iterator entry(directory, failed);
  if (failed.value() == EACCES) found.denied = directory;
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    std::error_code ignored;
    const fs::path& path = entry->path();
    if (depth > 0 && entry->is_directory(ignored)) {
      look_into(path, depth - 1, found);
    } else if (path.extension() == ".journal") {
      if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0) {
        ++found.readable;
      } else if (errno == EACCES) {
        found.denied = path;
      }
    }
  }
}

}  // namespace

Result<std::string> check_journal_access(const std::string& directory) {
  Found found;
  const std::vector<std::string> places = journal_places(directory);
  for (const std::string& place : places) look_into(place, /*depth=*/1, found);
  constexpr const char* kRemedy =
      "add it to the group systemd-journal or adm; in a unit: SupplementaryGroups=systemd-journal";
  if (found.readable > 0) {
    if (found.denied.empty()) return std::string();
    return fmt::format("{} may not be read by this user, others may: its entries are left out ({})", found.denied,
                       kRemedy);
  }
  if (!found.denied.empty()) {
    return fail(ErrorCode::kDenied, fmt::format("{} may not be read by this user ({})", found.denied, kRemedy));
  }
  return fail(ErrorCode::kNotFound, fmt::format("there is no journal yet in {}", fmt::join(places, " or ")));
}

}  // namespace tailwater
