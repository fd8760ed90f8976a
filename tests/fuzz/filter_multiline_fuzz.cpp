// A byte that chooses the rules, one that chooses the reads, then bytes of a file: records that lie end to end, the
// same however the bytes arrive and from each record on; and boundaries found in the middle that are some.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "filter/record_boundary.h"
#include "filter/record_form.h"

namespace {

using tailwater::Multiline;
using tailwater::ParseAs;
using tailwater::RecordRules;

void require(bool holds) {
  if (!holds) std::abort();
}

RecordRules rules_of(unsigned choice) {
  static constexpr std::array<const char*, 4> kConditions{"^>", "^ ", ";$", "a"};
  auto form = std::make_shared<tailwater::RecordForm>();
  const unsigned parse = choice % 4;
  form->parse = parse == 0 ? ParseAs::kDocker : parse == 1 ? ParseAs::kCri : ParseAs::kAuto;
  Multiline::Rule rule;
  rule.mode = static_cast<Multiline::Mode>(choice / 4 % 4);
  rule.condition = kConditions[choice / 16 % 4];
  rule.start = choice / 64 % 2 == 0 ? "" : "^[^ ]";
  rule.max_lines = 4;
  if (parse >= 2 || choice / 128 == 0) form->multiline = *Multiline::make(rule);
  RecordRules rules;
  rules.max_record_bytes = 64;
  rules.form = form;
  return rules;
}

/// Where the records end; all of them lie end to end.
std::set<std::uint64_t> ends_of(std::string_view bytes, std::uint64_t begin, bool continues, const RecordRules& rules) {
  std::set<std::uint64_t> ends;
  std::uint64_t at = begin;
  tailwater::RecordSplitter splitter(bytes, begin, continues, /*partial=*/false, rules);
  while (const auto record = splitter.next()) {
    require(record->begin == at && record->end > at);
    at = record->end;
    ends.insert(at);
  }
  require(at == begin + bytes.size());
  return ends;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || size > 4096) return 0;
  const RecordRules rules = rules_of(data[0]);
  const std::size_t step = 1 + data[1] % 50;
  std::string bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  if (bytes.back() != '\n') bytes.push_back('\n');
  const auto all = ends_of(bytes, 0, /*continues=*/false, rules);

  std::size_t end = 0;
  for (std::size_t there = step; end < bytes.size() && there < bytes.size() + step; there += step) {
    const std::size_t seen = std::min(there, bytes.size());
    const bool continues = end > 0 && bytes[end - 1] != '\n';
    const std::string_view fresh = std::string_view(bytes).substr(end, seen - end);
    const std::size_t whole = whole_records(fresh, rules, continues);
    for (const std::uint64_t each : ends_of(fresh.substr(0, whole), end, continues, rules))
      require(all.count(each) == 1);
    end += whole;
  }
  for (std::size_t from = 0; from < bytes.size(); from += step) {
    const auto first = first_boundary(std::string_view(bytes).substr(from), from == 0, rules);
    require(!first || from + *first == 0 || all.count(from + *first) == 1);
  }
  return 0;
}
