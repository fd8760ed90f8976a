// Patience: how often a task asks again for what cannot be had at the moment, before that counts as lost. What took
// long was on its way there (a compressed file is unpacked in parts), so the next part follows at once; what failed at
// once (descriptors are short, the journal cannot be read) is not helped by asking at once.
#pragma once

#include "base/clock.h"

namespace tailwater {

class Patience {
 public:
  static constexpr int kMostParts = 240;  ///< of 64 MiB
  static constexpr int kMostWaits = 40;   ///< of a quarter of a second, as body tasks wait
  static constexpr Milliseconds kPartTime{5};

  /// A try that began then failed now. True: the next one is to wait.
  [[nodiscard]] bool failed(SteadyTime began, SteadyTime now) {
    const bool was_under_way = now - began >= kPartTime;
    ++(was_under_way ? parts_ : waits_);
    return !was_under_way;
  }
  /// Something could be read since.
  void worked() { parts_ = waits_ = 0; }
  [[nodiscard]] bool is_over() const { return parts_ >= kMostParts || waits_ >= kMostWaits; }

 private:
  int parts_ = 0;
  int waits_ = 0;
};

}  // namespace tailwater
