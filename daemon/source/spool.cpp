#include "source/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr mode_t kPrivate = 0600;
constexpr std::size_t kLongestBase = 64;

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error("write", path, errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> read_to_end(int fd, std::uint64_t at, const std::string& path, std::string& out) {
  char buffer[16384];
  while (true) {
    const ssize_t count = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error("read", path, errno));
    if (count == 0) return {};
    out.append(buffer, static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
}

/// Which file begins at which offset.
struct Base {
  std::uint64_t offset = 0;
  std::uint64_t inode = 0;
};

/// nullopt where there is no such file or it holds something else.
std::optional<Base> read_base(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  char text[kLongestBase];
  const ssize_t count = fd ? ::read(fd.get(), text, sizeof text) : -1;
  if (count <= 0) return std::nullopt;
  const std::string_view all(text, static_cast<std::size_t>(count));
  const std::size_t space = all.find(' ');
  const std::size_t newline = all.find('\n');
  if (space == all.npos || newline == all.npos || newline < space) return std::nullopt;
  const auto offset = parse_number<std::uint64_t>(all.substr(0, space));
  const auto inode = parse_number<std::uint64_t>(all.substr(space + 1, newline - space - 1));
  if (!offset || !inode) return std::nullopt;
  return Base{*offset, *inode};
}

}  // namespace

Result<Spool> Spool::open(std::string path, ByteCount budget) {
  Spool spool(std::move(path), budget);
  if (auto opened = spool.open_file(); !opened) return fail(opened.error());
  if (auto found = spool.find_base(); !found) return fail(found.error());
  return spool;
}

Result<void> Spool::open_file() {
  fd_.reset(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivate));
  struct stat status {};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0) return fail(errno_error("open", path_, errno));
  inode_ = status.st_ino;
  size_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

/// The file at the path is the one that PATH.base tells of; or its successor, if a rotation was broken off.
Result<void> Spool::find_base() {
  struct stat rotated {};
  const bool has_rotated = ::lstat(rotated_path().c_str(), &rotated) == 0;
  const std::optional<Base> written = read_base(base_path());
  if (written && written->inode == inode_) {
    base_ = written->offset;
    return {};
  }
  const bool broken_off = has_rotated && (!written || written->inode == rotated.st_ino);
  if (!broken_off) return {};  // a fresh file, or one that somebody made anew: counting begins with it
  base_ = (written ? written->offset : 0) + static_cast<std::uint64_t>(rotated.st_size);
  return write_base();
}

Result<void> Spool::write_base() const {
  const std::string fresh = base_path() + ".new";
  const UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kPrivate));
  if (!fd) return fail(errno_error("open", fresh, errno));
  if (auto written = write_all(fd.get(), fmt::format("{} {}\n", base_, inode_), fresh); !written) return written;
  if (::rename(fresh.c_str(), base_path().c_str()) != 0) return fail(errno_error("rename", fresh, errno));
  return {};
}

Result<void> Spool::begin_anew() {
  // Without a base of its own the file that goes would be taken for one that begins at 0.
  if (auto told = write_base(); !told) return told;
  if (::rename(path_.c_str(), rotated_path().c_str()) != 0) return fail(errno_error("rename", path_, errno));
  const std::uint64_t base = offset();
  if (auto opened = open_file(); !opened) return opened;
  base_ = base;
  return write_base();
}

bool Spool::is_there() const {
  struct stat status {};
  return fd_ && ::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_;
}

/// Somebody removed the file, or its folder, or moved it away: what comes is kept in a new one.
Result<void> Spool::make_again() {
  const std::uint64_t base = offset();
  const std::size_t slash = path_.rfind('/');
  if (slash != std::string::npos) ::mkdir(path_.substr(0, slash).c_str(), 0700);
  if (auto opened = open_file(); !opened) return opened;
  base_ = base - std::min(base, size_);  // somebody may have written one in its place
  return write_base();
}

Result<void> Spool::append(std::string_view bytes) {
  if (!is_there()) {
    if (auto made = make_again(); !made) return made;
  }
  if (size_ > 0 && size_ + bytes.size() > budget_ / 2) {
    if (auto begun = begin_anew(); !begun) return begun;
  }
  auto written = write_all(fd_.get(), bytes, path_);
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return fail(errno_error("stat", path_, errno));
  size_ = static_cast<std::uint64_t>(status.st_size);
  return written;
}

Result<void> Spool::append_lines(std::string_view lines) {
  const std::uint64_t before = offset();
  auto appended = append(lines);
  if (appended || offset() == before) return appended;
  // At once, and no further than to the last newline: whole lines may have been followed already, a part has not.
  const std::string_view written = lines.substr(0, static_cast<std::size_t>(offset() - before));
  const std::size_t newline = written.rfind('\n');
  const std::size_t torn = newline == std::string_view::npos ? written.size() : written.size() - newline - 1;
  if (torn > 0 && ::ftruncate(fd_.get(), static_cast<off_t>(size_ - torn)) == 0) size_ -= torn;
  return appended;
}

Result<std::string> Spool::read_from(std::uint64_t offset) const {
  std::string bytes;
  if (offset < base_) {
    const UniqueFd rotated(::open(rotated_path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status {};
    if (rotated && ::fstat(rotated.get(), &status) == 0) {
      const auto rotated_size = static_cast<std::uint64_t>(status.st_size);
      const std::uint64_t wanted = base_ - offset;
      const std::uint64_t at = rotated_size > wanted ? rotated_size - wanted : 0;
      if (auto read = read_to_end(rotated.get(), at, rotated_path(), bytes); !read) return fail(read.error());
    }
    offset = base_;
  }
  if (auto read = read_to_end(fd_.get(), offset - base_, path_, bytes); !read) return fail(read.error());
  return bytes;
}

bool Spool::in_line() const {
  char last = '\n';
  return size_ > 0 && ::pread(fd_.get(), &last, 1, static_cast<off_t>(size_ - 1)) == 1 && last != '\n';
}

}  // namespace tailwater
