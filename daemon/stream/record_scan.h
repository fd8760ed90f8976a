// scan_records: the records of some bytes that a query lets through, in order. Pure. If the query has a text that
// every match must contain, the bytes are searched for that text and only the lines around the hits are cut and
// looked at: same answer, at the speed of memmem. Bytes begin and end at record boundaries.
#pragma once

#include <cstring>
#include <string_view>

#include "filter/query.h"
#include "filter/record_splitter.h"
#include "filter/regex_filter.h"

namespace tailwater {

/// Bytes that hold whole records, as RecordSplitter takes them.
struct RecordBytes {
  std::string_view bytes;
  std::uint64_t begin = 0;  ///< file offset of the first
  bool continues = false;   ///< begin lies inside a line
  bool partial = false;     ///< the last line has no newline and is let through all the same
  WallTime arrived{};
};

/// Calls visit(const Record&, const RecordFacts&) for each match; false from it ends the scan, and the answer.
template <typename Visit>
bool scan_each_record(const RecordBytes& from, const RecordRules& rules, const Query& query, Visit&& visit) {
  RecordSplitter splitter(from.bytes, from.begin, from.continues, from.partial, rules);
  const bool all = query.passes_everything() && !rules.samples;
  while (const auto record = splitter.next()) {
    const RecordFacts facts(record->line, from.arrived, rules.samples);
    if ((all || query.takes(facts)) && !visit(*record, facts)) return false;
  }
  return true;
}

template <typename Visit>
bool scan_records(const RecordBytes& from, const RecordRules& rules, const Query& query, Visit&& visit) {
  const std::string_view literal = query.required_literal();
  if (literal.empty() || rules.samples) return scan_each_record(from, rules, query, visit);
  std::size_t at = 0;
  while (true) {
    const std::size_t hit = find_literal(from.bytes, literal, at);
    if (hit == std::string_view::npos) return true;
    // A hit lies in the line of its first byte, or (a text with a newline in it) in none.
    const void* before = hit == at ? nullptr : memrchr(from.bytes.data() + at, '\n', hit - at);
    const std::size_t line =
        before == nullptr ? at : static_cast<std::size_t>(static_cast<const char*>(before) - from.bytes.data()) + 1;
    const std::size_t newline = from.bytes.find('\n', hit);
    const std::size_t end = newline == std::string_view::npos ? from.bytes.size() : newline + 1;
    RecordBytes whole_line = from;
    whole_line.bytes = from.bytes.substr(line, end - line);
    whole_line.begin = from.begin + line;
    whole_line.continues = from.continues && line == 0;
    whole_line.partial = from.partial && newline == std::string_view::npos;
    if (!scan_each_record(whole_line, rules, query, visit)) return false;
    at = end;
    if (at == from.bytes.size()) return true;
  }
}

}  // namespace tailwater
