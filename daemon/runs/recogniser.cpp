#include "runs/recogniser.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/time_text.h"
#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

/// The rows of all tools by the first byte of what they begin with.
class RowIndex {
 public:
  RowIndex() {
    for (const auto rows : {ci_rows(), section_rows(), build_rows(), maven_rows(), tap_rows(), suite_rows(),
                            python_rows(), language_rows(), vitest_rows(), script_rows(), compiler_rows()}) {
      for (const MarkerRow& row : rows) rows_[static_cast<unsigned char>(row.begins.front())].push_back(row);
    }
  }
  [[nodiscard]] std::span<const MarkerRow> of(char first) const { return rows_[static_cast<unsigned char>(first)]; }

 private:
  std::array<std::vector<MarkerRow>, 256> rows_;
};

constexpr std::size_t kFurthestPlace = 512;  // of the colon behind a file's name

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Bytes of a time that a runner wrote before each line, RFC 3339 and a blank; GitLab's has `00O ` behind it.
std::size_t time_bytes(std::string_view text) {
  if (text.size() < 22 || text[0] != '2' || text[4] != '-' || text[10] != 'T') return 0;
  const std::size_t end = text.substr(0, 40).find(' ', 19);
  if (end == std::string_view::npos) return 0;
  const std::string_view behind = text.substr(end + 1, 4);
  const bool gitlab = behind.size() == 4 && is_digit(behind[0]) && is_digit(behind[1]) &&
                      (behind[2] == 'O' || behind[2] == 'E') && (behind[3] == ' ' || behind[3] == '+');
  return end + 1 + (gitlab ? 4 : 0);
}

/// The first colon with a digit behind it that is far enough left to end the name of a file; npos if there is none.
std::size_t place_colon(std::string_view text) {
  const std::string_view head = text.substr(0, kFurthestPlace);
  std::size_t at = head.find(':');
  while (at != std::string_view::npos && at + 1 < head.size() && !is_digit(head[at + 1])) at = head.find(':', at + 1);
  return at == std::string_view::npos || at + 1 >= head.size() ? std::string_view::npos : at;
}

/// Bytes of `12: `, which ctest -V writes before what a test prints.
std::size_t test_number_bytes(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && end < 7 && is_digit(text[end])) ++end;
  return end > 0 && text.substr(end, 2) == ": " ? end + 2 : 0;
}

void recognise_text(const MarkerLine& line, Marks& marks) {
  static const RowIndex kRows;
  for (const MarkerRow& row : kRows.of(line.text.front())) {
    if (!line.text.starts_with(row.begins)) continue;
    row.read(line, marks);
    if (!marks.empty()) return;
  }
  if (line.text.ends_with("%]")) read_pytest_progress(line, marks);
  if (!marks.empty()) return;
  if (const std::size_t colon = place_colon(line.text); colon != std::string_view::npos) {
    read_compiler_line(line, colon, marks);
  }
  if (marks.empty() && line.text.substr(0, kFurthestPlace).find("): ") != std::string_view::npos)
    read_bracketed_place(line, marks);
}

}  // namespace

void recognise(std::string_view line, Marks& marks) {
  marks.clear();
  line = line.substr(0, kMaxMarkerBytes);
  const std::size_t stamp = time_bytes(line);
  std::string_view text = line.substr(stamp);
  MarkerLine found;
  found.indent = skip_blanks(text);
  found.text = trimmed(text);
  if (found.text.empty()) return;
  if (const std::size_t number = test_number_bytes(found.text); number > 0) {
    found.text.remove_prefix(number);
    found.indent = skip_blanks(found.text);
    if (found.text.empty()) return;
  }
  recognise_text(found, marks);
  if (marks.empty() || stamp == 0) return;
  const auto time = parse_rfc3339(line.substr(0, line.find(' ')));
  for (Mark& mark : marks) {
    if (time && !mark.time) mark.time = *time;
  }
}

}  // namespace tailwater
