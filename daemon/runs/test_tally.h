// TestTally: how many tests passed, failed and were skipped. Each test counts once: where one runner starts others
// (ctest a program of GoogleTest's), only the outer one counts; and the totals that a runner tells at its end stand for
// what was counted of it before. Not shared between threads.
#pragma once

#include <cstdint>
#include <optional>

#include "runs/mark.h"
#include "runs/run.h"

namespace tailwater {

class TestTally {
 public:
  /// A runner begins, or tells how many tests there will be. False: it is one inside of another.
  bool begin(MarkSource source, std::uint64_t total);
  /// One test has ended. False, as above.
  bool count(MarkSource source, RunState state);
  /// Totals, as far as `mark` has them. False, as above.
  bool take_totals(const Mark& mark);
  /// A part of a script begins, which tells at its end what passed and failed in it.
  void begin_part();
  void end_part(const Mark& mark);
  /// The runner at work is done, whether or not it said so.
  void finish();

  /// Whose tests count at the moment.
  [[nodiscard]] std::optional<MarkSource> runner() const { return runner_; }
  /// Has it said that it begins, so that it will end by its totals?
  [[nodiscard]] bool is_announced() const { return announced_; }

  struct Numbers {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
  };
  [[nodiscard]] Numbers numbers() const;
  /// Of the runner at work: how many have ended, and how many there are by its account (0: unknown).
  [[nodiscard]] std::uint64_t done() const { return counted_.passed + counted_.failed + counted_.skipped; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

  template <typename Archive>
  void archive_with(Archive& a) {
    a(before_part_);
    a(before_);
    a(counted_);
    a(told_passed_);
    a(told_failed_);
    a(told_skipped_);
    a(told_total_);
    a(total_);
    a(runner_);
    a(announced_);
  }

 private:
  [[nodiscard]] bool is_inner(MarkSource source) const { return runner_ && *runner_ != source; }
  [[nodiscard]] Numbers current() const;

  Numbers before_part_;
  Numbers before_;   // of the runners that are done
  Numbers counted_;  // of the one at work, as the rest
  std::optional<std::uint64_t> told_passed_;
  std::optional<std::uint64_t> told_failed_;
  std::optional<std::uint64_t> told_skipped_;
  std::optional<std::uint64_t> told_total_;
  std::uint64_t total_ = 0;
  std::optional<MarkSource> runner_;
  bool announced_ = false;
};

}  // namespace tailwater
