#include "filter/wrapped_line.h"

#include <algorithm>

#include "filter/ascii.h"
#include "filter/json_scan.h"
#include "filter/json_text_value.h"

namespace tailwater {
namespace {

/// Takes the escape `\n`, if the text ends in one, or `\r`.
bool take_escaped_end(std::string_view& text, char letter) {
  if (text.size() < 2 || text.back() != letter || text[text.size() - 2] != '\\') return false;
  std::size_t slashes = 0;
  while (slashes < text.size() - 1 && text[text.size() - 2 - slashes] == '\\') ++slashes;
  if (slashes % 2 == 0) return false;
  text.remove_suffix(2);
  return true;
}

std::optional<WrappedLine> unwrap_docker(std::string_view line) {
  if (line.size() < 2 || line.front() != '{' || line.back() != '}') return std::nullopt;
  WrappedLine found;
  bool has_log = false;
  JsonScan scan(line);
  while (const auto field = scan.next()) {
    if (field->depth != 1) continue;
    if (field->key == "log") {
      found.text = field->value;
      has_log = true;
    } else if (field->key == "stream") {
      found.output = field->value;
    } else if (field->key == "time") {
      found.time = field->value;
    }
  }
  if (!has_log) return std::nullopt;
  found.open = !take_escaped_end(found.text, 'n');
  if (!found.open) (void)take_escaped_end(found.text, 'r');
  found.escaped = found.text.find('\\') != std::string_view::npos;
  return found;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

/// The tags are separated by colons, the first is P or F (kubernetes/design-proposals, CRI logging).
std::optional<WrappedLine> unwrap_cri(std::string_view line) {
  WrappedLine found;
  found.time = take_word(line);
  if (found.time.size() < 20 || !is_digit(found.time.front()) || found.time[10] != 'T') return std::nullopt;
  found.output = take_word(line);
  if (found.output != "stdout" && found.output != "stderr") return std::nullopt;
  std::string_view tags = take_word(line);
  tags = tags.substr(0, tags.find(':'));
  if (tags != "P" && tags != "F") return std::nullopt;
  found.open = tags == "P";
  found.text = line;
  return found;
}

}  // namespace

std::optional<WrappedLine> unwrap(std::string_view line, ParseAs form) {
  return form == ParseAs::kDocker ? unwrap_docker(line) : unwrap_cri(line);
}

void append_text(std::string& out, const WrappedLine& line) {
  if (line.escaped) {
    append_json_unescaped(out, line.text);
  } else {
    out.append(line.text);
  }
}

}  // namespace tailwater
