// Claims: a JSON object of somebody else's, asked for its members by name and type: what has another type is not there.
// Bounded in size and depth. Over simdjson. Any thread, one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

class Claims {
 public:
  static constexpr std::size_t kMaxBytes = 256 << 10;
  static constexpr std::size_t kMaxDepth = 16;

  /// nullopt if it is not one valid JSON object.
  [[nodiscard]] static std::optional<Claims> parse(std::string_view json);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<double> number(std::string_view name) const;
  /// A text is a list of one; nullopt if there is neither, or something that is not a text among them.
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name) const;
  /// The objects in a list; others in it are passed over.
  [[nodiscard]] std::vector<Claims> objects(std::string_view name) const;

 private:
  struct Document;
  struct Place;
  std::shared_ptr<const Place> place_;
};

}  // namespace tailwater
