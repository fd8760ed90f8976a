#include "runs/problem_list.h"

#include <algorithm>

#include "runs/message_line.h"
#include "runs/plain_text.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxFileBytes = 300;
constexpr std::uint32_t kPlaceLines = 4;  // within which rustc says where a problem is
constexpr std::uint32_t kPanicLines = 3;
constexpr std::uint32_t kMessageLines = 5;  // of one message

void append_line(std::string& message, std::string_view text) {
  if (message.size() >= ProblemList::kMaxMessageBytes || text.empty()) return;
  if (!message.empty()) message.push_back('\n');
  message = shown_text(message + std::string(text), ProblemList::kMaxMessageBytes, /*lines=*/true);
}

}  // namespace

void ProblemList::listen(Listener listener, MarkSource source, std::size_t index, std::uint32_t lines) {
  listener_ = listener;
  source_ = source;
  index_ = index;
  lines_left_ = lines;
  began_ = false;
  explains_ = false;
}

void ProblemList::add_failed_test(const Mark& mark, RunPlace at) {
  FailedTest test{shown_text(mark.name, kMaxNameBytes), shown_text(mark.suite, kMaxNameBytes),
                  shown_text(mark.message, kMaxMessageBytes, /*lines=*/true), at};
  if (test.message.empty()) test.message = std::move(said_);
  said_.clear();
  auto known = std::find_if(failed_tests_.begin(), failed_tests_.end(),
                            [&](const FailedTest& one) { return one.name == test.name && one.suite == test.suite; });
  if (known == failed_tests_.end()) {
    if (failed_tests_.size() >= kMaxFailedTests) {
      ++dropped_tests_;
      return;
    }
    failed_tests_.push_back(std::move(test));
    known = failed_tests_.end() - 1;
  } else if (known->message.empty()) {
    known->message = std::move(test.message);
  }
  if (!known->message.empty()) return;
  listen(Listener::kTest, mark.source, static_cast<std::size_t>(known - failed_tests_.begin()),
         message_lines_after(mark.source));
}

/// Tools tell of one place again: each of a header's users, Maven at its end.
bool ProblemList::has_annotation(const RunAnnotation& one) const {
  if (one.file.empty() || one.line == 0 || one.message.empty()) return false;
  return std::any_of(annotations_.begin(), annotations_.end(), [&](const RunAnnotation& known) {
    return known.line == one.line && known.column == one.column && known.file == one.file &&
           known.message == one.message;
  });
}

void ProblemList::add_annotation(const Mark& mark, RunPlace at, bool explains) {
  RunAnnotation added;
  added.severity = mark.severity;
  added.file = shown_text(mark.file, kMaxFileBytes);
  added.line = mark.line;
  added.column = mark.column;
  added.title = shown_text(mark.title, kMaxNameBytes);
  added.message = shown_text(mark.message, kMaxMessageBytes, /*lines=*/true);
  added.at = at;
  if (has_annotation(added)) return;
  if (mark.severity == Severity::kError) ++errors_;
  if (mark.severity == Severity::kWarning) ++warnings_;
  const bool is_mild = mark.severity != Severity::kError;
  if (annotations_.size() >= kMaxAnnotations || (is_mild && mild_ >= kMaxMildAnnotations)) {
    ++dropped_annotations_;
    lines_left_ = 0;
    return;
  }
  mild_ += is_mild ? 1 : 0;
  const bool is_placed = !added.file.empty();
  const std::uint32_t lines = added.message.empty() ? message_lines_after(mark.source) : 0;
  annotations_.push_back(std::move(added));
  listen(Listener::kAnnotation, mark.source, annotations_.size() - 1, lines);
  explains_ = explains && !failed_tests_.empty() && failed_tests_.back().message.empty();
  if (mark.source == MarkSource::kCompiler && !is_placed) lines_left_ = kPlaceLines;
}

void ProblemList::set_place(const Mark& mark) {
  if (lines_left_ == 0 || listener_ != Listener::kAnnotation || source_ != mark.source) return;
  RunAnnotation& annotation = annotations_[index_];
  annotation.file = shown_text(mark.file, kMaxFileBytes);
  annotation.line = mark.line;
  annotation.column = mark.column;
}

void ProblemList::set_message(const Mark& mark) {
  const std::string name = shown_text(mark.name, kMaxNameBytes);
  std::string message = shown_text(mark.message, kMaxMessageBytes, /*lines=*/true);
  if (name.empty()) {
    // Of the test that has failed, or, where the runner tells it as it comes, of the one that runs.
    const bool about_last = lines_left_ > 0 && listener_ == Listener::kTest && source_ == mark.source;
    (about_last ? failed_tests_[index_].message : said_) = std::move(message);
    return;
  }
  for (std::size_t i = 0; i < failed_tests_.size(); ++i) {
    if (failed_tests_[i].name != name || !failed_tests_[i].message.empty()) continue;
    failed_tests_[i].message = std::move(message);
    if (failed_tests_[i].message.empty()) {
      listen(Listener::kTest, mark.source, i, kPanicLines);
    }
    return;
  }
}

void ProblemList::set_suite(std::string_view suite) {
  const std::string shown = shown_text(suite, kMaxNameBytes);
  for (; suited_ < failed_tests_.size(); ++suited_) {
    if (failed_tests_[suited_].suite.empty()) failed_tests_[suited_].suite = shown;
  }
}

void ProblemList::take_message(std::string_view text) {
  if (listener_ == Listener::kTest) {
    append_line(failed_tests_[index_].message, text);
    return;
  }
  append_line(annotations_[index_].message, text);
  if (source_ == MarkSource::kGoogleTest) append_line(said_, text);
  if (explains_) append_line(failed_tests_.back().message, text);
}

bool ProblemList::hear(std::string_view line) {
  if (lines_left_ == 0) return false;
  --lines_left_;
  // rustc's place comes as a mark.
  if (source_ == MarkSource::kCompiler) return false;
  if (source_ == MarkSource::kTap && listener_ == Listener::kTest && line.find("'subtestsFailed'") != line.npos) {
    // The subtests are listed themselves.
    failed_tests_.erase(failed_tests_.begin() + static_cast<std::ptrdiff_t>(index_));
    suited_ = std::min<std::uint64_t>(suited_, failed_tests_.size());
    lines_left_ = 0;
    return true;
  }
  const MessageLine found = read_message_line(source_, line, !began_);
  using Verdict = MessageLine::Verdict;
  if (found.verdict == Verdict::kNothing) return false;
  if (found.verdict == Verdict::kPart && !began_) lines_left_ = std::min(lines_left_, kMessageLines);
  if (found.verdict != Verdict::kPart) lines_left_ = 0;
  began_ = true;
  if (found.text.empty()) return false;
  take_message(found.text);
  return true;
}

bool ProblemList::is_sound() const {
  if (failed_tests_.size() > kMaxFailedTests || annotations_.size() > kMaxAnnotations) return false;
  if (suited_ > failed_tests_.size() || (explains_ && failed_tests_.empty())) return false;
  if (lines_left_ == 0) return true;
  return index_ < (listener_ == Listener::kTest ? failed_tests_.size() : annotations_.size());
}

}  // namespace tailwater
