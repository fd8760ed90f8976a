#include "runs/own_rules.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "runs/recogniser.h"

namespace tailwater {
namespace {

constexpr auto kSource = MarkSource::kOwn;

constexpr std::array<std::string_view, 23> kNames{"stage",   "begin", "end",     "done",    "total",  "percent",
                                                  "text",    "test",  "suite",   "outcome", "passed", "failed",
                                                  "skipped", "error", "warning", "notice",  "file",   "line",
                                                  "column",  "title", "message", "mask",    "result"};

std::string known_names() {
  std::string names;
  for (const std::string_view name : kNames) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

/// The words of common tools for how something ended.
std::optional<RunState> outcome_of(std::string_view word) {
  std::string lower(word.substr(0, 16));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (const auto state = parse_run_state(lower)) return state;
  for (const std::string_view good : {"ok", "pass", "success", "successful", "succeeded", "done", "0"}) {
    if (lower == good) return RunState::kPassed;
  }
  for (const std::string_view bad : {"fail", "failure", "not ok"}) {
    if (lower == bad) return RunState::kFailed;
  }
  if (lower == "error") return RunState::kErrored;
  if (lower == "skip" || lower == "ignored") return RunState::kSkipped;
  if (lower == "cancelled" || lower == "aborted") return RunState::kCanceled;
  return std::nullopt;
}

}  // namespace

struct OwnRules::Found {
  std::array<std::string_view, kGroups> values{};
  [[nodiscard]] std::string_view operator[](Group group) const { return values[static_cast<std::size_t>(group)]; }
  [[nodiscard]] bool has(Group group) const { return !(*this)[group].empty(); }
  [[nodiscard]] std::optional<std::uint64_t> number(Group group) const {
    return parse_number<std::uint64_t>((*this)[group]);
  }
};

Result<std::shared_ptr<const OwnRules>> OwnRules::make(std::span<const std::string> patterns) {
  if (patterns.empty()) return std::shared_ptr<const OwnRules>();
  if (patterns.size() > kMaxRules) {
    return fail(ErrorCode::kInvalid, fmt::format("{} rules are too many (at most {})", patterns.size(), kMaxRules));
  }
  auto made = std::make_shared<OwnRules>();
  for (const std::string& text : patterns) {
    auto pattern = CapturePattern::make(text);
    if (!pattern) return fail(std::move(pattern.error()));
    Rule rule{*pattern, {}};
    for (const std::string& name : rule.pattern->names()) {
      const auto* const known = std::find(kNames.begin(), kNames.end(), name);
      if (known == kNames.end()) {
        return fail(ErrorCode::kInvalid, fmt::format("pattern \"{}\": a group named {} means nothing (write one of {})",
                                                     text, name, known_names()));
      }
      rule.groups.push_back(static_cast<Group>(known - kNames.begin()));
    }
    if (rule.groups.empty()) {
      return fail(ErrorCode::kInvalid, fmt::format("pattern \"{}\" has no named group to say what it means (write one "
                                                   "like (?P<stage>...); there are {})",
                                                   text, known_names()));
    }
    if (std::count(rule.groups.begin(), rule.groups.end(), Group::kMask) > 0) {
      if (rule.groups.size() == 1) continue;
      return fail(ErrorCode::kInvalid,
                  fmt::format("pattern \"{}\": beside mask no other group can be named (make it two rules)", text));
    }
    made->rules_.push_back(std::move(rule));
  }
  return made;
}

void OwnRules::add_test_marks(const Found& found, Marks& marks) {
  if (found.has(Group::kTest)) {
    Mark mark{.kind = MarkKind::kTestEnded, .source = kSource, .name = found[Group::kTest]};
    mark.suite = found[Group::kSuite];
    mark.message = found[Group::kMessage];
    const auto state = outcome_of(found[Group::kOutcome]);
    if (!state) mark.kind = MarkKind::kTestStarted;
    mark.state = state.value_or(RunState::kRunning);
    marks.add(mark);
  }
  if (found.has(Group::kPassed) || found.has(Group::kFailed) || found.has(Group::kSkipped)) {
    Mark mark{.kind = MarkKind::kTotals, .source = kSource, .last = true};
    mark.passed = found.number(Group::kPassed);
    mark.failed = found.number(Group::kFailed);
    mark.skipped = found.number(Group::kSkipped);
    marks.add(mark);
  }
}

void OwnRules::add_marks(const Found& found, Marks& marks) {
  if (found.has(Group::kEnd))
    marks.add({.kind = MarkKind::kStageClosed, .source = kSource, .name = found[Group::kEnd]});
  if (found.has(Group::kStage))
    marks.add({.kind = MarkKind::kHeading, .source = kSource, .name = found[Group::kStage]});
  if (found.has(Group::kBegin)) {
    marks.add({.kind = MarkKind::kStageOpened, .source = kSource, .name = found[Group::kBegin]});
  }
  const auto done = found.number(Group::kDone);
  const auto total = found.number(Group::kTotal);
  Mark progress{.kind = MarkKind::kProgress, .source = kSource, .title = found[Group::kText], .fraction = -1};
  if (done && total && *total > 0 && *done <= *total) {
    progress.done = *done;
    progress.total = *total;
  } else if (const auto percent = parse_number<std::uint64_t>(
                 found[Group::kPercent].substr(0, found[Group::kPercent].find_first_of(".,")));
             percent && *percent <= 100) {
    progress.fraction = static_cast<double>(*percent) / 100;
  }
  if (progress.total > 0 || progress.fraction >= 0 || !progress.title.empty()) marks.add(progress);
  add_test_marks(found, marks);
  for (const auto& [group, severity] :
       {std::pair{Group::kError, Severity::kError}, std::pair{Group::kWarning, Severity::kWarning},
        std::pair{Group::kNotice, Severity::kNotice}}) {
    if (!found.has(group)) continue;
    Mark mark{.kind = MarkKind::kAnnotation, .source = kSource, .severity = severity};
    mark.title = found[Group::kTitle];
    mark.message = found[group];
    mark.file = found[Group::kFile];
    mark.line = parse_number<std::uint32_t>(found[Group::kLine]).value_or(0);
    mark.column = parse_number<std::uint32_t>(found[Group::kColumn]).value_or(0);
    marks.add(mark);
  }
  if (const auto state = outcome_of(found[Group::kResult])) {
    marks.add({.kind = MarkKind::kResult, .source = kSource, .state = *state, .last = is_final(*state)});
  }
}

void OwnRules::recognise(std::string_view line, Marks& marks) const {
  line = line.substr(0, kMaxMarkerBytes);
  std::array<std::string_view, CapturePattern::kMaxGroups> values;
  for (const Rule& rule : rules_) {
    if (!rule.pattern->capture(line, std::span(values).first(rule.groups.size()))) continue;
    Found found;
    for (std::size_t i = 0; i < rule.groups.size(); ++i) {
      found.values[static_cast<std::size_t>(rule.groups[i])] = values[i];
    }
    add_marks(found, marks);
    return;
  }
}

std::vector<std::string> OwnRules::masks_of(std::span<const std::string> patterns) {
  std::vector<std::string> masks;
  for (const std::string& pattern : patterns) {
    const auto made = CapturePattern::make(pattern);
    if (made && std::count((*made)->names().begin(), (*made)->names().end(), "mask") > 0) masks.push_back(pattern);
  }
  return masks;
}

}  // namespace tailwater
