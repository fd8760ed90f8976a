// SampleSpool: the bounded file to which samples are appended, a record each, and which is followed as any log file: so
// `metric` events have IDs, history and resume without a line of code of their own. When it is full it is renamed to
// NAME.1, in place of the one before, and a new one begins. Sampler's thread.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

class SampleSpool {
 public:
  /// At most `budget` bytes of disk, over both files.
  SampleSpool(std::string path, ByteCount budget) : path_(std::move(path)), budget_(budget) {}

  /// Makes the file where it is missing; a line that a kill left half written is ended.
  [[nodiscard]] Result<void> open();
  /// One record or several, each with its newline. A disk that refuses loses them, which is counted.
  void append(std::string_view records);
  [[nodiscard]] std::uint64_t write_errors() const { return write_errors_.load(std::memory_order_relaxed); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void begin_anew();

  const std::string path_;
  const ByteCount budget_;
  UniqueFd fd_;
  ByteCount size_ = 0;
  bool torn_ = false;  // the file does not end with a newline
  std::atomic<std::uint64_t> write_errors_{0};
};

}  // namespace tailwater
