// Position and event ID: a place in a log file, and its text form on the wire, `<key>.<generation>.<offset>`.
// Plain values, pure functions, any thread. Texts come from clients and are hostile: parsing is exact and bounded.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

/// 4 to 10 characters of [a-z0-9] that name one followed path for life.
class FileKey {
 public:
  static constexpr std::size_t kMinLength = 4;
  static constexpr std::size_t kMaxLength = 10;

  FileKey() = default;
  [[nodiscard]] static Result<FileKey> parse(std::string_view text);
  /// The key of no file: positions under it mean "before everything in the journal" (`start.0.0`).
  [[nodiscard]] static FileKey start();

  [[nodiscard]] std::string_view text() const { return {text_.data(), length_}; }
  [[nodiscard]] bool is_start() const { return *this == start(); }
  friend auto operator<=>(const FileKey&, const FileKey&) = default;

 private:
  std::array<char, kMaxLength> text_{};
  std::uint8_t length_ = 0;
};

struct Position {
  FileKey file;
  std::uint32_t generation = 0;
  std::uint64_t offset = 0;  ///< file bytes before the place where reading goes on
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// An ID as a client holds it. The ID of an `end` event is the same position written with one leading zero in
/// its offset (`k3x9.0.048213`), so that a client that reconnects with it can be told 204 without our keeping
/// anything about it; every other reader of IDs sees an ordinary position.
struct EventId {
  static constexpr std::size_t kMaxLength = 64;
  Position position;
  bool ended = false;
  friend bool operator==(const EventId&, const EventId&) = default;
};

[[nodiscard]] std::string to_text(const EventId& id);
[[nodiscard]] inline std::string to_text(const Position& position) {
  return to_text(EventId{position, false});
}
/// Appends the text of a position to `out`; the form used while framing, without an allocation of its own.
void append_text(const Position& position, std::string& out);
/// kInvalid for anything that to_text() could not have written.
[[nodiscard]] Result<EventId> parse_event_id(std::string_view text);

}  // namespace tailwater

template <>
struct std::hash<tailwater::FileKey> {
  std::size_t operator()(const tailwater::FileKey& key) const noexcept {
    return std::hash<std::string_view>{}(key.text());
  }
};
