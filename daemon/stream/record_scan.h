// scan_records: the records of some bytes that a query lets through, in order. Pure. If the query has a text that
// every match must contain, or a few of which it must contain one, the bytes are searched for that text and only the
// lines around the hits, and those that may be redacted, are cut and looked at: same answer, at the speed of memmem.
// Bytes begin and end at record boundaries.
#pragma once

#include <algorithm>
#include <string_view>

#include "filter/query.h"
#include "filter/record_facts.h"
#include "filter/record_form.h"
#include "filter/record_splitter.h"
#include "filter/regex_filter.h"

namespace tailwater {

/// Bytes that hold whole records, as RecordSplitter takes them.
struct RecordBytes {
  std::string_view bytes;
  std::uint64_t begin = 0;       ///< file offset of the first
  bool continues = false;        ///< begin lies inside a line
  bool partial = false;          ///< the last line has no newline and is let through all the same
  std::string_view before = {};  ///< the text before `begin`, where SecretScan::needs_text_before()
};

/// `origin` names the rules. Calls visit(const Record&, const RecordFacts&) for each match; false from it ends the
/// scan, and the answer.
template <typename Visit>
bool scan_each_record(const RecordBytes& from, const RecordOrigin& origin, const Query& query, Visit&& visit) {
  RecordSplitter splitter(from.bytes, from.begin, {from.continues, from.before}, from.partial, *origin.rules);
  const bool all = query.passes_everything() && !origin.rules->samples;
  while (const auto record = splitter.next()) {
    const RecordFacts facts(*record, origin);
    if (facts.is_dropped()) continue;
    if ((all || query.takes(facts)) && !visit(*record, facts)) return false;
  }
  return true;
}

template <typename Visit>
bool scan_records(const RecordBytes& from, const RecordOrigin& origin, const Query& query, Visit&& visit) {
  if (!query.can_skip() || origin.rules->samples) return scan_each_record(from, origin, query, visit);
  RecordSplitter splitter(from.bytes, from.begin, {from.continues, from.before}, from.partial, *origin.rules);
  std::size_t hit = query.find_required(from.bytes, 0);
  if (!is_line_by_line(*origin.rules)) {
    const bool none = hit == std::string_view::npos && splitter.next_suspect() == std::string_view::npos;
    return none || scan_each_record(from, origin, query, visit);
  }
  while (true) {
    if (hit < splitter.place()) hit = query.find_required(from.bytes, splitter.place());
    // A hit lies in the line of its first byte, or (a text with a newline in it) in none.
    const std::size_t at = std::min(hit, splitter.next_suspect());
    if (at == std::string_view::npos) return true;
    splitter.skip_to_line_of(at);
    const std::size_t newline = from.bytes.find('\n', at);
    const std::size_t end = newline == std::string_view::npos ? from.bytes.size() : newline + 1;
    while (splitter.place() < end) {
      const auto record = splitter.next();
      const RecordFacts facts(*record, origin);
      if (!facts.is_dropped() && query.takes(facts) && !visit(*record, facts)) return false;
    }
  }
}

}  // namespace tailwater
