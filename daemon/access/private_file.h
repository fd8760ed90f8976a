// Small files that hold secrets or digests of them: read whole, replaced whole, for their owner alone. Any thread that
// may block on a disk.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tailwater {

/// The whole of a regular file of at most `limit` bytes. Follows symbolic links, as /run/credentials may be behind one.
[[nodiscard]] Result<std::string> read_private_file(const std::string& path, ByteCount limit);

/// Replaces it, mode 0600, or the mode and owner that it had, so that a reader sees the old or the new.
[[nodiscard]] Result<void> write_private_file(const std::string& path, std::string_view text);

/// Empty, or why others than its owner and group may read it, in words for the log.
[[nodiscard]] std::string exposure_of(const std::string& path);

/// "credential:NAME" is a file in $CREDENTIALS_DIRECTORY, where systemd's LoadCredential= puts it; others are paths.
[[nodiscard]] Result<std::string> secret_path(std::string_view configured);

}  // namespace tailwater
