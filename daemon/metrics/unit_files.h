// UnitFiles: the files of one control group, whose descriptors stay open and are read with pread(2): a fifth of what
// opening them each time takes. Descriptors are counted over all groups; beyond the allowance a file is opened for each
// read. UnitReader holds what all groups share: the allowance and one buffer. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

enum class UnitFile : std::uint8_t { kCpu, kMemory, kTasks, kIo, kOom, kCpuPressure, kMemoryPressure, kIoPressure };
inline constexpr std::size_t kUnitFiles = 8;

class UnitReader {
 public:
  explicit UnitReader(std::size_t allowance) : allowance_(allowance), buffer_(kBufferBytes) {}
  [[nodiscard]] std::size_t open_descriptors() const { return open_; }

 private:
  friend class UnitFiles;
  static constexpr std::size_t kBufferBytes = 16 << 10;
  const std::size_t allowance_;
  std::size_t open_ = 0;
  std::vector<char> buffer_;
};

class UnitFiles {
 public:
  /// `reader` outlives it. `place` is the group's folder.
  UnitFiles(UnitReader& reader, std::string place) : reader_(&reader), place_(std::move(place)) {}
  ~UnitFiles() { close(); }
  UnitFiles(const UnitFiles&) = delete;
  UnitFiles& operator=(const UnitFiles&) = delete;

  enum class State : std::uint8_t { kRead, kAbsent, kGone };
  struct Text {
    State state = State::kAbsent;
    std::string_view text = {};  ///< until the next read of any group
  };
  /// kAbsent: the group has no such file, as its controller is not enabled; kGone: there is no such group any more.
  [[nodiscard]] Text read(UnitFile file);
  /// Looks again for files that were absent: controllers can be enabled later.
  void forget_absent() { absent_.fill(false); }
  void close();

 private:
  [[nodiscard]] UniqueFd open(UnitFile file);

  UnitReader* reader_;
  std::string place_;
  std::array<UniqueFd, kUnitFiles> fds_;
  std::array<bool, kUnitFiles> absent_{};
};

}  // namespace tailwater
