// Rights and structures of landlock(7) are spelt out here: a daemon that is built with old headers is to use all that
// a newer kernel offers.
#include "sandbox/file_rules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace tailwater {
namespace {

// The same numbers on every architecture.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // since version 4; left to the filter of system calls
  std::uint64_t scopes = 0;   // since version 6
};
struct __attribute__((packed)) PathBeneath {
  std::uint64_t allowed = 0;
  std::int32_t directory = -1;
};

constexpr std::uint64_t right(unsigned number) {
  return std::uint64_t{1} << number;
}
constexpr std::uint64_t kWriteFile = right(1);
constexpr std::uint64_t kReadFile = right(2);
constexpr std::uint64_t kReadDirectory = right(3);
constexpr std::uint64_t kRemoveDirectory = right(4);
constexpr std::uint64_t kRemoveFile = right(5);
constexpr std::uint64_t kMakeDirectory = right(7);
constexpr std::uint64_t kMakeFile = right(8);
constexpr std::uint64_t kMakeSocket = right(9);
constexpr std::uint64_t kMoveOver = right(13);
constexpr std::uint64_t kTruncate = right(14);
constexpr std::uint64_t kUseDevice = right(15);
constexpr std::uint64_t kSignalOutside = right(1);  // a scope

constexpr std::uint64_t kRead = kReadFile | kReadDirectory;
constexpr std::uint64_t kWrite =
    kRead | kWriteFile | kRemoveDirectory | kRemoveFile | kMakeDirectory | kMakeFile | kMoveOver | kTruncate;
constexpr std::uint64_t kTidy = kReadDirectory | kRemoveDirectory | kRemoveFile;
constexpr std::uint64_t kSockets = kMakeSocket | kRemoveFile;
/// What a rule about a file, not a directory, may name.
constexpr std::uint64_t kOfFiles = kReadFile | kWriteFile | kTruncate;

RulesetAttributes attributes_of(int version) {
  RulesetAttributes attributes;
  attributes.files = right(13) - 1;
  if (version >= 2) attributes.files |= kMoveOver;
  if (version >= 3) attributes.files |= kTruncate;
  if (version >= 5) attributes.files |= kUseDevice;
  if (version >= 6) attributes.scopes = kSignalOutside;
  return attributes;
}

/// The kernel takes the structure as long as it was in its version.
std::size_t size_of_attributes(int version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
}

Result<void> allow(const UniqueFd& ruleset, const std::string& path, std::uint64_t rights) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!place || ::fstat(place.get(), &status) != 0) return {};
  PathBeneath rule;
  rule.allowed = S_ISDIR(status.st_mode) ? rights : rights & kOfFiles;
  rule.directory = place.get();
  if (rule.allowed == 0 || ::syscall(kAddRule, ruleset.get(), kPathBeneath, &rule, 0) == 0) return {};
  return fail(errno_error("landlock_add_rule", path, errno));
}

Result<void> allow_all(const UniqueFd& ruleset, const std::vector<std::string>& paths, std::uint64_t rights) {
  for (const std::string& path : paths) {
    if (auto allowed = allow(ruleset, path, rights); !allowed) return allowed;
  }
  return {};
}

}  // namespace

int landlock_version() {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

Result<void> restrict_files(const SandboxPaths& paths) {
  const int version = landlock_version();
  const RulesetAttributes attributes = attributes_of(version);
  const UniqueFd ruleset(
      static_cast<int>(::syscall(kCreateRuleset, &attributes, size_of_attributes(version), std::uint32_t{0})));
  if (!ruleset) return fail(errno_error("landlock_create_ruleset", "", errno));
  if (auto allowed = allow_all(ruleset, paths.read, kRead & attributes.files); !allowed) return allowed;
  if (auto allowed = allow_all(ruleset, paths.write, kWrite & attributes.files); !allowed) return allowed;
  if (auto allowed = allow_all(ruleset, paths.sockets, kSockets & attributes.files); !allowed) return allowed;
  if (auto allowed = allow_all(ruleset, paths.tidy, kTidy & attributes.files); !allowed) return allowed;
  if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0) return fail(errno_error("landlock_restrict_self", "", errno));
  return {};
}

}  // namespace tailwater
