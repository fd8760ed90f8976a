#include "confinement.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "access/private_file.h"
#include "config/listen_address.h"
#include "source/path_pattern.h"

namespace tailwater {
namespace {

/// What the sampler and the C library read. Never all of /proc: our own environment is in there.
constexpr std::string_view kSystemFiles[] = {
    "/proc/stat",           "/proc/meminfo",          "/proc/vmstat",
    "/proc/diskstats",      "/proc/loadavg",          "/proc/uptime",
    "/proc/cpuinfo",        "/proc/pressure",         "/proc/net",
    "/proc/1/net",          "/proc/1/mountinfo",      "/run/host-net",
    "/proc/self/net",       "/proc/self/stat",        "/proc/self/statm",
    "/proc/self/status",    "/proc/self/io",          "/proc/self/maps",
    "/proc/self/mountinfo", "/proc/self/mounts",      "/proc/self/cgroup",
    "/proc/self/fd",        "/proc/self/task",        "/proc/sys/vm/overcommit_memory",
    "/sys/fs/cgroup",       "/sys/devices/system/cpu"};

std::string real_path(const std::string& path) {
  std::array<char, PATH_MAX> resolved;
  return ::realpath(path.c_str(), resolved.data()) == nullptr ? std::string() : std::string(resolved.data());
}

bool is_at_the_top(std::string_view path) {
  return path.find('/', 1) == std::string_view::npos;
}

/// What has to be readable for `directory` to be followed, also when it is removed and made anew: then it is another
/// one to the kernel, so the one above is taken too, unless that is one of the system's own.
void add_directory(const std::string& directory, std::vector<std::string>& out) {
  std::string at = directory;
  std::string real = real_path(at);
  while (real.empty() && at != "/") {
    at = parent_of(at);
    real = real_path(at);
  }
  if (real.empty() || (real == "/" && directory != "/")) return;
  out.push_back(real);
  const std::string above(parent_of(real));
  if (at == directory && !is_at_the_top(above)) out.push_back(above);
}

/// Where the files of the journals are that are followed. /var/log/journal is often made later, or anew.
std::vector<std::string> journal_directories(const Configuration& configuration) {
  std::vector<std::string> directories;
  for (const StreamConfig& stream : configuration.streams) {
    if (!stream.journal) continue;
    if (!stream.journal_directory.empty()) {
      directories.push_back(stream.journal_directory);
    } else {
      for (const char* log : {"/var/log", "/run/log"}) {
        const std::string journal = std::string(log) + "/journal";
        directories.push_back(real_path(journal).empty() ? log : journal);
      }
    }
  }
  return directories;
}

std::vector<PathPattern::Root> roots_of(const Configuration& configuration) {
  std::vector<PathPattern::Root> roots;
  for (const StreamConfig& stream : configuration.streams) {
    for (const std::string& path : stream.paths) {
      const auto pattern = PathPattern::parse(path, "/", static_cast<int>(configuration.limits.glob_depth));
      if (pattern) roots.insert(roots.end(), pattern->roots().begin(), pattern->roots().end());
    }
  }
  return roots;
}

/// The directories of one root: where looking begins, and where a link that the administrator named leads to.
std::vector<std::string> directories_of(const PathPattern::Root& root) {
  std::vector<std::string> directories;
  add_directory(root.directory, directories);
  const std::string named = root.named.empty() ? std::string() : real_path(root.named);
  struct stat status {};
  if (named.empty() || ::stat(named.c_str(), &status) != 0) return directories;
  add_directory(S_ISDIR(status.st_mode) ? named : std::string(parent_of(named)), directories);
  return directories;
}

bool is_covered(const std::string& path, const std::vector<std::string>& by) {
  return std::any_of(by.begin(), by.end(),
                     [&](const std::string& directory) { return path == directory || is_below(path, directory); });
}

/// A file that is read again at each reload, with its folder: whoever writes it anew makes another one of it.
void add_reread(const std::string& file, std::vector<std::string>& out) {
  if (file.empty()) return;
  const std::string real = real_path(file);
  for (const std::string& path : {file, real}) {
    if (path.empty()) continue;
    out.push_back(path);
    const std::string folder = real_path(std::string(parent_of(path)));
    if (!folder.empty() && !is_at_the_top(folder)) out.push_back(folder);
  }
}

bool has_low_port(const std::vector<std::string>& listen) {
  return std::any_of(listen.begin(), listen.end(), [](const std::string& text) {
    const auto address = parse_listen_address(text);
    return address && address->unix_path.empty() && address->port > 0 && address->port < 1024;
  });
}

}  // namespace

Confinement confinement_of(const Configuration& configuration, const std::string& state, const std::string& samples,
                           bool binds) {
  Confinement made;
  SandboxPaths& paths = made.paths;
  for (const PathPattern::Root& root : roots_of(configuration)) {
    const auto directories = directories_of(root);
    if (directories.empty()) {
      made.warnings.push_back(
          fmt::format("{} does not exist, nor anything above it: the sandbox will not let it be "
                      "followed when it appears, which a restart mends",
                      root.directory));
    }
    paths.read.insert(paths.read.end(), directories.begin(), directories.end());
  }
  for (const std::string& directory : journal_directories(configuration)) {
    if (!real_path(directory).empty()) add_directory(directory, paths.read);
    paths.read.emplace_back("/etc/machine-id");
  }
  add_reread(configuration.file.empty() ? std::string(kDefaultConfigurationFile) : configuration.file, paths.read);
  add_reread(configuration.server.tls_certificate, paths.read);
  add_reread(configuration.server.tls_key, paths.read);
  add_reread(secret_path(configuration.auth.tokens).value_or(""), paths.read);
  add_reread(secret_path(configuration.auth.jwt_key).value_or(""), paths.read);
  // Made anew when it was renamed: so it is its folder that stays writable.
  if (const std::string& audit = configuration.auth.audit_log; !audit.empty() && audit.front() == '/') {
    paths.write.push_back(real_path(std::string(parent_of(audit))));
  }
  paths.read.insert(paths.read.end(), std::begin(kSystemFiles), std::end(kSystemFiles));
  if (!state.empty()) paths.write.push_back(state);
  if (!samples.empty()) {
    paths.write.push_back(samples);
    paths.tidy.emplace_back(parent_of(samples));
  }
  made.kept.read_any_file = ::geteuid() == 0;
  if (!binds) return made;
  for (const std::string& text : configuration.server.listen) {
    const auto address = parse_listen_address(text);
    if (address && !address->unix_path.empty()) paths.sockets.emplace_back(parent_of(address->unix_path));
  }
  made.kept.bind_low_port = has_low_port(configuration.server.listen);
  return made;
}

std::optional<std::string> path_outside(const Configuration& configuration, const SandboxPaths& confined) {
  for (const PathPattern::Root& root : roots_of(configuration)) {
    for (const std::string& directory : directories_of(root)) {
      // The one above is a favour: what is configured is first.
      if (!is_covered(directory, confined.read)) return root.named.empty() ? root.directory : root.named;
      break;
    }
  }
  for (const std::string& directory : journal_directories(configuration)) {
    const std::string real = real_path(directory);
    if (!real.empty() && !is_covered(real, confined.read)) return directory;
  }
  return std::nullopt;
}

}  // namespace tailwater
