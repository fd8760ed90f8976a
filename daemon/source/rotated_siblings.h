// Rotated siblings: the files beside a path that a rotation made of it. Two rotations between two looks leave a
// generation that was never seen at its path; it is found here, by name and time of birth. The names are pure; the
// list asks the disk, on any thread that may block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "journal/catalog.h"

namespace tailwater {

struct RotatedSibling {
  std::string path;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t birth_ns = 0;
  std::int64_t mtime_ns = 0;
  std::uint32_t number = 0;  ///< 3 of `app.log.3`; 0 if it has none

  [[nodiscard]] FileIdentity inode_only() const {
    FileIdentity identity;
    identity.device = device;
    identity.inode = inode;
    identity.birth_ns = birth_ns;
    return identity;
  }
  [[nodiscard]] WallTime last_write() const {
    return WallTime(std::chrono::duration_cast<Milliseconds>(std::chrono::nanoseconds(mtime_ns)));
  }
};

/// Is `name` what a rotation makes of `base`: `app.log.1`, `app.log-20260101`, `app.1.log`, `app-20260101.log`?
/// A compressed one counts by the name that it had before.
[[nodiscard]] bool is_rotation_of(std::string_view name, std::string_view base);

/// The names that a rotation may have made `name` of.
[[nodiscard]] std::vector<std::string> possible_originals(std::string_view name);
/// The number that the rotation gave it, of at most three digits; 0 if none.
[[nodiscard]] std::uint32_t rotation_number(std::string_view name, std::string_view base);
void sort_oldest_first(std::vector<RotatedSibling>& siblings);

/// The names in a folder that look rotated, by what they may have been made of: for asking about many files of one
/// folder, which is read once.
class RotatedNames {
 public:
  [[nodiscard]] static RotatedNames in(const std::string& folder);
  [[nodiscard]] std::span<const std::string> of(std::string_view base) const;

 private:
  std::unordered_map<std::string, std::vector<std::string>> by_base_;
};

/// The regular files beside `path` with such names, oldest first. Empty where the file system knows no birth times.
[[nodiscard]] std::vector<RotatedSibling> rotated_siblings(const std::string& path);
/// The same of these names.
[[nodiscard]] std::vector<RotatedSibling> rotated_siblings(const std::string& path, std::span<const std::string> names);

/// Fewer bytes than these begin many a file: they tell nothing of where they come from.
inline constexpr std::uint64_t kTellingBytes = 64;

/// When the last write to a compressed sibling's original was, which compressing keeps; nullopt while it is being
/// compressed (the original still stands beside it) or if it is gone.
[[nodiscard]] std::optional<std::int64_t> last_write_of_compressed(const RotatedSibling& sibling);

/// Does `sibling` begin and end as the first bytes of `original` do, up to the shorter one's end? Then it is a copy of
/// it, whenever that was made. Files without bytes are copies of nothing, and a few bytes prove nothing.
[[nodiscard]] bool is_copy_of(const GenerationBytes& sibling, const GenerationBytes& original);

}  // namespace tailwater
