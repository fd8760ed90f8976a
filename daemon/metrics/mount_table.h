// /proc/self/mountinfo (proc(5)): which file systems are worth a look at their space. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

struct Mount {
  std::string device_number;  ///< "254:0"
  std::string point;          ///< where it is mounted
  std::string type;
  std::string device;
  bool read_only = false;
  friend bool operator==(const Mount&, const Mount&) = default;
};

/// Those with storage of their own, each once, where it was mounted first; not what the kernel or a container engine
/// makes up, nor what lies under /dev, /proc and /sys. The root is always among them.
[[nodiscard]] std::vector<Mount> parse_mountinfo(std::string_view text);

}  // namespace tailwater
