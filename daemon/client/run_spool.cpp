#include "client/run_spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/output_lines.h"

namespace tailwater {
namespace {

// The head of the file, in texts padded with NUL. Each is written by one thread alone, and those that change lie within
// one page: a process that is killed leaves either the old or the new one.
constexpr std::size_t kPlaceBegin = 0;
constexpr std::size_t kPlaceBytes = 256;
constexpr std::size_t kEndBegin = 256;
constexpr std::size_t kEndBytes = 1024;
constexpr std::size_t kTargetBegin = 4096;
constexpr std::size_t kTargetBytes = std::size_t{4} * 4096;
constexpr std::size_t kHeaderBytes = kTargetBegin + kTargetBytes;
constexpr std::string_view kMagic = "tailwater run 1\n";
constexpr std::string_view kExtension = ".run";

constexpr std::uint64_t kGiveBackBytes = 1U << 20;
constexpr std::uint64_t kPageBytes = 4096;

bool write_at(int fd, std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
  return true;
}

bool write_text(int fd, std::string text, std::size_t at, std::size_t room) {
  if (text.size() >= room) return false;
  text.resize(room, '\0');
  return write_at(fd, text, at);
}

std::string read_at(int fd, std::uint64_t at, std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t had = 0;
  while (had < most) {
    const ssize_t count = ::pread(fd, bytes.data() + had, most - had, static_cast<off_t>(at + had));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    had += static_cast<std::size_t>(count);
  }
  bytes.resize(had);
  return bytes;
}

std::string read_text(int fd, std::size_t at, std::size_t room) {
  std::string text = read_at(fd, at, room);
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string place_text(const RunSpool::Place& place) {
  return fmt::format("{} {} {}\n", place.bytes, place.offset ? fmt::format("{}", *place.offset) : "-",
                     place.marked ? "marked" : "plain");
}

RunSpool::Place parse_place(std::string_view text) {
  RunSpool::Place place;
  const std::size_t first = text.find(' ');
  const std::size_t second = text.find(' ', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return place;
  place.bytes = parse_number<std::uint64_t>(text.substr(0, first)).value_or(0);
  place.offset = parse_number<std::uint64_t>(text.substr(first + 1, second - first - 1));
  place.marked = text.substr(second + 1) == "marked\n";
  return place;
}

std::string missing_note(std::uint64_t bytes, WallTime now) {
  std::string note;
  append_marked_note(note,
                     fmt::format("tailwater: {} of the output are missing here: the server was away and the spool full",
                                 to_byte_text(bytes)),
                     now);
  return note;
}

Result<UniqueFd> memory_file() {
  UniqueFd fd(::memfd_create("tailwater-run", MFD_CLOEXEC));
  if (!fd) return fail(errno_error("make", "a file in memory", errno));
  return fd;
}

/// `path`: with XXXXXX where a free name is to be found.
Result<UniqueFd> new_file(const std::string& directory, std::string& path) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(directory).parent_path();
  std::filesystem::create_directories(parent, error);  // what is wrong with it, making the file will say
  (void)::mkdir(directory.c_str(), 0700);
  UniqueFd fd(::mkostemps(path.data(), static_cast<int>(kExtension.size()), O_CLOEXEC));
  if (!fd) return fail(errno_error("make", path, errno));
  return fd;
}

}  // namespace

RunSpool::RunSpool(UniqueFd fd, std::string path, Target target, ByteCount limit)
    : fd_(std::move(fd)), path_(std::move(path)), target_(std::move(target)), limit_(limit) {}

Result<std::unique_ptr<RunSpool>> RunSpool::create(const std::string& directory, Target target, ByteCount limit) {
  std::string path;
  if (!directory.empty()) {
    std::string name = target.name;
    std::replace(name.begin(), name.end(), '/', '-');
    path = fmt::format("{}/{}-XXXXXX{}", directory, name, kExtension);
  }
  auto fd = directory.empty() ? memory_file() : new_file(directory, path);
  if (!fd) return fail(fd.error());
  (void)::flock(fd->get(), LOCK_EX | LOCK_NB);  // without locks on this file system nobody else can have one
  std::unique_ptr<RunSpool> spool(new RunSpool(std::move(*fd), path, std::move(target), limit));
  if (auto written = spool->write_header(); !written) {
    spool->remove();
    return fail(written.error());
  }
  return spool;
}

Result<void> RunSpool::write_header() const {
  const bool written = write_text(fd_.get(), place_text(place_), kPlaceBegin, kPlaceBytes) &&
                       write_text(fd_.get(),
                                  fmt::format("{}{}\n{}\n{}\n{}\n", kMagic, target_.url, target_.unix_socket,
                                              target_.name, target_.start),
                                  kTargetBegin, kTargetBytes);
  if (!written) return fail(errno_error("write", path_, errno));
  return {};
}

Result<std::unique_ptr<RunSpool>> RunSpool::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return fail(errno_error("open", path, errno));
  // It says whereto our token goes.
  if (status.st_uid != ::geteuid()) return fail(ErrorCode::kDenied, fmt::format("{}: belongs to somebody else", path));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: its run has not ended yet", path));
  }
  const std::string head = read_text(fd.get(), kTargetBegin, kTargetBytes);
  std::string_view rest = head;
  if (rest.substr(0, kMagic.size()) != kMagic) {
    return fail(ErrorCode::kCorrupt, fmt::format("{}: holds no run of tailwater", path));
  }
  rest.remove_prefix(kMagic.size());
  Target target;
  for (std::string* field : {&target.url, &target.unix_socket, &target.name, &target.start}) *field = take_line(rest);
  const Place place = parse_place(read_text(fd.get(), kPlaceBegin, kPlaceBytes));
  std::unique_ptr<RunSpool> spool(new RunSpool(std::move(fd), path, std::move(target), /*limit=*/0));
  spool->place_ = place;
  spool->sent_ = place.bytes;
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  spool->size_ = bytes - std::min<std::uint64_t>(bytes, kHeaderBytes);
  return spool;
}

