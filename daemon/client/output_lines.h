// OutputLines: what a command writes, as marked lines: each with its time and whether it came by stdout or stderr, in
// the form of container runtimes (CRI), which the daemon knows:
//   2026-01-02T03:04:05.123Z stdout F a whole line
//   2026-01-02T03:04:05.123Z stdout P a part of one, which goes on in the next of stdout
//   2026-01-02T03:04:05.123Z stdout F:unended the last one, which had no newline
// Lines that came together stay together until they are sent, so that a command that does nothing but write waits for
// no marks: a block, a line that says how many bytes of whole lines follow it:
//   2026-01-02T03:04:05.123Z stdout L 6400
// append_marked_lines() makes marked lines of it, append_plain() is the way back: the bytes that the command wrote.
// Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tailwater {

class OutputLines {
 public:
  enum class Source : std::size_t { kStdout, kStderr };
  static constexpr std::size_t kLongestPart = 16U << 10;  ///< as container runtimes cut them
  /// At most so many bytes are taken at once; a block, or a marked line, has no more than that and its mark.
  static constexpr std::size_t kMostAtOnce = 256U << 10;
  static constexpr std::size_t kLongestMark = 64;
  /// What has no newline is let go as a part after this time.
  static constexpr Milliseconds kPatience{200};

  /// `terminal`: the output comes from a terminal, which ends lines in CR LF, and where a CR alone writes over the
  /// line: what was there before is a line of its own then.
  explicit OutputLines(bool terminal) : terminal_(terminal) {}

  /// Appends the lines that `bytes` complete, as marked lines and blocks.
  void take(Source source, std::string_view bytes, WallTime now, std::string& out);
  /// Is there a beginning of a line that waits for the rest of it?
  [[nodiscard]] bool has_pending() const;
  /// Appends the beginnings of lines that have waited for kPatience.
  void flush_old(WallTime now, std::string& out);
  /// Nothing more will come.
  void end(WallTime now, std::string& out);

 private:
  struct Pending {
    std::string text;
    WallTime since{};       // of its first byte
    bool open = false;      // a part of the line has been let go
    bool returned = false;  // the last byte was a CR: what follows tells whether it writes over the line
  };
  Pending& pending(Source source) { return pending_[static_cast<std::size_t>(source)]; }
  void take_terminal(Source source, std::string_view bytes, WallTime now, std::string& out);
  /// Goes on with the line.
  void add(Source source, std::string_view bytes, WallTime now, std::string& out);
  /// The same, and it ends.
  void finish(Source source, std::string_view bytes, WallTime now, std::string& out);
  void let_go(Source source, std::string_view tag, std::string& out);

  bool terminal_;
  std::array<Pending, 2> pending_;
};

/// A whole line of our own, marked as stderr.
void append_marked_note(std::string& out, std::string_view note, WallTime now);

/// How many leading bytes of `marked` are whole marked lines and blocks.
[[nodiscard]] std::size_t whole_marked_bytes(std::string_view marked);
/// As many of them as fit into `room` bytes; the last block may have lost lines.
[[nodiscard]] std::string fitting_marked(std::string_view marked, std::size_t room);
/// Appends marked lines alone for whole marked lines and blocks.
void append_marked_lines(std::string& out, std::string_view marked);
/// Appends the bytes that whole marked lines and blocks stand for.
void append_plain(std::string& out, std::string_view marked);

}  // namespace tailwater
