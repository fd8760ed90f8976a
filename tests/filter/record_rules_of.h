// Rules for tests of how lines are joined.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "filter/record_form.h"
#include "filter/record_splitter.h"

namespace tailwater {

inline RecordRules rules_of(ParseAs parse, std::uint32_t max_record_bytes = RecordRules::kDefaultMaxBytes) {
  RecordRules rules;
  rules.max_record_bytes = max_record_bytes;
  auto form = std::make_shared<RecordForm>();
  form->parse = parse;
  rules.form = form;
  return rules;
}
inline RecordRules rules_of(const Multiline::Rule& rule, std::uint32_t max_record_bytes = RecordRules::kDefaultMaxBytes,
                            ParseAs parse = ParseAs::kAuto) {
  RecordRules rules = rules_of(parse, max_record_bytes);
  auto form = std::make_shared<RecordForm>(*rules.form);
  const auto multiline = Multiline::make(rule);
  EXPECT_TRUE(multiline) << (multiline ? "" : multiline.error().message);
  if (multiline) form->multiline = *multiline;
  rules.form = form;
  return rules;
}
inline RecordRules rules_of_built_in(std::string_view name) {
  const auto rule = Multiline::built_in(name);
  EXPECT_TRUE(rule);
  return rules_of(rule.value_or(Multiline::Rule{}));
}

/// A record, copied.
struct CutRecord {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string line;
  bool truncated = false;
  bool partial = false;
  friend bool operator==(const CutRecord&, const CutRecord&) = default;
};
inline void PrintTo(const CutRecord& record, std::ostream* out) {
  *out << record.begin << "-" << record.end << " '" << record.line << "'" << (record.truncated ? " truncated" : "")
       << (record.partial ? " partial" : "");
}

inline std::vector<CutRecord> cut(std::string_view bytes, const RecordRules& rules, std::uint64_t begin = 0,
                                  bool continues = false, bool partial = false) {
  std::vector<CutRecord> records;
  RecordSplitter splitter(bytes, begin, continues, partial, rules);
  while (const auto record = splitter.next()) {
    records.push_back({record->begin, record->end, std::string(record->line), record->truncated, record->partial});
  }
  return records;
}
inline std::vector<std::string> lines_cut(std::string_view bytes, const RecordRules& rules) {
  std::vector<std::string> lines;
  for (const CutRecord& record : cut(bytes, rules)) lines.push_back(record.line);
  return lines;
}

}  // namespace tailwater
