#include "journal/segment_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tailwater {

namespace {

constexpr std::string_view kSegmentSuffix = ".tj";
constexpr std::string_view kUnpublishedSuffix = ".tj.new";
constexpr std::size_t kDigits = 16;

std::string segment_name(std::uint64_t first_entry) {
  return fmt::format("{:016x}{}", first_entry, kSegmentSuffix);
}
std::string unpublished_name(std::uint64_t first_entry) {
  return fmt::format("{:016x}{}", first_entry, kUnpublishedSuffix);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  std::uint64_t number = 0;
  if (name.size() != kDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) return std::nullopt;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + kDigits, number, 16);
  if (error != std::errc{} || stop != name.data() + kDigits || segment_name(number) != name) return std::nullopt;
  return number;
}

std::string read_pid(int lock) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(lock, text.data(), text.size(), 0);
  std::string_view digits(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  return digits.empty() ? "unknown" : std::string(digits);
}

Result<UniqueFd> take_lock(int folder, const std::string& path) {
  UniqueFd lock(::openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!lock) return fail(errno_error("open", path + "/lock", errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(errno_error("flock", path + "/lock", errno));
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: in use by process {}; stop it or give this one another --state-dir", path,
                            read_pid(lock.get())));
  }
  // The pid is for people and messages; the lock itself is what counts, so a full disk does not matter here.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.get(), 0) == 0) (void)!::pwrite(lock.get(), pid.data(), pid.size(), 0);
  return lock;
}

}  // namespace

// --- SegmentFile -------------------------------------------------------------------------------------------------

Result<std::string> SegmentFile::read_at(std::uint64_t offset, std::size_t length) const {
  std::string bytes(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = ::pread(fd_.get(), bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("read", path_, errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> SegmentFile::write_at(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(errno_error("write", path_, errno));
    if (put == 0) return fail(errno_error("write", path_, ENOSPC));
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<void> SegmentFile::truncate(std::uint64_t size) const {
  if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return fail(errno_error("truncate", path_, errno));
  return {};
}

Result<void> SegmentFile::sync() const {
  if (::fdatasync(fd_.get()) != 0) return fail(errno_error("fdatasync", path_, errno));
  return {};
}

Result<std::uint64_t> SegmentFile::size() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return fail(errno_error("fstat", path_, errno));
  return static_cast<std::uint64_t>(status.st_size);
}

// --- SegmentDirectory --------------------------------------------------------------------------------------------

Result<std::unique_ptr<SegmentDirectory>> SegmentDirectory::open(const std::string& path) {
  std::string trimmed = path;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();  // O_NOFOLLOW looks behind a slash
  if (::mkdir(trimmed.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno_error("mkdir", trimmed, errno));
  UniqueFd folder(::open(trimmed.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return fail(errno_error("open", trimmed, errno));
  auto lock = take_lock(folder.get(), trimmed);
  if (!lock) return fail(std::move(lock.error()));
  return std::unique_ptr<SegmentDirectory>(
      new SegmentDirectory(std::move(trimmed), std::move(folder), std::move(*lock)));
}

Result<std::vector<std::string>> SegmentDirectory::names() const {
  // A descriptor of its own: fdopendir() takes it over and moves its offset.
  UniqueFd fd(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* dir = fd ? ::fdopendir(fd.get()) : nullptr;
  if (dir == nullptr) return fail(errno_error("list", path_, errno));
  (void)fd.release();
  std::vector<std::string> found;
  while (const dirent* entry = ::readdir(dir)) found.emplace_back(entry->d_name);
  ::closedir(dir);
  return found;
}

Result<std::vector<std::uint64_t>> SegmentDirectory::list() const {
  const auto all = names();
  if (!all) return fail(all.error());
  std::vector<std::uint64_t> segments;
  for (const std::string& name : *all)
    if (const auto number = parse_segment_name(name)) segments.push_back(*number);
  std::sort(segments.begin(), segments.end());
  return segments;
}

void SegmentDirectory::remove_unpublished() const {
  const auto all = names();
  if (!all) return;
  for (const std::string& name : *all)
    if (name.ends_with(kUnpublishedSuffix)) ::unlinkat(folder_.get(), name.c_str(), 0);
}

Result<std::shared_ptr<const SegmentFile>> SegmentDirectory::open_segment(std::uint64_t first_entry) const {
  const std::string name = segment_name(first_entry);
  UniqueFd fd(::openat(folder_.get(), name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  // A state directory that has become read-only can still be read.
  if (!fd && (errno == EROFS || errno == EACCES))
    fd.reset(::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return fail(errno_error("open", path_ + "/" + name, errno));
  return std::make_shared<const SegmentFile>(std::move(fd), path_ + "/" + name);
}

Result<std::shared_ptr<const SegmentFile>> SegmentDirectory::create_segment(std::uint64_t first_entry) const {
  const std::string name = unpublished_name(first_entry);
  ::unlinkat(folder_.get(), name.c_str(), 0);  // left by an attempt that failed
  UniqueFd fd(::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail(errno_error("create", path_ + "/" + name, errno));
  return std::make_shared<const SegmentFile>(std::move(fd), path_ + "/" + segment_name(first_entry));
}

Result<void> SegmentDirectory::publish_segment(std::uint64_t first_entry) const {
  const std::string from = unpublished_name(first_entry);
  const std::string to = segment_name(first_entry);
  // Called again after its fsync failed, there is nothing left to rename.
  const bool renamed_before = ::faccessat(folder_.get(), from.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
                              ::faccessat(folder_.get(), to.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  if (!renamed_before && ::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) != 0)
    return fail(errno_error("rename", path_ + "/" + from, errno));
  if (::fsync(folder_.get()) != 0) return fail(errno_error("fsync", path_, errno));
  return {};
}

Result<void> SegmentDirectory::remove_segment(std::uint64_t first_entry) const {
  const std::string name = segment_name(first_entry);
  if (::unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    return fail(errno_error("unlink", path_ + "/" + name, errno));
  return {};
}

}  // namespace tailwater
