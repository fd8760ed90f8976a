// What ninja, CMake and make say about a build.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

/// [12/345] CXX main.o, [ 42%] Building CXX object main.o
void read_step(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(1);
  skip_blanks(rest);
  const auto done = take_digits(rest);
  if (!done) return;
  if (take(rest, "%] ") && *done <= 100) {
    marks.add({.kind = MarkKind::kProgress,
               .source = MarkSource::kMake,
               .title = rest,
               .fraction = static_cast<double>(*done) / 100});
    return;
  }
  if (!take(rest, "/")) return;
  const auto total = take_digits(rest);
  if (!total || !take(rest, "] ") || *total == 0 || *done > *total) return;
  marks.add({.kind = MarkKind::kProgress, .source = MarkSource::kNinja, .title = rest, .done = *done, .total = *total});
}

/// ninja: build stopped: subcommand failed., ninja: error: ...
void read_ninja(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("ninja: ").size());
  constexpr auto kSource = MarkSource::kNinja;
  if (take(rest, "error: ") || take(rest, "fatal: ")) {
    marks.add({.kind = MarkKind::kAnnotation, .source = kSource, .message = rest});
    marks.add({.kind = MarkKind::kResult, .source = kSource, .state = RunState::kFailed});
  } else if (take(rest, "build stopped: ")) {
    marks.add({.kind = MarkKind::kResult,
               .source = kSource,
               .state = rest.starts_with("interrupted") ? RunState::kCanceled : RunState::kFailed});
  } else if (rest.starts_with("no work to do.")) {
    marks.add({.kind = MarkKind::kResult, .source = kSource, .state = RunState::kPassed});
  }
}

/// CMake Error at CMakeLists.txt:3 (message):, CMake Warning (dev) at ..., CMake Error: message
void read_cmake_problem(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("CMake ").size());
  Mark mark{.kind = MarkKind::kAnnotation, .source = MarkSource::kCMake};
  if (!take(rest, "Error")) {
    if (!take(rest, "Warning") && !take(rest, "Deprecation Warning")) return;
    mark.severity = Severity::kWarning;
  }
  take(rest, " (dev)");
  if (take(rest, " at ")) {
    const auto file = take_until(rest, ":");
    const auto number = take_digits(rest);
    if (!file || !number) return;
    mark.file = *file;
    mark.line = static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, UINT32_MAX));
  } else if (take(rest, ":")) {
    mark.message = trimmed(rest);
  } else {
    return;
  }
  marks.add(mark);
}

/// -- The CXX compiler identification is GNU 12.2.0, -- Configuring incomplete, errors occurred!
void read_cmake_step(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("-- ").size());
  if (line.indent > 0) return;
  if (rest.starts_with("Configuring incomplete")) {
    marks.add({.kind = MarkKind::kResult, .source = MarkSource::kCMake, .state = RunState::kFailed});
  } else if (rest.starts_with("The ") && rest.find(" compiler identification is ") != std::string_view::npos) {
    marks.add({.kind = MarkKind::kPhase, .source = MarkSource::kCMake, .name = "cmake"});
  }
}

/// make[1]: *** [Makefile:5: all] Error 2
void read_make(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(line.text.find("make") + 4);
  if (take(rest, "[") && !take_until(rest, "]")) return;
  if (!take(rest, ": *** ")) return;
  if (rest.ends_with("(ignored)") || rest.starts_with("Waiting for unfinished jobs")) return;
  Mark mark{.kind = MarkKind::kAnnotation, .source = MarkSource::kMake, .message = rest};
  std::string_view place = rest;
  if (take(place, "[")) {
    const auto file = take_until(place, ":");
    const auto number = take_digits(place);
    if (file && number && place.starts_with(':')) {
      mark.file = *file;
      mark.line = static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, UINT32_MAX));
    }
  }
  marks.add(mark);
  const bool interrupted = rest.ends_with("Interrupt") || rest.ends_with("Terminated");
  marks.add({.kind = MarkKind::kResult,
             .source = MarkSource::kMake,
             .state = interrupted ? RunState::kCanceled : RunState::kFailed});
}

constexpr std::array kRows{
    MarkerRow{"[", read_step},           MarkerRow{"ninja: ", read_ninja},   MarkerRow{"CMake ", read_cmake_problem},
    MarkerRow{"-- ", read_cmake_step},   MarkerRow{"make: *** ", read_make}, MarkerRow{"make[", read_make},
    MarkerRow{"gmake: *** ", read_make}, MarkerRow{"gmake[", read_make},
};

}  // namespace

std::span<const MarkerRow> build_rows() {
  return kRows;
}

}  // namespace tailwater
