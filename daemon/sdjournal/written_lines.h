// WrittenLines: what a spool holds beyond its checkpoint, after a kill: lines that are not to be written again, and
// perhaps the beginning of one that is to be finished. By their contents, not by their number: so an entry that has
// been removed since, or has come in between, does no harm. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tailwater {

class WrittenLines {
 public:
  WrittenLines() = default;
  explicit WrittenLines(std::string_view bytes);

  /// Is this line, with its newline, one of them? It is forgotten then: the next equal one is another.
  [[nodiscard]] bool take(std::string_view line);
  /// How the line that is written next begins on disk already; what it is to be completed by stands in append_to().
  [[nodiscard]] bool has_torn_line() const { return !torn_.empty(); }
  /// Appends to `out` what is to be written so that the spool holds this line, which take() did not know.
  void append_to(std::string& out, std::string_view line);
  /// The same if no line comes that the torn one could be of.
  void end_torn_line(std::string& out);
  /// Lines that nobody has taken.
  [[nodiscard]] std::size_t left() const { return left_; }
  void forget_lines();

 private:
  std::unordered_map<std::uint64_t, std::size_t> lines_;  // fingerprint: how many of them
  std::size_t left_ = 0;
  std::string torn_;
};

}  // namespace tailwater
