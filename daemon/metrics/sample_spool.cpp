#include "metrics/sample_spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace tailwater {

Result<void> SampleSpool::open() {
  fd_.reset(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_) return fail(errno_error("open", path_, errno));
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return fail(errno_error("stat", path_, errno));
  size_ = static_cast<ByteCount>(status.st_size);
  char last = '\n';
  torn_ = size_ > 0 && ::pread(fd_.get(), &last, 1, status.st_size - 1) == 1 && last != '\n';
  return {};
}

void SampleSpool::begin_anew() {
  const std::string old = path_ + ".1";
  if (::rename(path_.c_str(), old.c_str()) != 0 || !open()) write_errors_.fetch_add(1, std::memory_order_relaxed);
}

void SampleSpool::append(std::string_view records) {
  if (size_ > 0 && size_ + records.size() > budget_ / 2) begin_anew();
  if (!fd_ && !open()) {
    write_errors_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (torn_ && ::write(fd_.get(), "\n", 1) == 1) torn_ = false;
  const ssize_t count = torn_ ? -1 : ::write(fd_.get(), records.data(), records.size());
  if (count > 0) size_ += static_cast<ByteCount>(count);
  if (count == static_cast<ssize_t>(records.size())) return;
  torn_ = torn_ || count > 0;
  write_errors_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace tailwater
