// ProblemList: the failed tests and the annotations of a run, each capped, each once. What a tool says about one in the
// lines that follow (a message, a place) is put to it. Texts are shown_text(). Not shared between threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runs/mark.h"
#include "runs/run.h"

namespace tailwater {

class ProblemList {
 public:
  static constexpr std::size_t kMaxFailedTests = 100;
  static constexpr std::size_t kMaxAnnotations = 100;
  /// So many of them are notices and warnings at most: the errors come last.
  static constexpr std::size_t kMaxMildAnnotations = 50;
  static constexpr std::size_t kMaxNameBytes = 200;
  static constexpr std::size_t kMaxMessageBytes = 400;

  void add_failed_test(const Mark& mark, RunPlace at);
  /// `explains`: it is about the failed test before it, too.
  void add_annotation(const Mark& mark, RunPlace at, bool explains);
  /// Of the annotation before it, if that has no place of its own.
  void set_place(const Mark& mark);
  /// A message for the failed test of that name, if there is one; without a name, for the last or the next one.
  void set_message(const Mark& mark);
  /// All failed tests before it that have no suite are of this one.
  void set_suite(std::string_view suite);
  /// A test begins: what was said of the one before it is not about this one.
  void begin_test() { said_.clear(); }

  /// Is something said that the lines that follow may be about?
  [[nodiscard]] bool is_listening() const { return lines_left_ > 0; }
  /// A line that is no marker. True: it was about something.
  bool hear(std::string_view line);
  /// A line that is one.
  void stop_listening() { lines_left_ = 0; }

  [[nodiscard]] const std::vector<FailedTest>& failed_tests() const { return failed_tests_; }
  [[nodiscard]] const std::vector<RunAnnotation>& annotations() const { return annotations_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }
  [[nodiscard]] std::uint64_t warnings() const { return warnings_; }
  [[nodiscard]] std::uint64_t dropped_tests() const { return dropped_tests_; }
  [[nodiscard]] std::uint64_t dropped_annotations() const { return dropped_annotations_; }

  template <typename Archive>
  void archive_with(Archive& a) {
    a(failed_tests_);
    a(annotations_);
    a(errors_);
    a(warnings_);
    a(dropped_tests_);
    a(dropped_annotations_);
    a(mild_);
    a(suited_);
    a(said_);
    a(listener_);
    a(source_);
    a(index_);
    a(lines_left_);
    a(began_);
    a(explains_);
  }
  [[nodiscard]] bool is_sound() const;

  enum class Listener : std::uint8_t { kTest, kAnnotation };

 private:
  void listen(Listener listener, MarkSource source, std::size_t index, std::uint32_t lines);
  void take_message(std::string_view text);
  [[nodiscard]] bool has_annotation(const RunAnnotation& one) const;

  std::vector<FailedTest> failed_tests_;
  std::vector<RunAnnotation> annotations_;
  std::uint64_t errors_ = 0;
  std::uint64_t warnings_ = 0;
  std::uint64_t dropped_tests_ = 0;
  std::uint64_t dropped_annotations_ = 0;
  std::uint64_t mild_ = 0;    // annotations in the list that are no errors
  std::uint64_t suited_ = 0;  // failed tests before it have their suites
  std::string said_;          // of the test that runs, before it is known to have failed
  // Who the next lines may be about: the test or annotation at index_.
  Listener listener_ = Listener::kTest;
  MarkSource source_ = MarkSource::kOwn;
  std::uint64_t index_ = 0;
  std::uint32_t lines_left_ = 0;
  bool began_ = false;     // of the message a part has been found
  bool explains_ = false;  // the message goes to the last failed test, too
};

[[nodiscard]] constexpr ProblemList::Listener last_of(ProblemList::Listener /*listener*/) {
  return ProblemList::Listener::kAnnotation;
}

}  // namespace tailwater
