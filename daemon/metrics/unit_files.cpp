#include "metrics/unit_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tailwater {
namespace {

constexpr std::array<const char*, kUnitFiles> kNames{"cpu.stat",        "memory.current", "pids.current",
                                                     "io.stat",         "memory.events",  "cpu.pressure",
                                                     "memory.pressure", "io.pressure"};

ssize_t read_start(int fd, std::vector<char>& buffer) {
  while (true) {
    const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), 0);
    if (count >= 0 || errno != EINTR) return count;
  }
}

/// Whole lines of what fitted: a number that is cut short would be another number.
std::string_view whole_lines(std::string_view text, std::size_t room) {
  return text.size() < room ? text : text.substr(0, text.rfind('\n') + 1);
}

}  // namespace

UniqueFd UnitFiles::open(UnitFile file) {
  const std::string path = place_ + '/' + kNames[static_cast<std::size_t>(file)];
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

UnitFiles::Text UnitFiles::read(UnitFile file) {
  const auto index = static_cast<std::size_t>(file);
  if (absent_[index]) return {};
  UniqueFd passing;
  const bool kept = fds_[index].valid() || reader_->open_ < reader_->allowance_;
  UniqueFd& fd = kept ? fds_[index] : passing;
  if (!fd) {
    fd = open(file);
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE) return {};
      absent_[index] = true;
      return {errno == ENOENT && ::access(place_.c_str(), F_OK) != 0 ? State::kGone : State::kAbsent};
    }
    if (kept) ++reader_->open_;
  }
  const ssize_t count = read_start(fd.get(), reader_->buffer_);
  if (count >= 0) {
    return {State::kRead,
            whole_lines({reader_->buffer_.data(), static_cast<std::size_t>(count)}, reader_->buffer_.size())};
  }
  if (errno == ENODEV) return {State::kGone};
  absent_[index] = true;  // such as pressure that is turned off: EOPNOTSUPP
  return {};
}

void UnitFiles::close() {
  for (UniqueFd& fd : fds_) {
    if (!fd) continue;
    fd.reset();
    --reader_->open_;
  }
}

}  // namespace tailwater
