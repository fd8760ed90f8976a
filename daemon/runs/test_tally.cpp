#include "runs/test_tally.h"

#include <algorithm>

namespace tailwater {
namespace {

void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& number) {
  if (number) sum = sum.value_or(0) + std::min<std::uint64_t>(*number, UINT32_MAX);
}

}  // namespace

bool TestTally::begin(MarkSource source, std::uint64_t total) {
  if (announced_ && is_inner(source)) return false;
  if (is_inner(source) || (announced_ && total == 0)) finish();
  // Each program of these says how many it has; others may say it after the first tests.
  const bool is_program = source == MarkSource::kGoogleTest || source == MarkSource::kCargo;
  if (is_program && announced_) finish();
  runner_ = source;
  announced_ = true;
  if (total > 0) total_ = std::min<std::uint64_t>(total, UINT32_MAX);
  return true;
}

bool TestTally::count(MarkSource source, RunState state) {
  if (is_inner(source)) return false;
  runner_ = source;
  if (state == RunState::kPassed) ++counted_.passed;
  if (state == RunState::kFailed || state == RunState::kErrored) ++counted_.failed;
  if (state == RunState::kSkipped) ++counted_.skipped;
  return true;
}

bool TestTally::take_totals(const Mark& mark) {
  // What prove says at the end is about tests whose lines may have been TAP; it was not announced.
  const bool is_prove = mark.source == MarkSource::kProve && mark.last && runner_ == MarkSource::kTap;
  if (is_inner(mark.source) && !is_prove) return false;
  // A bare "OK" is unittest's only behind the line with its number of tests.
  if (mark.source == MarkSource::kUnittest && mark.last && !told_total_) return false;
  runner_ = mark.source;
  const bool adds_up =
      mark.source == MarkSource::kMaven || mark.source == MarkSource::kProve || mark.source == MarkSource::kVitest;
  if (adds_up && !mark.last) {  // of one class, of one file
    counted_.passed += mark.passed.value_or(0);
    counted_.failed += mark.failed.value_or(0);
    counted_.skipped += mark.skipped.value_or(0);
    return true;
  }
  add(told_passed_, mark.passed);
  add(told_failed_, mark.failed);
  add(told_skipped_, mark.skipped);
  if (mark.total > 0) add(told_total_, mark.total);
  if (mark.last) finish();
  return true;
}

void TestTally::begin_part() {
  finish();
  before_part_ = before_;
}

void TestTally::end_part(const Mark& mark) {
  finish();
  const auto told = [](std::uint64_t& sum, std::uint64_t before, const std::optional<std::uint64_t>& number) {
    if (number) sum = before + std::min<std::uint64_t>(*number, UINT32_MAX);
  };
  told(before_.passed, before_part_.passed, mark.passed);
  told(before_.failed, before_part_.failed, mark.failed);
  told(before_.skipped, before_part_.skipped, mark.skipped);
  before_part_ = before_;
}

TestTally::Numbers TestTally::current() const {
  Numbers numbers;
  numbers.failed = told_failed_.value_or(counted_.failed);
  numbers.skipped = told_skipped_.value_or(counted_.skipped);
  numbers.passed = counted_.passed;
  if (told_total_) {
    const std::uint64_t others = numbers.failed + numbers.skipped;
    numbers.passed = *told_total_ > others ? *told_total_ - others : 0;
  }
  if (told_passed_) numbers.passed = *told_passed_;
  return numbers;
}

TestTally::Numbers TestTally::numbers() const {
  const Numbers now = current();
  return {before_.passed + now.passed, before_.failed + now.failed, before_.skipped + now.skipped};
}

void TestTally::finish() {
  before_ = numbers();
  counted_ = {};
  told_passed_.reset();
  told_failed_.reset();
  told_skipped_.reset();
  told_total_.reset();
  total_ = 0;
  runner_.reset();
  announced_ = false;
}

}  // namespace tailwater
