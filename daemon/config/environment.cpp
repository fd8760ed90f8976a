#include "config/environment.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/unique_fd.h"

namespace tailwater {
namespace {

unsigned usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&cores));
}

}  // namespace

Environment Environment::of_process() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::error_code error;
  const std::string directory = std::filesystem::current_path(error).string();
  if (!error) environment.current_directory = directory;
  environment.cores = usable_cores();
  return environment;
}

std::optional<std::string> Environment::variable(std::string_view name) const {
  const auto found = variables.find(name);
  if (found == variables.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string Environment::absolute(std::string_view path) const {
  if (!path.empty() && path.front() == '/') return std::string(path);
  return fmt::format("{}/{}", current_directory, path);
}

bool Environment::exists(std::string_view path) const {
  struct stat status {};
  return ::stat(real(path).c_str(), &status) == 0;
}

bool Environment::is_writable_directory(std::string_view path) const {
  const std::string name = real(path);
  struct stat status {};
  return ::stat(name.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         ::faccessat(AT_FDCWD, name.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

Result<std::string> Environment::read_file(std::string_view path, ByteCount limit) const {
  // O_NONBLOCK: a FIFO that somebody put there must not hold us up; it is refused below.
  const UniqueFd fd(::open(real(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return fail(errno_error("open", path, errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(errno_error("stat", path, errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalid, fmt::format("{} is not a regular file", path));
  std::string text;
  char buffer[16384];
  while (text.size() <= limit) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error("read", path, errno));
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return fail(ErrorCode::kInvalid, fmt::format("{} is larger than {}", path, to_byte_text(limit)));
}

}  // namespace tailwater