std::vector<std::string> RunSpool::list(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == kExtension) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool RunSpool::write_lines(std::string_view lines) {
  const std::uint64_t size = size_.load(std::memory_order_relaxed);
  // What a failed write leaves behind is written over by the next one.
  if (!write_at(fd_.get(), lines, kHeaderBytes + size)) return false;
  size_.store(size + lines.size(), std::memory_order_release);
  return true;
}

ByteCount RunSpool::room() const {
  const ByteCount kept = size() - freed_.load(std::memory_order_relaxed);
  return limit_ - std::min(limit_, kept);
}

void RunSpool::append(std::string_view lines, WallTime now) {
  // Once it was full there is to be some room again, or every few lines would be missing.
  const bool closed = untold_bytes_ > 0 && room() < limit_ / 4;
  std::string cut;
  std::string_view fitting = closed ? "" : lines;
  if (fitting.size() > room()) fitting = cut = fitting_marked(lines, room());
  if (!fitting.empty()) {
    const bool written =
        untold_bytes_ == 0 ? write_lines(fitting) : write_lines(missing_note(untold_bytes_, now).append(fitting));
    if (written) untold_bytes_ = 0;
    if (!written) fitting = {};
  }
  untold_bytes_ += lines.size() - fitting.size();
  dropped_bytes_ += lines.size() - fitting.size();
}

void RunSpool::set_end(std::string_view query, WallTime now) {
  // The last thing to be said is worth going over the bound for.
  if (untold_bytes_ > 0) (void)write_lines(missing_note(untold_bytes_, now));
  (void)write_text(fd_.get(), std::string(query), kEndBegin, kEndBytes);
}

std::string RunSpool::end() const {
  return read_text(fd_.get(), kEndBegin, kEndBytes);
}

Result<std::string> RunSpool::read(std::size_t most) const {
  const std::uint64_t left = size() - place_.bytes;
  const std::size_t room = std::max(most, OutputLines::kMostAtOnce + OutputLines::kLongestMark);
  std::string bytes =
      read_at(fd_.get(), kHeaderBytes + place_.bytes, static_cast<std::size_t>(std::min<std::uint64_t>(left, room)));
  if (left > 0 && bytes.empty()) return fail(errno_error("read", path_.empty() ? "the spool" : path_, errno));
  bytes.resize(whole_marked_bytes(bytes));
  return bytes;
}

void RunSpool::acknowledge(const Place& place) {
  place_ = place;
  sent_.store(place.bytes, std::memory_order_relaxed);
  (void)write_text(fd_.get(), place_text(place), kPlaceBegin, kPlaceBytes);
  give_back(place.bytes);
}

void RunSpool::give_back(std::uint64_t before) {
  const std::uint64_t freed = freed_.load(std::memory_order_relaxed);
  const std::uint64_t whole = before / kPageBytes * kPageBytes;
  if (whole < freed + kGiveBackBytes) return;
  const int done = ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               static_cast<off_t>(kHeaderBytes + freed), static_cast<off_t>(whole - freed));
  if (done == 0) freed_.store(whole, std::memory_order_relaxed);
}

void RunSpool::remove() {
  if (!path_.empty()) (void)::unlink(path_.c_str());
}

}  // namespace tailwater
