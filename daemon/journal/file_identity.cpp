#include "journal/file_identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace tailwater {

namespace {

/// Fills `out` from `offset`; fewer bytes only at the end of the file.
std::optional<std::size_t> read_fully(int fd, std::uint64_t offset, char* out, std::size_t length) {
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = ::pread(fd, out + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool holds(int fd, std::uint64_t offset, std::uint32_t length, std::uint64_t expected) {
  std::array<char, FileIdentity::kHeadLength> bytes;
  if (length == 0) return true;
  if (length > bytes.size()) return false;
  const auto got = read_fully(fd, offset, bytes.data(), length);
  return got == length && fingerprint({bytes.data(), length}) == expected;
}

struct Inode {
  FileIdentity identity;
  std::uint64_t size = 0;
};

Result<Inode> stat_inode(int fd) {
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &status) != 0)
    return fail(errno_error("statx", "of a followed file", errno));
  Inode inode;
  inode.identity.device = makedev(status.stx_dev_major, status.stx_dev_minor);
  inode.identity.inode = status.stx_ino;
  if ((status.stx_mask & STATX_BTIME) != 0)
    inode.identity.birth_ns = status.stx_btime.tv_sec * 1'000'000'000 + status.stx_btime.tv_nsec;
  inode.size = status.stx_size;
  return inode;
}

}  // namespace

Result<FileIdentity> identify(int fd, std::uint64_t tail_offset) {
  auto inode = stat_inode(fd);
  if (!inode) return fail(std::move(inode.error()));
  FileIdentity identity = inode->identity;

  std::array<char, FileIdentity::kHeadLength> bytes;
  const auto head = read_fully(fd, 0, bytes.data(), std::min<std::uint64_t>(bytes.size(), inode->size));
  if (!head) return fail(errno_error("read", "the head of a followed file", errno));
  // What is preallocated is NUL bytes now and a log's lines later.
  const std::string_view written = std::string_view(bytes.data(), *head);
  const std::size_t length_written = written.find_last_not_of('\0') + 1;  // npos + 1 is 0
  identity.head_length = static_cast<std::uint32_t>(length_written);
  identity.head_fingerprint = fingerprint(written.substr(0, length_written));

  identity.tail_offset = std::min(tail_offset, inode->size);
  const std::uint64_t length = std::min<std::uint64_t>(FileIdentity::kTailLength, identity.tail_offset);
  const auto tail = read_fully(fd, identity.tail_offset - length, bytes.data(), length);
  if (!tail) return fail(errno_error("read", "the tail of a followed file", errno));
  if (*tail < length) {  // truncated between statx and here: what is left says nothing about a tail
    identity.tail_offset = 0;
    return identity;
  }
  identity.tail_length = static_cast<std::uint32_t>(length);
  identity.tail_fingerprint = fingerprint({bytes.data(), length});
  return identity;
}

bool same_content(const FileIdentity& remembered, int fd) {
  if (remembered.tail_length > remembered.tail_offset) return false;
  return holds(fd, 0, remembered.head_length, remembered.head_fingerprint) &&
         holds(fd, remembered.tail_offset - remembered.tail_length, remembered.tail_length,
               remembered.tail_fingerprint);
}

bool same_file(const FileIdentity& remembered, int fd) {
  const auto inode = stat_inode(fd);
  return inode && inode->identity.same_inode(remembered) && same_content(remembered, fd);
}

}  // namespace tailwater
