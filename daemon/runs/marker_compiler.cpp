// What compilers and linkers say, as GCC, Clang, rustc, go, tsc, javac and their kin write it.
#include <array>
#include <optional>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

constexpr auto kSource = MarkSource::kCompiler;

/// `fatal error: `, `error: `, `error TS2322: `, `warning: `: with what stands between the word and the colon as title.
std::optional<Severity> take_severity(std::string_view& rest, std::string_view& code) {
  Severity severity = Severity::kError;
  std::string_view text = rest;
  if (take(text, "warning")) {
    severity = Severity::kWarning;
  } else if (!take(text, "fatal error") && !take(text, "error") && !take(text, "Error")) {
    return std::nullopt;
  }
  const std::size_t colon = text.find(": ");
  if (colon > 24) return std::nullopt;
  code = text.substr(0, colon);
  if (!code.empty() && code.front() != ' ' && code.front() != '[') return std::nullopt;
  if (code.starts_with('[') && code.ends_with(']')) code = code.substr(1, code.size() - 2);
  code = trimmed(code);
  rest = text.substr(colon + 2);
  return severity;
}

bool is_file_name(std::string_view text) {
  return !text.empty() && text.find_first_of("\"'<>()=,;|*?") == std::string_view::npos;
}

std::uint32_t take_line_number(std::string_view& rest) {
  const auto number = take_digits(rest);
  return number && *number <= UINT32_MAX ? static_cast<std::uint32_t>(*number) : 0;
}

void add_problem(Severity severity, std::string_view code, std::string_view message, Marks& marks) {
  marks.add(
      {.kind = MarkKind::kAnnotation, .source = kSource, .severity = severity, .title = code, .message = message});
}

/// error: no such file, error[E0308]: mismatched types, warning: unused variable
void read_bare(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  std::string_view code;
  if (line.indent > 0) return;
  const auto severity = take_severity(rest, code);
  // rustc counts what it has told already.
  if (!severity || rest.ends_with(" warnings emitted") || rest.ends_with(" warning emitted") ||
      rest.starts_with("aborting due to ")) {
    return;
  }
  if (rest.starts_with('`') && rest.find(") generated ") != std::string_view::npos) return;
  add_problem(*severity, code, rest, marks);
}

/// --> src/main.rs:2:5
void read_rust_place(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("--> ").size());
  const std::size_t last = rest.rfind(':');
  if (last == std::string_view::npos || last == 0) return;
  const std::size_t middle = rest.rfind(':', last - 1);
  if (middle == std::string_view::npos || line.indent == 0) return;
  const std::uint32_t number = line_number(rest.substr(middle + 1, last - middle - 1));
  if (number == 0) return;
  marks.add({.kind = MarkKind::kAnnotationPlace,
             .source = kSource,
             .file = rest.substr(0, middle),
             .line = number,
             .column = line_number(rest.substr(last + 1))});
}

/// collect2: error: ld returned 1 exit status, cc1plus: fatal error: ...
void read_tool(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  std::string_view code;
  if (line.indent > 0 || !take_until(rest, ": ")) return;
  if (const auto severity = take_severity(rest, code)) add_problem(*severity, code, rest, marks);
}

constexpr std::array kRows{
    MarkerRow{"error", read_bare},      MarkerRow{"warning", read_bare}, MarkerRow{"--> ", read_rust_place},
    MarkerRow{"collect2: ", read_tool}, MarkerRow{"clang: ", read_tool}, MarkerRow{"clang++: ", read_tool},
    MarkerRow{"gcc: ", read_tool},      MarkerRow{"g++: ", read_tool},   MarkerRow{"cc1: ", read_tool},
    MarkerRow{"cc1plus: ", read_tool},  MarkerRow{"ld: ", read_tool},
};

}  // namespace

std::span<const MarkerRow> compiler_rows() {
  return kRows;
}

void read_compiler_line(const MarkerLine& line, std::size_t colon, Marks& marks) {
  const std::string_view file = line.text.substr(0, colon);
  std::string_view rest = line.text.substr(colon + 1);
  Mark mark{.kind = MarkKind::kAnnotation, .source = kSource};
  mark.line = take_line_number(rest);
  if (mark.line == 0 || !is_file_name(file)) return;
  mark.file = file;
  if (take(rest, ": Failure")) {
    mark.source = MarkSource::kGoogleTest;
    if (rest.empty()) marks.add(mark);
    return;
  }
  if (line.indent > 0 && file.ends_with("_test.go") && take(rest, ": ")) {
    marks.add({.kind = MarkKind::kTestSaid, .source = MarkSource::kGo, .message = rest});
    return;
  }
  if (rest.size() > 1 && rest[0] == ':' && rest[1] >= '0' && rest[1] <= '9') {
    rest.remove_prefix(1);
    mark.column = take_line_number(rest);
  }
  if (!take(rest, ": ") && !take(rest, " - ")) return;
  if (const auto severity = take_severity(rest, mark.title)) {
    mark.severity = *severity;
  } else if (mark.column == 0 || !file.ends_with(".go") || line.indent > 0) {
    return;
  }
  mark.message = rest;
  marks.add(mark);
}

void read_bracketed_place(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  const auto file = take_until(rest, "(");
  Mark mark{.kind = MarkKind::kAnnotation, .source = kSource};
  mark.line = take_line_number(rest);
  if (!file || mark.line == 0 || !is_file_name(*file)) return;
  if (take(rest, ",")) mark.column = take_line_number(rest);
  if (!take(rest, "): ")) return;
  const auto severity = take_severity(rest, mark.title);
  if (!severity) return;
  mark.file = *file;
  mark.severity = *severity;
  mark.message = rest;
  marks.add(mark);
}

}  // namespace tailwater
