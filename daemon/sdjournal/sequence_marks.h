// SequenceMarks: up to which number the entries of each sequence have been looked at. Of the journal's sequences, one
// for each journald that ever began anew, and each machine. Bounded: who was raised longest ago is forgotten. Pure.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tailwater {

class SequenceMarks {
 public:
  static constexpr std::size_t kMax = 64;

  /// nullopt: nothing is known of this one.
  [[nodiscard]] std::optional<std::uint64_t> of(std::string_view sequence) const;
  /// Never lowers one.
  void raise(std::string_view sequence, std::uint64_t number);

  /// "SEQUENCE=NUMBER", with a comma between them, without spaces; "-" where there are none.
  [[nodiscard]] std::string to_text() const;
  /// nullopt: it is no such text.
  [[nodiscard]] static std::optional<SequenceMarks> parse(std::string_view text);

 private:
  std::list<std::pair<std::string, std::uint64_t>> marks_;  // the one that was raised last is the first
};

}  // namespace tailwater
