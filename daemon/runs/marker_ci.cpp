// GitHub's workflow commands, Azure Pipelines' logging commands and TeamCity's service messages.
#include <array>
#include <optional>

#include "base/time_text.h"
#include "runs/line_parts.h"
#include "runs/marker_escapes.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

std::string_view from_percent(std::string_view text, Marks& marks) {
  return text.find('%') == std::string_view::npos ? text : marks.keep(from_percent_escapes(text));
}

/// The value of `key` in `file=a.c,line=1` or `type=error;code=1`; empty if it is not there.
std::string_view property(std::string_view list, std::string_view key, char separator) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    std::string_view one = list.substr(0, end);
    skip_blanks(one);
    if (one.size() > key.size() && one.starts_with(key) && one[key.size()] == '=') return one.substr(key.size() + 1);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return {};
}

std::optional<Severity> severity_of(std::string_view word) {
  if (word == "error") return Severity::kError;
  if (word == "warning") return Severity::kWarning;
  if (word == "notice") return Severity::kNotice;
  return std::nullopt;
}

/// What a step of GitHub's ends with when a command of its failed.
void add_process_result(std::string_view message, MarkSource source, Marks& marks) {
  if (!message.starts_with("Process completed with exit code ")) return;
  marks.add({.kind = MarkKind::kResult, .source = source, .state = RunState::kFailed});
}

/// ::command property=value,...::message
void read_github(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(2);
  const auto head = take_until(rest, "::");
  if (!head || head->empty()) return;
  std::string_view properties = *head;
  const std::string_view command = properties.substr(0, properties.find(' '));
  properties.remove_prefix(command.size());
  if (command == "group") {
    marks.add({.kind = MarkKind::kStageOpened, .source = MarkSource::kGitHub, .name = from_percent(rest, marks)});
  } else if (command == "endgroup") {
    marks.add({.kind = MarkKind::kStageClosed, .source = MarkSource::kGitHub});
  } else if (command == "stop-commands") {
    if (!rest.empty()) marks.add({.kind = MarkKind::kCommandsStopped, .source = MarkSource::kGitHub, .name = rest});
  } else if (const auto severity = severity_of(command)) {
    Mark mark{.kind = MarkKind::kAnnotation, .source = MarkSource::kGitHub, .severity = *severity};
    mark.file = from_percent(property(properties, "file", ','), marks);
    mark.line = line_number(property(properties, "line", ','));
    mark.column = line_number(property(properties, "col", ','));
    mark.title = from_percent(property(properties, "title", ','), marks);
    mark.message = from_percent(rest, marks);
    marks.add(mark);
  } else if (rest.empty() && properties.empty()) {
    marks.add({.kind = MarkKind::kCommandsResumed, .source = MarkSource::kGitHub, .name = command});
  }
}

/// ##[command]text, which is also how GitHub's own files of logs write its commands.
void read_azure_bracket(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(3);
  const auto command = take_until(rest, "]");
  if (!command) return;
  constexpr auto kSource = MarkSource::kAzure;
  if (*command == "group") {
    marks.add({.kind = MarkKind::kStageOpened, .source = kSource, .name = rest});
  } else if (*command == "endgroup") {
    marks.add({.kind = MarkKind::kStageClosed, .source = kSource});
  } else if (*command == "section") {
    if (take(rest, "Starting: ")) {
      marks.add({.kind = MarkKind::kStageOpened, .source = kSource, .name = rest});
    } else if (take(rest, "Finishing: ")) {
      marks.add({.kind = MarkKind::kStageClosed, .source = kSource, .name = rest});
    } else {
      marks.add({.kind = MarkKind::kHeading, .source = kSource, .name = rest});
    }
  } else if (const auto severity = severity_of(*command)) {
    marks.add({.kind = MarkKind::kAnnotation, .source = kSource, .severity = *severity, .message = rest});
    add_process_result(rest, kSource, marks);
  }
}

std::optional<RunState> azure_result(std::string_view word) {
  if (word == "Succeeded" || word == "SucceededWithIssues") return RunState::kPassed;
  if (word == "Failed") return RunState::kFailed;
  if (word == "Canceled" || word == "Cancelled") return RunState::kCanceled;
  if (word == "Skipped") return RunState::kSkipped;
  return std::nullopt;
}

/// ##vso[area.action property=value;...]message
void read_azure_command(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(6);
  const auto head = take_until(rest, "]");
  if (!head) return;
  std::string_view properties = *head;
  const std::string_view command = properties.substr(0, properties.find(' '));
  properties.remove_prefix(command.size());
  if (command == "task.setprogress") {
    const auto percent = parse_number<std::uint64_t>(trimmed(property(properties, "value", ';')));
    if (!percent || *percent > 100) return;
    marks.add({.kind = MarkKind::kProgress,
               .source = MarkSource::kAzure,
               .title = from_percent(rest, marks),
               .fraction = static_cast<double>(*percent) / 100});
  } else if (command == "task.logissue") {
    const auto severity = severity_of(trimmed(property(properties, "type", ';')));
    if (!severity) return;
    marks.add({.kind = MarkKind::kAnnotation,
               .source = MarkSource::kAzure,
               .severity = *severity,
               .title = property(properties, "code", ';'),
               .message = from_percent(rest, marks),
               .file = from_percent(property(properties, "sourcepath", ';'), marks),
               .line = line_number(property(properties, "linenumber", ';')),
               .column = line_number(property(properties, "columnnumber", ';'))});
  } else if (command == "task.complete") {
    const auto state = azure_result(trimmed(property(properties, "result", ';')));
    if (state) marks.add({.kind = MarkKind::kResult, .source = MarkSource::kAzure, .state = *state});
  }
}

