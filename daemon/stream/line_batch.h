// LineBatch: `log` events on their way into one `lines` event: a JSON array of the same objects, each with its "id";
// the event's id is the last one's. Few records stay single events: that is decided by what has been added when the
// batch is taken, nobody waits for more. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

class LineBatch {
 public:
  /// Fewer records than this are not worth an array.
  static constexpr std::size_t kFewest = 8;

  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] std::size_t size() const { return frames_.size(); }
  /// Adds a `log` event with JSON data, as RecordFramer writes it.
  void add(std::string_view frame);
  /// Appends everything to `out` and is empty then. An array takes no more bytes than its records as single events.
  void take(std::string& out);

 private:
  std::string frames_;
  std::vector<std::size_t> ends_;  // of the frames
};

}  // namespace tailwater
