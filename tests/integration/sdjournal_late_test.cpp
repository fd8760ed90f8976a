// The system's journal as a source, where its files do not come in the order of their entries, or are removed.
#include <gmock/gmock.h>

#include "support/scrape.h"
#include "support/system_journal.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::Not;

class LateJournal : public SystemJournal {
 protected:
  static void append(std::vector<int>& numbers, int begin, int end) {
    for (const int number : range(begin, end)) numbers.push_back(number);
  }
};

TEST_F(LateJournal, AFileOfOlderEntriesIsReadWhenItAppears) {
  write(100, 200, "a.journal");
  serve_journal();
  EXPECT_EQ(numbers(100), range(100, 200));
  write(0, 50, "b.journal");
  std::vector<int> all = range(100, 200);
  append(all, 0, 50);
  EXPECT_EQ(numbers(all.size()), all);
  write(200, 210, "a.journal");
  append(all, 200, 210);
  EXPECT_EQ(numbers(all.size()), all);
  EXPECT_THAT(get("/metrics").body, HasSubstr("tailwater_sdjournal_late_total{stream=\"journal\"} 50\n"));
}

TEST_F(LateJournal, AMachineWhoseEntriesArriveLateLosesNone) {
  write(0, 10, "here.journal");
  write(1000, 1010, "there.journal");
  serve_journal();
  std::vector<int> all = range(0, 10);
  append(all, 1000, 1010);
  EXPECT_EQ(numbers(all.size()), all);
  for (int round = 1; round < 4; ++round) {
    write(round * 10, round * 10 + 10, "here.journal");
    append(all, round * 10, round * 10 + 10);
    EXPECT_EQ(numbers(all.size()), all);
    // And while nobody looks.
    daemon().kill();
    write(1000 + round * 10, 1010 + round * 10, "there.journal");
    ASSERT_TRUE(daemon().start()) << daemon().failure();
    append(all, 1000 + round * 10, 1010 + round * 10);
    EXPECT_EQ(numbers(all.size()), all);
  }
  daemon().kill();
  write(500, 510, "third.journal");
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  append(all, 500, 510);
  EXPECT_EQ(numbers(all.size()), all);
  EXPECT_THAT(daemon().errors(), Not(HasSubstr("removed from the system's journal")));
}

TEST_F(LateJournal, WhatWasPassedOverAtTheBeginningStaysSo) {
  write(0, 100, "a.journal");
  write(1000, 1100, "b.journal");
  serve_journal("since = \"now\"");
  ASSERT_TRUE(says("follows the system's journal"));
  write(1100, 1110, "b.journal");
  EXPECT_EQ(numbers(10), range(1100, 1110));
  daemon().kill();
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  write(100, 105, "a.journal");
  std::vector<int> all = range(1100, 1110);
  append(all, 100, 105);
  EXPECT_EQ(numbers(all.size()), all);
}

TEST_F(LateJournal, AFolderThatIsMadeAnewIsFollowed) {
  write(0, 10);
  serve_journal();
  EXPECT_EQ(numbers(10), range(0, 10));
  std::filesystem::rename(journal(), journal() + ".old");
  std::filesystem::create_directory(journal());
  write(10, 20, "fresh.journal");
  // The entry that was read last is in the folder that went: how many are missing is not known.
  const auto client = follow("from=start&stream=journal");
  const auto lines = next_lines(*client, 21);
  ASSERT_EQ(lines.size(), 21U);
  EXPECT_THAT(lines[10], HasSubstr("removed from the system's journal before they were read"));
  EXPECT_EQ(number_of(lines[20]), 19);
}

TEST_F(LateJournal, ASpoolThatIsRemovedIsMadeAnew) {
  write(0, 10);
  serve_journal();
  EXPECT_EQ(numbers(10), range(0, 10));
  const auto client = follow("tail=0&stream=journal");
  ASSERT_FALSE(client->read_until([](const SseEvent& event) { return event.type == "caught-up"; }).empty());
  for (const char* ending : {"", ".base", ".cursor"}) std::filesystem::remove(spool() + ending);
  write(10, 20);
  std::vector<int> found;
  for (const std::string& line : next_lines(*client, 10, Milliseconds(20'000))) found.push_back(number_of(line));
  EXPECT_EQ(found, range(10, 20));
  std::filesystem::remove_all(daemon().state_dir() + "/sdjournal");
  write(20, 30);
  found.clear();
  for (const std::string& line : next_lines(*client, 10, Milliseconds(20'000))) found.push_back(number_of(line));
  EXPECT_EQ(found, range(20, 30));
  // And it goes on behind what the new one holds.
  daemon().kill();
  write(30, 40);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  const auto after = follow("from=start&stream=journal&file=*.jsonl");
  std::vector<int> rest;
  while (rest.empty() || rest.back() != 39) {
    const auto one = next_lines(*after, 1, Milliseconds(20'000));
    ASSERT_EQ(one.size(), 1U);
    rest.push_back(number_of(one.front()));
  }
  EXPECT_EQ(std::vector<int>(rest.end() - 20, rest.end()), range(20, 40));
}

}  // namespace
}  // namespace tailwater
