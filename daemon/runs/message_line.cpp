#include "runs/message_line.h"

#include "runs/line_parts.h"

namespace tailwater {
namespace {

using Verdict = MessageLine::Verdict;

MessageLine next_text(std::string_view line) {
  const std::string_view text = trimmed(line);
  return text.empty() ? MessageLine{} : MessageLine{Verdict::kWhole, text};
}

/// The lines up to an empty one; ctest -V writes a number before each.
MessageLine block(std::string_view line, bool first) {
  std::string_view numbered = line;
  if (take_digits(numbered) && (take(numbered, ": ") || numbered == ":")) line = numbered;
  const std::string_view text = trimmed(line);
  if (text.empty()) return {first ? Verdict::kNothing : Verdict::kEnd, {}};
  return {Verdict::kPart, text};
}

/// What is indented, empty lines included.
MessageLine indented(std::string_view line) {
  const std::string_view text = trimmed(line);
  if (text.empty()) return {};
  return line.front() == ' ' ? MessageLine{Verdict::kPart, text} : MessageLine{Verdict::kEnd, {}};
}

/// The lines up to the stack behind them.
MessageLine panic(std::string_view line) {
  const std::string_view text = trimmed(line);
  if (text.empty() || text.starts_with("stack backtrace:") || text.starts_with("note: ")) return {Verdict::kEnd, {}};
  return {Verdict::kPart, text};
}

/// The next line, if it is indented.
MessageLine next_indented(std::string_view line) {
  if (line.empty() || line.front() != ' ') return {Verdict::kEnd, {}};
  return next_text(line);
}

/// The value of `error:` in the YAML block behind a test point; `|-` means that it is in the lines below.
MessageLine yaml_error(std::string_view line, bool first) {
  std::string_view text = trimmed(line);
  // Test::More writes it as a comment.
  if (first && text.starts_with("#   at ")) return {Verdict::kWhole, trimmed(text.substr(1))};
  if (text == "...") return {Verdict::kEnd, {}};
  if (!first) return text.empty() ? MessageLine{Verdict::kEnd, {}} : MessageLine{Verdict::kPart, text};
  if (!take(text, "error: ") && !take(text, "message: ")) return {};
  if (text.starts_with('|') || text.starts_with('>')) return {Verdict::kPart, {}};
  if (text.size() > 1 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
  }
  return {Verdict::kWhole, text};
}

/// A traceback is indented but for its head, and ends with the exception.
MessageLine traceback(std::string_view line) {
  if (line.empty() || line.front() == ' ' || line.front() == '-' || line.front() == '=') return {};
  if (line.starts_with("Traceback (most recent call last)")) return {};
  return {Verdict::kWhole, trimmed(line)};
}

}  // namespace

MessageLine read_message_line(MarkSource source, std::string_view line, bool first) {
  switch (source) {
    case MarkSource::kTap: return yaml_error(line, first);
    case MarkSource::kUnittest: return traceback(line);
    case MarkSource::kGoogleTest: return block(line, first);
    case MarkSource::kCMake: return indented(line);
    case MarkSource::kCargo: return panic(line);
    case MarkSource::kNode: return next_indented(line);
    case MarkSource::kVitest:
    case MarkSource::kMaven: return next_text(line);
    case MarkSource::kGo: return {};  // its lines are marks
    case MarkSource::kGitHub:
    case MarkSource::kGitLab:
    case MarkSource::kTeamCity:
    case MarkSource::kAzure:
    case MarkSource::kTravis:
    case MarkSource::kBuildkite:
    case MarkSource::kJenkins:
    case MarkSource::kNinja:
    case MarkSource::kMake:
    case MarkSource::kCTest:
    case MarkSource::kPytest:
    case MarkSource::kCompiler:
    case MarkSource::kProve:
    case MarkSource::kScript:
    case MarkSource::kOwn: break;
  }
  return {Verdict::kEnd, {}};
}

unsigned message_lines_after(MarkSource source) {
  switch (source) {
    case MarkSource::kTap:
    case MarkSource::kUnittest: return 40;
    case MarkSource::kGoogleTest:
    case MarkSource::kCMake: return 6;
    case MarkSource::kNode:
    case MarkSource::kMaven:
    case MarkSource::kVitest:
    case MarkSource::kGo: return 3;
    case MarkSource::kCargo:
    case MarkSource::kGitHub:
    case MarkSource::kGitLab:
    case MarkSource::kTeamCity:
    case MarkSource::kAzure:
    case MarkSource::kTravis:
    case MarkSource::kBuildkite:
    case MarkSource::kJenkins:
    case MarkSource::kNinja:
    case MarkSource::kMake:
    case MarkSource::kCTest:
    case MarkSource::kPytest:
    case MarkSource::kCompiler:
    case MarkSource::kProve:
    case MarkSource::kScript:
    case MarkSource::kOwn: break;
  }
  return 0;
}

}  // namespace tailwater
