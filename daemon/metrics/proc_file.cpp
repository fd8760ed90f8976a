#include "metrics/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tailwater {

std::string_view ProcFile::read() {
  if (!fd_) fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd_) return {};
  if (buffer_.empty()) buffer_.resize(kFirstBytes);
  std::size_t size = 0;
  while (true) {
    const ssize_t count = ::pread(fd_.get(), buffer_.data() + size, buffer_.size() - size, static_cast<off_t>(size));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      fd_.reset();
      return {};
    }
    if (count == 0) return {buffer_.data(), size};
    size += static_cast<std::size_t>(count);
    if (size < buffer_.size()) continue;
    if (size >= kMaxBytes) return {};
    buffer_.resize(buffer_.size() * 2);
  }
}

}  // namespace tailwater
