#include "stream/record_scan.h"

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "stream/test_client.h"

namespace tailwater {
namespace {

using Found = std::tuple<std::uint64_t, std::uint64_t, std::string, bool, bool>;

Found found(const Record& record) {
  return {record.begin, record.end, std::string(record.line), record.truncated, record.partial};
}

std::vector<Found> scan(const RecordBytes& from, const RecordRules& rules, const Query& query) {
  std::vector<Found> all;
  EXPECT_TRUE(scan_records(from, {"s", "/a", {}, &rules}, query, [&](const Record& record, const RecordFacts& facts) {
    EXPECT_EQ(facts.line(), record.line);
    all.push_back(found(record));
    return true;
  }));
  return all;
}

std::vector<Found> scan_plainly(const RecordBytes& from, const RecordRules& rules, const Query& query) {
  std::vector<Found> all;
  RecordSplitter splitter(from.bytes, from.begin, from.continues, from.partial, rules);
  while (const auto record = splitter.next()) {
    if (query.matches(RecordFacts(record->line, WallTime{}))) all.push_back(found(*record));
  }
  return all;
}

TEST(RecordScan, SkippingByALiteralFindsWhatThePlainWayFinds) {
  const auto query = query_of({{"grep", "abc"}, {"exclude", "ca"}});
  ASSERT_FALSE(query->required_literal().empty());
  std::mt19937 random(3);
  std::size_t matches = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 60, 'x');
    for (char& c : bytes) c = "aabbcc\n\r"[random() % 8];
    RecordBytes from;
    from.partial = random() % 2 == 0;
    if (!from.partial && random() % 4 != 0) bytes += '\n';
    from.bytes = bytes;
    from.begin = random() % 1000;
    from.continues = random() % 2 == 0;
    RecordRules rules;
    rules.max_record_bytes = static_cast<std::uint32_t>(1 + random() % 20);
    const auto expected = scan_plainly(from, rules, *query);
    ASSERT_EQ(scan(from, rules, *query), expected) << testing::PrintToString(bytes);
    matches += expected.size();
  }
  EXPECT_GT(matches, 1000U);
}

TEST(RecordScan, SkippingByALiteralSeesRedactedLinesAsTheyAreShown) {
  RecordRules rules;
  rules.redactor = *Redactor::make(std::vector<std::string>{"x=a[bc]+", "y=cac"});
  std::mt19937 random(4);
  std::size_t matches = 0;
  for (const char* pattern : {"abc", "redacted:x", "]c", "b["}) {
    const auto query = query_of({{"grep", pattern[0] == ']' ? "\\]c" : pattern[1] == '[' ? "b\\[" : pattern}});
    ASSERT_FALSE(query->required_literal().empty());
    for (int i = 0; i < 5'000; ++i) {
      std::string bytes(random() % 60, 'x');
      for (char& c : bytes) c = "aabbcc\n\r"[random() % 8];
      RecordBytes from;
      from.bytes = bytes;
      from.partial = true;
      from.continues = random() % 2 == 0;
      rules.max_record_bytes = static_cast<std::uint32_t>(1 + random() % 20);
      const auto expected = scan_plainly(from, rules, *query);
      ASSERT_EQ(scan(from, rules, *query), expected) << testing::PrintToString(bytes);
      matches += expected.size();
    }
  }
  EXPECT_GT(matches, 1000U);
}

TEST(RecordScan, StopsWhereItsVisitorSays) {
  const auto query = query_of({{"grep", "x"}});
  RecordBytes from;
  from.bytes = "x1\ny\nx2\nx3\n";
  const RecordRules rules;
  int visits = 0;
  EXPECT_FALSE(scan_records(from, {"s", "/a", {}, &rules}, *query,
                            [&](const Record&, const RecordFacts&) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

}  // namespace
}  // namespace tailwater
