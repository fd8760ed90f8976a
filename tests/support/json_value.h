// JsonValue: a strict reader of JSON texts (RFC 8259) for what the daemon sends; anything that a browser's JSON.parse
// would refuse is refused here. Values own their text. Thread: any.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

class JsonValue {
 public:
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  /// nullopt if `text` is not exactly one JSON value.
  [[nodiscard]] static std::optional<JsonValue> parse(std::string_view text);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == Kind::kNull; }
  [[nodiscard]] bool boolean() const { return kind_ == Kind::kBool && number_ != 0; }
  [[nodiscard]] double number() const { return number_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<JsonValue>& items() const { return items_; }
  [[nodiscard]] bool has(const std::string& key) const { return members_.find(key) != members_.end(); }
  /// The member of that name; a null value where there is none.
  [[nodiscard]] const JsonValue& operator[](const std::string& key) const;

 private:
  friend class JsonReader;
  Kind kind_ = Kind::kNull;
  double number_ = 0;
  std::string text_;
  std::vector<JsonValue> items_;
  std::map<std::string, JsonValue> members_;
};

}  // namespace tailwater
