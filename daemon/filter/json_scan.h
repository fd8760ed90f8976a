// JsonScan: walks the scalar members of a JSON object in a log line, in one pass and without allocating. Private to
// filter/. Pure. It does not validate: a line that is no JSON gives some fields or none, a cut one what came before.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tailwater {

struct JsonField {
  std::string_view key;    ///< between the quotes, escapes as they are
  std::string_view value;  ///< a string's bytes between the quotes, else the number or word; part of the line
  unsigned depth = 0;      ///< 1: a member of the outermost object; arrays count as a level too
};

class JsonScan {
 public:
  explicit JsonScan(std::string_view text) : text_(text) {}
  /// The next member whose value is no object or array; nullopt at the end of the outermost object.
  [[nodiscard]] std::optional<JsonField> next();

 private:
  [[nodiscard]] std::size_t string_end(std::size_t quote) const;
  [[nodiscard]] std::size_t skip_blanks(std::size_t at) const;
  std::optional<JsonField> field_at(std::size_t key_begin, std::size_t key_end);

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

/// The part of `line` from the `{` of a JSON object that is the whole line or ends it; empty if there is none.
[[nodiscard]] std::string_view json_part(std::string_view line);

}  // namespace tailwater
