#include "base/error.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace tailwater {

Error errno_error(std::string_view what, std::string_view path, int errno_value) {
  ErrorCode code = ErrorCode::kIo;
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: code = ErrorCode::kNotFound; break;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP: code = ErrorCode::kDenied; break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EAGAIN: code = ErrorCode::kUnavailable; break;
    default: break;
  }
  return {code, fmt::format("{} {}: {}", what, path, std::generic_category().message(errno_value))};
}

}  // namespace tailwater
