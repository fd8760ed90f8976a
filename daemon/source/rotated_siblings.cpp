#include "source/rotated_siblings.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <tuple>

#include "base/bytes.h"
#include "source/path_pattern.h"
#include "source/skipped_names.h"

namespace tailwater {
namespace {

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

/// What stands between stem and suffix: a number or a date, with a separator before it.
bool is_number_or_date(std::string_view middle) {
  if (middle.size() < 2 || !is_separator(middle.front())) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::any_of(middle.begin(), middle.end(), is_digit) &&
         std::all_of(middle.begin(), middle.end(), [&](char c) { return is_digit(c) || is_separator(c); });
}

std::int64_t nanoseconds(const statx_timestamp& time) {
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, DirCloser> directory(::opendir(folder.c_str()));
  if (!directory) return names;
  while (const dirent* entry = ::readdir(directory.get())) names.emplace_back(entry->d_name);
  return names;
}

std::optional<RotatedSibling> sibling_at(std::string path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) {
    return std::nullopt;
  }
  if (!S_ISREG(status.stx_mode) || (status.stx_mask & STATX_BTIME) == 0) return std::nullopt;
  return RotatedSibling{std::move(path),
                        makedev(status.stx_dev_major, status.stx_dev_minor),
                        status.stx_ino,
                        nanoseconds(status.stx_btime),
                        nanoseconds(status.stx_mtime),
                        0};
}

/// `length` bytes from `begin` on; fewer at the end.
std::string_view piece_at(const GenerationBytes& bytes, std::uint64_t begin, std::array<char, 1024>& buffer,
                          std::size_t length) {
  const auto got = bytes.read_at(begin, std::span(buffer).first(length));
  return {buffer.data(), got.value_or(0)};
}

}  // namespace

std::uint32_t rotation_number(std::string_view name, std::string_view base) {
  name.remove_suffix(opaque_suffix(name).size());
  std::string_view middle;
  if (name.starts_with(base)) {
    middle = name.substr(base.size());
  } else {
    const std::size_t dot = base.rfind('.');
    if (name.size() <= base.size() || dot == std::string_view::npos) return 0;
    middle = name.substr(dot, name.size() - base.size());
  }
  if (middle.size() < 2 || middle.size() > 4) return 0;
  return parse_number<std::uint32_t>(middle.substr(1)).value_or(0);
}

bool is_rotation_of(std::string_view name, std::string_view base) {
  name.remove_suffix(opaque_suffix(name).size());
  if (name.size() <= base.size()) return false;
  if (name.starts_with(base)) {
    const std::string_view ending = name.substr(base.size());
    return ending == ".old" || ending == "~" || (is_number_or_date(ending) && is_rotated_name(name));
  }
  const std::size_t dot = base.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view stem = base.substr(0, dot);
  const std::string_view suffix = base.substr(dot);
  if (!name.starts_with(stem) || !name.ends_with(suffix)) return false;
  return is_number_or_date(name.substr(stem.size(), name.size() - base.size()));
}

std::vector<std::string> possible_originals(std::string_view name) {
  std::vector<std::string> originals;
  const std::string_view plain = name.substr(0, name.size() - opaque_suffix(name).size());
  const std::size_t dot = std::min(plain.rfind('.'), plain.size());
  const auto consider = [&](std::string original) {
    if (!is_rotation_of(plain, original)) return;
    if (std::find(originals.begin(), originals.end(), original) == originals.end()) {
      originals.push_back(std::move(original));
    }
  };
  for (std::size_t i = 1; i < plain.size(); ++i) {
    if (!is_separator(plain[i]) && plain[i] != '~') continue;
    consider(std::string(plain.substr(0, i)));
    if (i < dot) consider(std::string(plain.substr(0, i)).append(plain.substr(dot)));
  }
  return originals;
}

RotatedNames RotatedNames::in(const std::string& folder) {
  RotatedNames names;
  for (const std::string& name : names_in(folder)) {
    for (std::string& base : possible_originals(name)) names.by_base_[std::move(base)].push_back(name);
  }
  return names;
}

std::span<const std::string> RotatedNames::of(std::string_view base) const {
  const auto found = by_base_.find(std::string(base));
  if (found == by_base_.end()) return {};
  return found->second;
}

std::vector<RotatedSibling> rotated_siblings(const std::string& path) {
  std::vector<std::string> names = names_in(std::string(parent_of(path)));
  std::erase_if(names, [&](const std::string& name) { return !is_rotation_of(name, name_of(path)); });
  return rotated_siblings(path, names);
}

std::vector<RotatedSibling> rotated_siblings(const std::string& path, std::span<const std::string> names) {
  std::vector<RotatedSibling> siblings;
  for (const std::string& name : names) {
    auto sibling = sibling_at(std::string(parent_of(path)).append("/").append(name));
    if (!sibling) continue;
    sibling->number = rotation_number(name, name_of(path));
    siblings.push_back(std::move(*sibling));
  }
  sort_oldest_first(siblings);
  return siblings;
}

std::optional<std::int64_t> last_write_of_compressed(const RotatedSibling& sibling) {
  const std::string original = sibling.path.substr(0, sibling.path.size() - opaque_suffix(sibling.path).size());
  struct stat status {};
  if (::lstat(original.c_str(), &status) == 0) return std::nullopt;
  // In this order: once the original is gone, the time has been set.
  const auto now = sibling_at(sibling.path);
  if (!now || now->inode != sibling.inode) return std::nullopt;
  return now->mtime_ns;
}

void sort_oldest_first(std::vector<RotatedSibling>& siblings) {
  const bool numbered =
      std::all_of(siblings.begin(), siblings.end(), [](const RotatedSibling& one) { return one.number != 0; });
  // Numbers are exact: the larger, the older. Else by the last write; a birth says little, as copytruncate makes a
  // copy of an older life in a younger file.
  const auto order = [&](const RotatedSibling& one) {
    const auto by_number = -static_cast<std::int64_t>(one.number);
    return numbered ? std::tuple(by_number, one.mtime_ns, one.birth_ns)
                    : std::tuple(one.mtime_ns, one.birth_ns, by_number);
  };
  std::sort(siblings.begin(), siblings.end(),
            [&](const RotatedSibling& a, const RotatedSibling& b) { return order(a) < order(b); });
}

bool is_copy_of(const GenerationBytes& sibling, const GenerationBytes& original) {
  const auto sibling_size = sibling.size();
  const auto original_size = original.size();
  if (!sibling_size || !original_size) return false;
  const std::uint64_t common = std::min(*sibling_size, *original_size);
  // So few bytes begin many a file; then only the same and no more is a copy.
  if (common == 0 || (common < kTellingBytes && *sibling_size != *original_size)) return false;
  std::array<char, 1024> one;
  std::array<char, 1024> other;
  const auto same_at = [&](std::uint64_t begin, std::size_t length) {
    return piece_at(sibling, begin, one, length) == piece_at(original, begin, other, length);
  };
  const std::size_t head = std::min<std::uint64_t>(common, one.size());
  return same_at(0, head) && same_at(common - head, head);
}

}  // namespace tailwater
