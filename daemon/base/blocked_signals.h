// BlockedSignals: signals that are read from a descriptor (signalfd(2)) and interrupt nobody: blocked in the thread
// that makes the object and in all that it starts later, which must be all there are. What has come waits for next(),
// once for each number, the lowest first. They stay blocked when the object is gone: what comes at the very end must
// not decide how the process ends. A process made by fork(2) inherits the mask: before() is what it should have.
#pragma once

#include <sys/signalfd.h>

#include <csignal>
#include <optional>
#include <span>

#include "base/unique_fd.h"

namespace tailwater {

class BlockedSignals {
 public:
  /// Check valid(): without a descriptor they are blocked, and nobody hears of them.
  explicit BlockedSignals(std::span<const int> numbers);
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  [[nodiscard]] bool valid() const { return fd_.valid(); }
  /// Readable while one waits.
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const sigset_t& before() const { return before_; }
  /// The next one, if one has come.
  [[nodiscard]] std::optional<signalfd_siginfo> next() const;

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

}  // namespace tailwater
