// Opening a followed path. Watched folders are hostile ground: whoever may write there may put a symlink to our own
// secrets or a FIFO under a log's name. So the path is resolved without opening it (O_PATH), what was found is judged,
// and then that very object is opened. Thread: any that may block.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "journal/catalog.h"

namespace tailwater {

struct OpenRules {
  /// Real directories (realpath) below which a file may lie: the roots of the configured paths.
  std::span<const std::string> roots;
  /// The administrator wrote this path when it was a symlink already: it may lead anywhere but to /proc and /sys, if
  /// the link belongs to root, to us or to the owner of what it leads to.
  bool admitted_link = false;
  /// Also a hard link to a file of another user than its folder's.
  bool allow_foreign_hard_links = false;
};

struct OpenedFile {
  std::shared_ptr<const PlainFile> bytes;
  struct stat status {};
  /// A network or overlay file system, where inotify does not hear of every writer.
  bool remote = false;
};

struct Refusal {
  enum class Kind : std::uint8_t {
    kAbsent,       ///< nothing there (any more)
    kNotAllowed,   ///< no regular file, a link that leads out, /proc: stays refused while it is what it is
    kDenied,       ///< permissions
    kUnavailable,  ///< descriptors or memory used up, an I/O error: may work later
    kCopy,         ///< it holds what is read from another path: nothing to warn of
  };
  Kind kind = Kind::kAbsent;
  std::string reason;  ///< without the path; says what to do where there is something to do
};

[[nodiscard]] tl::expected<OpenedFile, Refusal> open_followed(const std::string& path, const OpenRules& rules);

/// Network and overlay file systems by statfs(2)'s f_type: others may write there unheard.
[[nodiscard]] bool is_remote_file_system(long type);

/// Offset of the first byte that is not NUL at or after `begin`, looked for in at most the file's data (holes are
/// skipped as such); nullopt if there is none.
[[nodiscard]] std::optional<std::uint64_t> first_text_offset(int fd, std::uint64_t begin);

/// Do the first bytes of a file say that it is no text? A NUL run at the very head or at the end is not judged:
/// truncation under a writer without O_APPEND leaves the one, preallocation the other. UTF-16 with its mark is text.
[[nodiscard]] bool looks_binary(std::string_view head);
inline constexpr std::size_t kBinaryProbeBytes = 4096;

}  // namespace tailwater
