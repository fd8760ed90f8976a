// ProcFile: one file of /proc (or of a folder that stands for it) that is read again and again: the descriptor stays
// open and pread(2) makes the kernel write the text anew, which takes half the time of opening it each time. One
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

class ProcFile {
 public:
  /// Not opened before the first read().
  explicit ProcFile(std::string path) : path_(std::move(path)) {}

  /// The whole text, valid until the next read(). Empty if the file cannot be read (it is opened anew the next time)
  /// or if it is longer than any that we know.
  [[nodiscard]] std::string_view read();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static constexpr std::size_t kFirstBytes = 4096;
  static constexpr std::size_t kMaxBytes = 4U << 20;

  std::string path_;
  UniqueFd fd_;
  std::vector<char> buffer_;
};

}  // namespace tailwater
