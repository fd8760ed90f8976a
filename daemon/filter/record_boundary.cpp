#include "filter/record_boundary.h"

#include <algorithm>

#include "filter/record_form.h"
#include "filter/wrapped_line.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kFirstWindow = 4096;

std::size_t past_newline(std::string_view bytes, std::size_t from, TextEncoding encoding) {
  const std::size_t newline = find_newline(bytes, encoding, from);
  return newline == kNone ? kNone : newline + unit_bytes(encoding);
}

/// The line without its ending.
std::string_view line_at(std::string_view bytes, std::size_t begin, std::size_t end, TextEncoding encoding) {
  const std::size_t unit = unit_bytes(encoding);
  std::string_view line = bytes.substr(begin, end - begin - unit);
  if (ends_with_return(line, encoding)) line.remove_suffix(unit);
  return line;
}

/// Walks over lines of which it is not known how they are joined, until one is sure to begin a record.
class Search {
 public:
  Search(std::string_view bytes, const RecordRules& rules)
      : bytes_(bytes), limit_(rules.limit()), form_(*rules.form), encoding_(rules.encoding) {}

  /// From a line's beginning on; bytes_.size() if the one after the last line is it.
  [[nodiscard]] std::optional<std::size_t> run(std::size_t begin) {
    const std::size_t first = begin;
    const bool lines_decide = !form_.unwraps() && form_.multiline->decides_before();
    while (begin < bytes_.size()) {
      const std::size_t end = past_newline(bytes_, begin, encoding_);
      if (end == kNone) return std::nullopt;
      const std::string_view raw = line_at(bytes_, begin, end, encoding_);
      if (raw.size() > limit_) return begin;
      const std::string_view line = text_of(raw);
      // Whatever began before the first line has no room for this one.
      if (lines_decide && end - first > limit_ && begin > first) return begin;
      if (is_sure(line)) return begin;
      after_ = look(line);
      begin = end;
    }
    return after_ ? std::optional(begin) : std::nullopt;
  }

 private:
  [[nodiscard]] std::string_view text_of(std::string_view line) {
    if (encoding_ == TextEncoding::kBytes) return line;
    line_.clear();
    append_utf16_line(line_, line, /*in_line=*/false, encoding_);
    return line_;
  }

  /// Does a record surely begin with the line? after_ says what is known of the ones before it.
  [[nodiscard]] bool is_sure(std::string_view line) {
    if (after_) return true;
    if (form_.multiline == nullptr || !form_.multiline->decides_before()) return false;
    if (!form_.unwraps()) return form_.multiline->surely_begins(line);
    if (!whole_before_) return false;
    const auto wrapped = unwrap(line, form_.parse);
    if (!wrapped) return form_.multiline->surely_begins(line);
    text_.clear();
    append_text(text_, *wrapped);
    return !wrapped->open && form_.multiline->surely_begins(text_);
  }

  /// Does a record surely end with this line? Of containers' lines only one that neither follows an open one nor is
  /// open is known as a whole.
  [[nodiscard]] bool look(std::string_view line) {
    if (!form_.unwraps()) return form_.multiline->ends(line);
    const auto wrapped = unwrap(line, form_.parse);
    const bool begins = whole_before_;
    whole_before_ = !wrapped || !wrapped->open;
    if (!whole_before_) return false;
    if (form_.multiline == nullptr) return true;
    if (!wrapped || !begins) return false;
    text_.clear();
    append_text(text_, *wrapped);
    return form_.multiline->ends(text_);
  }

  std::string_view bytes_;
  std::size_t limit_;
  const RecordForm& form_;
  TextEncoding encoding_;
  std::string text_;
  std::string line_;
  bool after_ = false;         // a record surely ends where the next line begins
  bool whole_before_ = false;  // and a container's line does
};

/// What is hidden in records changes nothing in where they end.
RecordRules unredacted(RecordRules rules) {
  rules.redactor.reset();
  return rules;
}

/// May what follows the bytes still change where the record that was cut last ends? Not if there is no room in it.
bool is_open(const RecordSplitter& splitter, const Record& record, std::size_t bytes, const RecordRules& rules) {
  return !splitter.is_closed() && bytes - record.begin <= rules.limit();
}

}  // namespace

std::optional<std::size_t> first_boundary(std::string_view bytes, bool at_boundary, const RecordRules& rules) {
  if (at_boundary) return 0;
  const std::size_t line = past_newline(bytes, 0, rules.encoding);
  if (line == kNone) return std::nullopt;
  return joins(rules) ? Search(bytes, rules).run(line) : line;
}

std::optional<std::size_t> last_boundary(std::string_view bytes, bool at_boundary, std::size_t at,
                                         const RecordRules& rules) {
  const auto first = first_boundary(bytes, at_boundary, rules);
  if (!first || *first > at) return std::nullopt;
  const RecordRules raw = unredacted(rules);
  RecordSplitter splitter(bytes.substr(*first), *first, /*before=*/false, /*partial=*/false, raw);
  std::size_t last = *first;
  while (const auto record = splitter.next()) {
    if (record->end > at || is_open(splitter, *record, bytes.size(), rules)) break;
    last = record->end;
  }
  return last;
}

std::size_t closed_records(std::string_view bytes, std::size_t lines, bool continues, const RecordRules& rules) {
  const std::string_view whole = bytes.substr(0, lines);
  if (whole.empty()) return 0;
  std::optional<std::size_t> from;
  for (std::size_t window = kFirstWindow; !from; window *= 4) {
    const std::size_t begin = window < lines ? lines - window : 0;
    const auto found = first_boundary(whole.substr(begin), begin == 0, rules);
    if (found && begin + *found < lines) from = begin + *found;
  }
  const RecordRules raw = unredacted(rules);
  RecordSplitter splitter(whole.substr(*from), *from, continues && *from == 0, /*partial=*/false, raw);
  while (const auto record = splitter.next()) {
    if (is_open(splitter, *record, bytes.size(), rules)) return record->begin;
  }
  return lines;
}

}  // namespace tailwater
