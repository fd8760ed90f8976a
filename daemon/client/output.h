// Output: a buffer in front of a descriptor that somebody reads: a terminal, a pipe, a file. Thread: one.
#pragma once

#include <string>

#include "base/result.h"

namespace tailwater {

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  /// Append here, then flush().
  [[nodiscard]] std::string& text() { return text_; }
  /// Writes all of it, as long as that takes. A reader that is gone is an error like any (where SIGPIPE is ignored).
  [[nodiscard]] Result<void> flush();
  /// Is there still somebody who reads? Known for pipes alone, without writing to them.
  [[nodiscard]] bool has_reader() const;

 private:
  int fd_;
  std::string text_;
};

}  // namespace tailwater
