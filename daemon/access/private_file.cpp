#include "access/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/unique_fd.h"

namespace tailwater {
namespace {

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(errno_error("write", path, errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return fail(errno_error("fsync", path, errno));
  return {};
}

/// Who could read the file may go on doing so: the daemon's user, where root made the token.
void keep_owner(int fd, const std::string& path) {
  struct stat before {};
  if (::stat(path.c_str(), &before) != 0) return;
  if (::fchown(fd, before.st_uid, before.st_gid) == 0) ::fchmod(fd, before.st_mode & 0660U);
}

}  // namespace

Result<std::string> read_private_file(const std::string& path, ByteCount limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return fail(errno_error("open", path, errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(errno_error("stat", path, errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalid, fmt::format("{} is not a file", path));
  std::string text;
  char buffer[16384];
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("read", path, errno));
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return fail(ErrorCode::kInvalid, fmt::format("{} is longer than {}", path, to_byte_text(limit)));
    }
  }
}

Result<void> write_private_file(const std::string& path, std::string_view text) {
  std::string fresh = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(fresh.data(), O_CLOEXEC));  // mode 0600
  if (!fd) return fail(errno_error("create", fresh, errno));
  keep_owner(fd.get(), path);
  auto written = write_all(fd.get(), text, fresh);
  if (written && ::rename(fresh.c_str(), path.c_str()) != 0) written = fail(errno_error("rename to", path, errno));
  if (!written) ::unlink(fresh.c_str());
  return written;
}

std::string exposure_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & 0007U) == 0) return {};
  return fmt::format("{} can be read by every user of this machine (chmod o= {})", path, path);
}

Result<std::string> secret_path(std::string_view configured) {
  constexpr std::string_view kScheme = "credential:";
  if (configured.substr(0, kScheme.size()) != kScheme) return std::string(configured);
  const std::string_view name = configured.substr(kScheme.size());
  if (name.empty() || name.find('/') != std::string_view::npos || name.front() == '.') {
    return fail(ErrorCode::kInvalid, fmt::format("'{}' is not the name of a credential", name));
  }
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0') {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("{} needs $CREDENTIALS_DIRECTORY, which systemd sets for a unit with LoadCredential={}:PATH",
                    configured, name));
  }
  return fmt::format("{}/{}", directory, name);
}

}  // namespace tailwater
