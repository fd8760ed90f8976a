// StreamSet: names of streams that somebody may see or write. "All" is a value of its own: a set that was left empty is
// nothing, never everything. Value type, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

class StreamSet {
 public:
  /// None.
  StreamSet() = default;
  [[nodiscard]] static StreamSet all();
  [[nodiscard]] static StreamSet of(std::vector<std::string> names);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] bool is_all() const { return all_; }
  [[nodiscard]] bool is_none() const { return !all_ && names_.empty(); }
  /// Sorted, each once; none if it is all.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  friend bool operator==(const StreamSet& left, const StreamSet& right) = default;

 private:
  std::vector<std::string> names_;
  bool all_ = false;
};

}  // namespace tailwater
