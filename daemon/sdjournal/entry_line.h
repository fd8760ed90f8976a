// EntryLine: an entry of the system's journal as one line of JSON, in which the rules for records find time, level and
// fields as in any other. Always one line, valid UTF-8 and no longer than it may be, whatever the entry holds; the same
// bytes whenever the same entry is written with the same shape. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "sdjournal/entry_fields.h"

namespace tailwater {

/// Of a time that an entry or a line has: microseconds since 1970.
using EntryTime = std::chrono::microseconds;

struct LineShape {
  std::vector<std::string> fields;     ///< what is added to that which every line has, by their names; "all"
  ByteCount max_bytes = 256ULL << 10;  ///< of a line with its newline
};

class EntryLine {
 public:
  static constexpr std::size_t kMaxFieldBytes = 4096;  ///< of one added field, escaped
  static constexpr std::size_t kMinLineBytes = 2048;

  explicit EntryLine(LineShape shape);

  /// An entry is shown to it field by field, between begin() and append_to().
  void begin(EntryTime time);
  void add(std::string_view name, std::string_view value);
  [[nodiscard]] const EntryFields& fields() const { return fields_; }
  /// With its newline.
  void append_to(std::string& out);

  /// The time of a line that was written by append_to(); zero if it is none.
  [[nodiscard]] static EntryTime time_of(std::string_view line);

 private:
  struct Added {
    std::string name;
    std::string value;  // inside of the quotes
  };
  [[nodiscard]] bool is_wanted(std::string_view name) const;
  void append_core(std::string& out) const;
  void append_added(std::string& out, std::size_t room);

  std::vector<std::string> wanted_;
  bool all_ = false;
  std::size_t max_bytes_;
  EntryTime time_{};
  EntryFields fields_;
  std::vector<Added> added_;  // the first `added_count_` of them: the rest is kept for its memory
  std::size_t added_count_ = 0;
  bool truncated_ = false;
};

}  // namespace tailwater
