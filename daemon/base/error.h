// Error: what went wrong, as a value. The message names the path, line or option concerned and, where
// there is something to do about it, says what. Thread: any; it is plain data.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace tailwater {

enum class ErrorCode {
  kInvalid,      ///< the input is wrong and will stay wrong: bad syntax, bad option, bad ID
  kNotFound,     ///< no such file, stream, generation or route
  kDenied,       ///< permissions, or a path that the rules for hostile folders refuse
  kGone,         ///< was there and cannot be had back: truncated, evicted, fallen off the journal
  kUnavailable,  ///< may work later: descriptor limit, full disk, busy
  kIo,           ///< the kernel refused a read, write or system call
  kCorrupt,      ///< stored bytes do not check out
  kInternal,     ///< our own bug
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// "`what` PATH: strerror(errno_value)" with a code that fits the errno.
[[nodiscard]] Error errno_error(std::string_view what, std::string_view path, int errno_value);

}  // namespace tailwater
