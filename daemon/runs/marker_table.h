// MarkerRow: the forms of markers as a table: how a line begins, and who reads the rest. Each marker_*.cpp has rows;
// recogniser.cpp puts them together. Private to runs/.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "runs/mark.h"

namespace tailwater {

/// A line as recognisers get it.
struct MarkerLine {
  std::string_view text;   ///< without indentation and blanks at its end; never empty
  std::size_t indent = 0;  ///< bytes of it
};

/// Called for a line whose text begins so; adds what it finds, or nothing.
using ReadMarker = void (*)(const MarkerLine& line, Marks& marks);

struct MarkerRow {
  std::string_view begins;
  ReadMarker read;
};

[[nodiscard]] std::span<const MarkerRow> ci_rows();        // GitHub, Azure, TeamCity
[[nodiscard]] std::span<const MarkerRow> section_rows();   // GitLab, Travis, Buildkite, Jenkins
[[nodiscard]] std::span<const MarkerRow> build_rows();     // ninja, CMake, make
[[nodiscard]] std::span<const MarkerRow> maven_rows();     // and Gradle's and Ant's last line
[[nodiscard]] std::span<const MarkerRow> tap_rows();       // TAP, node's runner, prove
[[nodiscard]] std::span<const MarkerRow> suite_rows();     // GoogleTest, ctest
[[nodiscard]] std::span<const MarkerRow> python_rows();    // pytest, unittest
[[nodiscard]] std::span<const MarkerRow> language_rows();  // cargo, go
[[nodiscard]] std::span<const MarkerRow> vitest_rows();
[[nodiscard]] std::span<const MarkerRow> script_rows();
[[nodiscard]] std::span<const MarkerRow> compiler_rows();  // without a file before them

/// `file:line:column: error: ...` and its like. `colon` is the first colon behind which a digit stands.
void read_compiler_line(const MarkerLine& line, std::size_t colon, Marks& marks);
/// `file(line,column): error ...`.
void read_bracketed_place(const MarkerLine& line, Marks& marks);
/// What ends with `%]`: a line of pytest.
void read_pytest_progress(const MarkerLine& line, Marks& marks);

}  // namespace tailwater
