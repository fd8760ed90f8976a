#include "base/stream_set.h"

#include <algorithm>
#include <utility>

namespace tailwater {

StreamSet StreamSet::all() {
  StreamSet set;
  set.all_ = true;
  return set;
}

StreamSet StreamSet::of(std::vector<std::string> names) {
  StreamSet set;
  set.names_ = std::move(names);
  std::sort(set.names_.begin(), set.names_.end());
  set.names_.erase(std::unique(set.names_.begin(), set.names_.end()), set.names_.end());
  return set;
}

bool StreamSet::has(std::string_view name) const {
  return all_ || std::binary_search(names_.begin(), names_.end(), name, std::less<>());
}

}  // namespace tailwater