/// key='value' in a service message; escapes are resolved.
std::string_view attribute(std::string_view list, std::string_view key, Marks& marks) {
  while (true) {
    skip_blanks(list);
    const auto name = take_until(list, "='");
    if (!name) return {};
    std::size_t end = 0;
    while (end < list.size() && list[end] != '\'') end += list[end] == '|' ? 2 : 1;
    if (end >= list.size()) return {};
    const std::string_view value = list.substr(0, end);
    list.remove_prefix(end + 1);
    if (trimmed(*name) != key) continue;
    return value.find('|') == std::string_view::npos ? value : marks.keep(from_bar_escapes(value));
  }
}

/// 2026-11-20T09:00:00.123+0100: the offset has no colon, which RFC 3339 wants.
std::optional<WallTime> teamcity_time(std::string_view text) {
  std::string fixed(text.substr(0, 40));
  const std::size_t sign = fixed.find_last_of("+-");
  if (sign != std::string::npos && sign > 18 && fixed.size() == sign + 5) fixed.insert(sign + 3, ":");
  if (sign == std::string::npos || sign <= 18) fixed.append(fixed.ends_with('Z') ? "" : "Z");
  const auto time = parse_rfc3339(fixed);
  return time ? std::optional<WallTime>(*time) : std::nullopt;
}

struct ServiceMessage {
  std::string_view name;
  std::string_view attributes;
  Marks* marks;
  [[nodiscard]] std::string_view get(std::string_view key) const { return attribute(attributes, key, *marks); }
};

void read_progress_message(const ServiceMessage& message) {
  std::string_view text = trimmed(message.attributes);
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') {
    text = message.get("content");
  } else {
    text = message.marks->keep(from_bar_escapes(text.substr(1, text.size() - 2)));
  }
  constexpr auto kSource = MarkSource::kTeamCity;
  if (message.name == "progressMessage") {
    message.marks->add({.kind = MarkKind::kProgress, .source = kSource, .title = text, .fraction = -1});
  } else if (message.name == "progressStart") {
    message.marks->add({.kind = MarkKind::kStageOpened, .source = kSource, .name = text});
  } else {
    message.marks->add({.kind = MarkKind::kStageClosed, .source = kSource, .name = text});
  }
}

void read_test_message(const ServiceMessage& message) {
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kTeamCity, .name = message.get("name")};
  if (message.name == "testStarted") mark.kind = MarkKind::kTestStarted;
  if (message.name == "testFailed") {
    mark.state = RunState::kFailed;
    mark.message = message.get("message");
  }
  if (message.name == "testIgnored") mark.state = RunState::kSkipped;
  message.marks->add(mark);
}

void read_build_message(const ServiceMessage& message) {
  constexpr auto kSource = MarkSource::kTeamCity;
  if (message.name == "message") {
    const std::string_view status = message.get("status");
    if (status != "ERROR" && status != "WARNING" && status != "FAILURE") return;
    const auto severity = status == "WARNING" ? Severity::kWarning : Severity::kError;
    message.marks->add(
        {.kind = MarkKind::kAnnotation, .source = kSource, .severity = severity, .message = message.get("text")});
  } else if (message.name == "buildProblem") {
    message.marks->add({.kind = MarkKind::kAnnotation, .source = kSource, .message = message.get("description")});
    message.marks->add({.kind = MarkKind::kResult, .source = kSource, .state = RunState::kFailed});
  } else if (message.name == "buildStatus") {
    const std::string_view status = message.get("status");
    if (status != "SUCCESS" && status != "FAILURE") return;
    const auto state = status == "SUCCESS" ? RunState::kPassed : RunState::kFailed;
    message.marks->add({.kind = MarkKind::kResult, .source = kSource, .state = state});
  }
}

/// ##teamcity[name key='value' ...] or ##teamcity[name 'value']
void read_teamcity(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("##teamcity[").size());
  if (!rest.ends_with(']')) return;
  rest.remove_suffix(1);
  skip_blanks(rest);
  const std::string_view name = rest.substr(0, rest.find(' '));
  rest.remove_prefix(name.size());
  const ServiceMessage message{name, rest, &marks};
  constexpr auto kSource = MarkSource::kTeamCity;
  if (name == "blockOpened" || name == "testSuiteStarted" || name == "compilationStarted") {
    const auto key = name == "compilationStarted" ? "compiler" : "name";
    marks.add({.kind = MarkKind::kStageOpened, .source = kSource, .name = message.get(key)});
  } else if (name == "blockClosed" || name == "testSuiteFinished" || name == "compilationFinished") {
    const auto key = name == "compilationFinished" ? "compiler" : "name";
    marks.add({.kind = MarkKind::kStageClosed, .source = kSource, .name = message.get(key)});
  } else if (name.starts_with("progress")) {
    read_progress_message(message);
  } else if (name == "testStarted" || name == "testFinished" || name == "testFailed" || name == "testIgnored") {
    read_test_message(message);
  } else {
    read_build_message(message);
  }
  if (marks.empty()) return;
  if (const auto time = teamcity_time(message.get("timestamp"))) marks.back().time = time;
}

constexpr std::array kRows{
    MarkerRow{"::", read_github},
    MarkerRow{"##[", read_azure_bracket},
    MarkerRow{"##vso[", read_azure_command},
    MarkerRow{"##teamcity[", read_teamcity},
};

}  // namespace

std::span<const MarkerRow> ci_rows() {
  return kRows;
}

}  // namespace tailwater
