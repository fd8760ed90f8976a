// Any bytes as those of a file in UTF-16: records follow each other without a gap, are no longer than their bytes
// allow, and cutting what whole_records() takes, piece by piece, gives the same records. The first byte chooses the
// limit and the byte order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "filter/record_splitter.h"

namespace {

using tailwater::RecordRules;
using tailwater::RecordSplitter;
using tailwater::TextEncoding;

struct Cut {
  std::string line;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool truncated = false;
  friend bool operator==(const Cut&, const Cut&) = default;
};

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<Cut> split(std::string_view bytes, std::uint64_t begin, bool continues, const RecordRules& rules) {
  std::vector<Cut> records;
  RecordSplitter splitter(bytes, begin, continues, /*partial=*/false, rules);
  std::uint64_t at = begin;
  while (const auto record = splitter.next()) {
    require(record->begin == at && record->end > at);
    require(record->line.size() <= rules.limit() * 3 / 2);
    require(record->line.find('\n') == std::string_view::npos);
    at = record->end;
    records.push_back({std::string(record->line), record->begin, record->end, record->truncated});
  }
  require(at == begin + bytes.size());
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  RecordRules rules{1U + data[0] % 64U};
  rules.encoding = (data[0] & 64U) != 0 ? TextEncoding::kUtf16Le : TextEncoding::kUtf16Be;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  split(bytes, 0, /*continues=*/false, rules);

  const std::size_t whole = tailwater::whole_records(bytes, rules);
  require(whole % 2 == 0 && whole <= bytes.size() && bytes.size() - whole <= rules.limit() + 3);
  const std::vector<Cut> expected = split(bytes.substr(0, whole), 0, /*continues=*/false, rules);
  std::size_t told = 0;
  std::size_t next = 0;
  for (std::size_t arrived = 0; arrived <= whole; ++arrived) {
    const std::size_t taken = tailwater::whole_records(bytes.substr(told, arrived - told), rules);
    const bool inside = told > 0 && !tailwater::ends_with_newline(bytes.substr(0, told), rules.encoding);
    for (const Cut& record : split(bytes.substr(told, taken), told, inside, rules)) {
      require(next < expected.size() && record == expected[next]);
      ++next;
    }
    told += taken;
  }
  return 0;
}
