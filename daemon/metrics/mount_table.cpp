#include "metrics/mount_table.h"

#include <algorithm>
#include <array>

#include "metrics/proc_text.h"

namespace tailwater {
namespace {

/// Space, tab, newline, backslash and hash are written as three octal digits.
std::string unescape(std::string_view word) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\' && i + 3 < word.size() && octal(word[i + 1]) && octal(word[i + 2]) && octal(word[i + 3])) {
      text += static_cast<char>((word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 + (word[i + 3] - '0'));
      i += 3;
    } else {
      text += word[i];
    }
  }
  return text;
}

bool has_storage(std::string_view type) {
  constexpr std::array<std::string_view, 32> kNone{
      "autofs",   "binfmt_misc", "bpf",       "cgroup",  "cgroup2",    "configfs",  "debugfs", "devpts",
      "devtmpfs", "efivarfs",    "erofs",     "fusectl", "fuse.lxcfs", "hugetlbfs", "iso9660", "mqueue",
      "nfsd",     "nsfs",        "overlay",   "proc",    "procfs",     "pstore",    "ramfs",   "rpc_pipefs",
      "rootfs",   "securityfs",  "selinuxfs", "smackfs", "squashfs",   "sysfs",     "tracefs", "fuse.gvfsd-fuse"};
  return std::find(kNone.begin(), kNone.end(), type) == kNone.end();
}

bool is_kernels(std::string_view point) {
  constexpr std::array<std::string_view, 4> kFolders{"/dev", "/proc", "/sys", "/run/credentials"};
  return std::any_of(kFolders.begin(), kFolders.end(), [point](std::string_view folder) {
    return point.substr(0, folder.size()) == folder && (point.size() == folder.size() || point[folder.size()] == '/');
  });
}

bool is_read_only(std::string_view options) {
  return options == "ro" || options.substr(0, 3) == "ro,";
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  std::string_view line;
  while (take_line(text, line)) {
    take_word(line);  // mount ID
    take_word(line);  // its parent's
    Mount mount;
    mount.device_number = take_word(line);
    take_word(line);  // root within the file system
    mount.point = unescape(take_word(line));
    mount.read_only = is_read_only(take_word(line));
    std::string_view word = take_word(line);
    while (!word.empty() && word != "-") word = take_word(line);  // optional fields
    mount.type = unescape(take_word(line));
    mount.device = unescape(take_word(line));
    if (mount.device.empty() || is_kernels(mount.point)) continue;
    if (mount.point != "/" && !has_storage(mount.type)) continue;
    // What is mounted over another hides it; what is mounted twice is counted once. Parts of a btrfs have numbers of
    // their own and share its device.
    std::erase_if(mounts, [&](const Mount& other) { return other.point == mount.point; });
    const bool known = std::any_of(mounts.begin(), mounts.end(), [&](const Mount& other) {
      return other.device_number == mount.device_number ||
             (mount.device.front() == '/' && other.device == mount.device);
    });
    if (!known) mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace tailwater
