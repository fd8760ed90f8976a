#include "source/open_followed.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "base/error.h"
#include "source/path_pattern.h"

namespace tailwater {
namespace {

tl::unexpected<Refusal> refuse(Refusal::Kind kind, std::string reason) {
  return tl::unexpected<Refusal>(Refusal{kind, std::move(reason)});
}

tl::unexpected<Refusal> refuse_errno(int errno_value) {
  const std::string text = std::generic_category().message(errno_value);
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: return refuse(Refusal::Kind::kAbsent, text);
    case EACCES:
    case EPERM:
      return refuse(Refusal::Kind::kDenied, text +
                                                "; let the daemon's user read it, for most logs by adding it to the "
                                                "group adm (usermod -aG adm USER, SupplementaryGroups=adm)");
    case EMFILE:
    case ENFILE: return refuse(Refusal::Kind::kUnavailable, text + "; raise LimitNOFILE or `ulimit -n`");
    case ELOOP: return refuse(Refusal::Kind::kNotAllowed, "too many or magic symlinks");
    default: return refuse(Refusal::Kind::kUnavailable, text);
  }
}

UniqueFd resolve(const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_MAGICLINKS;  // /proc/PID/fd/N and the like, openat2(2)
  for (;;) {
    const long fd = ::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how);
    if (fd >= 0) return UniqueFd(static_cast<int>(fd));
    if (errno == EAGAIN || errno == EINTR) continue;  // a rename raced with the lookup
    // An older kernel or a container's filter: the checks on what was found hold all the same.
    if (errno == ENOSYS || errno == EPERM) return UniqueFd(::open(path.c_str(), O_PATH | O_CLOEXEC));
    return UniqueFd();
  }
}

/// Where the kernel says that the object lies: nothing that is renamed meanwhile can lie about it.
std::optional<std::string> real_path(int fd) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<std::size_t>(length) == target.size()) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

std::string_view kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISDIR(mode)) return "a directory";
  return "no regular file";
}

bool is_link_of_trust(const std::string& path, uid_t owner_of_target) {
  struct stat link {};
  if (::lstat(path.c_str(), &link) != 0) return false;
  return link.st_uid == 0 || link.st_uid == ::geteuid() || link.st_uid == owner_of_target;
}

/// Whoever may write to a folder may, where fs.protected_hardlinks is off (proc(5)), link a file of somebody else
/// there.
bool is_foreign_hard_link(const std::string& path, const struct stat& file) {
  if (file.st_nlink < 2) return false;
  struct stat folder {};
  if (::stat(std::string(parent_of(path)).c_str(), &folder) != 0) return true;
  const bool only_root_writes = folder.st_uid == 0 && (folder.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  return !only_root_writes && file.st_uid != folder.st_uid;
}

std::optional<Refusal> judge_place(const std::string& path, int fd, const struct stat& status, const OpenRules& rules) {
  const auto real = real_path(fd);
  if (!real) return Refusal{Refusal::Kind::kUnavailable, "/proc is needed to find out where it lies"};
  const bool inside = std::any_of(rules.roots.begin(), rules.roots.end(),
                                  [&](const std::string& root) { return is_below(*real, root); });
  if (inside || (rules.admitted_link && is_link_of_trust(path, status.st_uid))) return std::nullopt;
  // An unlinked object has no place any more, and its name ends so: proc(5).
  if (status.st_nlink == 0) return Refusal{Refusal::Kind::kAbsent, "removed"};
  return Refusal{Refusal::Kind::kNotAllowed,
                 fmt::format("it leads to {}, outside the configured paths; add that path if it is meant", *real)};
}

}  // namespace

tl::expected<OpenedFile, Refusal> open_followed(const std::string& path, const OpenRules& rules) {
  const UniqueFd found = resolve(path);
  if (!found) return refuse_errno(errno);
  struct stat status {};
  struct statfs system {};
  if (::fstat(found.get(), &status) != 0 || ::fstatfs(found.get(), &system) != 0) return refuse_errno(errno);
  if (!S_ISREG(status.st_mode)) {
    return refuse(Refusal::Kind::kNotAllowed,
                  fmt::format("it is {}; only regular files are followed", kind_of(status.st_mode)));
  }
  const auto type = static_cast<long>(system.f_type);
  if (type == PROC_SUPER_MAGIC || type == SYSFS_MAGIC) {
    return refuse(Refusal::Kind::kNotAllowed, "it lies in /proc or /sys");
  }
  if (auto refusal = judge_place(path, found.get(), status, rules)) return tl::unexpected<Refusal>(*refusal);
  if (!rules.allow_foreign_hard_links && is_foreign_hard_link(path, status)) {
    return refuse(Refusal::Kind::kNotAllowed,
                  "it is a hard link to a file of another user than its folder's; if it is meant, allow it with "
                  "server.foreign_hard_links = true");
  }

  // The object that was judged, not the path, which may be another by now.
  const std::string same = fmt::format("/proc/self/fd/{}", found.get());
  UniqueFd fd(::open(same.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return refuse_errno(errno);
  OpenedFile opened;
  opened.status = status;
  opened.remote = is_remote_file_system(type);
  opened.bytes = std::make_shared<const PlainFile>(std::move(fd));
  return opened;
}

bool is_remote_file_system(long type) {
  switch (type) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case V9FS_MAGIC:
    case AFS_SUPER_MAGIC:
    case CODA_SUPER_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case FUSE_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CEPH_SUPER_MAGIC: return true;
    default: return false;
  }
}

std::optional<std::uint64_t> first_text_offset(int fd, std::uint64_t begin) {
  std::array<char, 16384> bytes;
  auto at = static_cast<off_t>(begin);
  // Nearly every file begins with text.
  if (::pread(fd, bytes.data(), 1, at) == 1 && bytes.front() != '\0') return begin;
  for (;;) {
    // SEEK_DATA fails with ENXIO where only a hole is left, with EINVAL where it is not known: lseek(2).
    const off_t data = ::lseek(fd, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return std::nullopt;
    at = std::max(at, data);
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    const char* end = bytes.data() + got;
    const char* text = std::find_if(static_cast<const char*>(bytes.data()), end, [](char c) { return c != '\0'; });
    if (text != end) return static_cast<std::uint64_t>(at + (text - bytes.data()));
    at += got;
  }
}

bool looks_binary(std::string_view head) {
  head = head.substr(0, kBinaryProbeBytes);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) return false;
  const std::size_t first = head.find_first_not_of('\0');
  if (first == std::string_view::npos) return false;
  const std::size_t last = head.find_last_not_of('\0');
  return head.substr(first, last - first).find('\0') != std::string_view::npos;
}

}  // namespace tailwater
