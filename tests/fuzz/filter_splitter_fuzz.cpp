// Any bytes as a file's: records follow each other without a gap, none is longer than the limit, and cutting what
// whole_records() takes, piece by piece, gives the same records. The first two bytes choose the limit and the flags.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "filter/record_splitter.h"

namespace {

using tailwater::Record;
using tailwater::RecordRules;
using tailwater::RecordSplitter;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<Record> split(std::string_view bytes, std::uint64_t begin, bool continues, bool partial,
                          const RecordRules& rules) {
  std::vector<Record> records;
  RecordSplitter splitter(bytes, begin, continues, partial, rules);
  std::uint64_t at = begin;
  while (const auto record = splitter.next()) {
    require(record->begin == at && record->end > at);
    require(record->line.size() <= rules.max_record_bytes);
    require(record->line.data() == bytes.data() + (at - begin));
    require(record->line.find('\n') == std::string_view::npos);
    at = record->end;
    records.push_back(*record);
  }
  require(at == begin + bytes.size());
  return records;
}

void require_equal(const Record& one, const Record& other) {
  require(one.line == other.line && one.begin == other.begin && one.end == other.end);
  require(one.truncated == other.truncated && one.partial == other.partial);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const RecordRules rules{1U + data[0] % 64U};
  const std::uint64_t begin = data[1];
  const bool continues = (data[1] & 1U) != 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  split(bytes, begin, continues, /*partial=*/true, rules);

  const std::size_t whole = tailwater::whole_records(bytes, rules);
  require(whole <= bytes.size() && bytes.size() - whole <= rules.max_record_bytes + 1);
  const std::vector<Record> expected = split(bytes.substr(0, whole), begin, continues, /*partial=*/false, rules);
  std::size_t told = 0;
  std::size_t next = 0;
  for (std::size_t arrived = 0; arrived <= whole; ++arrived) {
    const std::size_t taken = tailwater::whole_records(bytes.substr(told, arrived - told), rules);
    const bool inside = told == 0 ? continues : bytes[told - 1] != '\n';
    for (const Record& record : split(bytes.substr(told, taken), begin + told, inside, /*partial=*/false, rules)) {
      require(next < expected.size());
      require_equal(record, expected[next++]);
    }
    told += taken;
  }
  return 0;
}
