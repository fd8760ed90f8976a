// Entries as lines, and which of them a stream takes.
#include <gmock/gmock.h>

#include "filter/fields.h"
#include "filter/level.h"
#include "filter/record_time.h"
#include "sdjournal/checkpoint_file.h"
#include "sdjournal/entry_filter.h"
#include "sdjournal/entry_line.h"
#include "sdjournal/written_lines.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::Not;
using Entry = std::vector<std::pair<std::string, std::string>>;

constexpr EntryTime kTime{1'764'000'000'000'042};

std::string line_of(const Entry& entry, LineShape shape = {}) {
  EntryLine line(std::move(shape));
  line.begin(kTime);
  for (const auto& [name, value] : entry) line.add(name, value);
  std::string out;
  line.append_to(out);
  return out;
}

TEST(EntryLine, HasWhatEveryEntryHas) {
  EXPECT_EQ(line_of({{"_TRANSPORT", "stdout"},
                     {"PRIORITY", "4"},
                     {"SYSLOG_IDENTIFIER", "nginx"},
                     {"_PID", "812"},
                     {"_UID", "33"},
                     {"_HOSTNAME", "web1"},
                     {"_SYSTEMD_UNIT", "nginx.service"},
                     {"MESSAGE", "slow \"upstream\""}}),
            R"({"time":"2025-11-24T16:00:00.000042Z","level":"warn","priority":4,"unit":"nginx.service",)"
            R"("identifier":"nginx","pid":812,"hostname":"web1","transport":"stdout","message":"slow \"upstream\""})"
            "\n");
}

TEST(EntryLine, IsReadByTheRulesForRecords) {
  const std::string line = line_of({{"PRIORITY", "3"}, {"MESSAGE", "level=debug 2001-01-01T00:00:00Z"}});
  EXPECT_EQ(detect_level(line), Level::kError);
  EXPECT_EQ(detect_time(line, WallTime{}), WallTime(std::chrono::floor<Milliseconds>(kTime)));
  EXPECT_EQ(EntryLine::time_of(line), kTime);
  EXPECT_EQ(EntryLine::time_of("{\"a\":1}"), EntryTime(0));
}

TEST(EntryLine, NamesTheUnitThatATrustedSenderSpeaksOf) {
  const Entry about{{"_SYSTEMD_UNIT", "init.scope"}, {"UNIT", "cron.service"}};
  Entry manager = about;
  manager.emplace_back("_PID", "1");
  EXPECT_THAT(line_of(manager), HasSubstr(R"("unit":"cron.service")"));
  Entry liar = about;
  liar.emplace_back("_PID", "77");
  liar.emplace_back("COREDUMP_UNIT", "sshd.service");
  EXPECT_THAT(line_of(liar), HasSubstr(R"("unit":"init.scope")"));
}

TEST(EntryLine, IsOneLineOfValidTextWhateverAnEntryHolds) {
  std::string message = "one\ntwo\r\0\x1b[31m\xff\xc3";
  message.append("\0end", 4);
  const std::string line = line_of({{"MESSAGE", message}, {"_PID", "12a"}, {"PRIORITY", "9"}});
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(to_valid_utf8(line), line);
  EXPECT_THAT(line, HasSubstr("one\\ntwo\\r"));
  EXPECT_THAT(line, HasSubstr("\\u0000end"));
  EXPECT_THAT(line, Not(HasSubstr("pid")));
  EXPECT_THAT(line, Not(HasSubstr("level")));
}

TEST(EntryLine, IsNeverLongerThanARecordMayBe) {
  for (const std::string& piece :
       {std::string("x"), std::string(1, '\0'), std::string("\xF0\x9F\x8C\x8A"), std::string("\xff")}) {
    std::string huge;
    while (huge.size() < 100'000) huge += piece;
    const Entry entry{{"MESSAGE", huge},
                      {"_HOSTNAME", huge},
                      {"SYSLOG_IDENTIFIER", huge},
                      {"_SYSTEMD_UNIT", huge},
                      {"_TRANSPORT", huge},
                      {"MESSAGE_ID", huge},
                      {"A", huge},
                      {"B", huge},
                      {"A", huge}};
    for (const ByteCount limit : {2048U, 5000U, 30'000U}) {
      const std::string line = line_of(entry, {{"all"}, limit});
      EXPECT_LE(line.size(), limit);
      EXPECT_EQ(to_valid_utf8(line), line);
      EXPECT_THAT(line, HasSubstr(R"(,"truncated":true})"));
      EXPECT_EQ(std::string(line.end() - 2, line.end()), "}\n");
      EXPECT_GT(Fields::of(std::string_view(line).substr(0, line.size() - 1), ParseAs::kJson).size(), 5U) << line;
    }
  }
}

TEST(EntryLine, AddsTheFieldsThatAreAskedFor) {
  const Entry entry{{"MESSAGE", "m"}, {"_UID", "0"}, {"CODE", "a"}, {"CODE", "b"}, {"_PID", "4"}};
  EXPECT_THAT(line_of(entry), Not(HasSubstr("_UID")));
  EXPECT_THAT(line_of(entry, {{"_UID"}}), HasSubstr(R"("message":"m","_UID":"0"})"));
  EXPECT_THAT(line_of(entry, {{"all"}}), HasSubstr(R"("message":"m","_UID":"0","CODE":["a","b"]})"));
  EXPECT_THAT(line_of(entry, {{"all", "_PID"}}), HasSubstr(R"("_PID":"4"})"));
}

bool keeps(const EntryRules& rules, const Entry& entry) {
  auto filter = EntryFilter::make(rules);
  EXPECT_TRUE(filter) << filter.error().message;
  EntryFields fields;
  filter->begin();
  for (const auto& [name, value] : entry) {
    fields.take(name, value);
    filter->look_at(name, value);
  }
  return filter->keeps(fields);
}

TEST(EntryFilter, TakesUnitsByNameAndGlob) {
  const Entry entry{{"_SYSTEMD_UNIT", "nginx.service"}, {"_SYSTEMD_SLICE", "system.slice"}};
  EXPECT_TRUE(keeps({}, entry));
  EXPECT_TRUE(keeps({{"nginx"}, false, {}, {}}, entry));
  EXPECT_TRUE(keeps({{"cron", "ng*"}, false, {}, {}}, entry));
  EXPECT_TRUE(keeps({{"system.slice"}, false, {}, {}}, entry));
  EXPECT_FALSE(keeps({{"nginx.socket"}, false, {}, {}}, entry));
  EXPECT_FALSE(keeps({{"nginx"}, false, {}, {}}, {{"MESSAGE", "no unit"}}));
  EXPECT_TRUE(keeps({{"cron"}, false, {}, {}}, {{"_PID", "1"}, {"UNIT", "cron.service"}}));
  EXPECT_FALSE(keeps({{"cron"}, false, {}, {}}, {{"_PID", "9"}, {"UNIT", "cron.service"}}));
}

TEST(EntryFilter, TakesTheKernelBesideUnitsOrAlone) {
  const Entry kernel{{"_TRANSPORT", "kernel"}};
  const Entry nginx{{"_TRANSPORT", "stdout"}, {"_SYSTEMD_UNIT", "nginx.service"}};
  EXPECT_TRUE(keeps({{}, true, {}, {}}, kernel));
  EXPECT_FALSE(keeps({{}, true, {}, {}}, nginx));
  EXPECT_TRUE(keeps({{"nginx"}, true, {}, {}}, kernel));
  EXPECT_TRUE(keeps({{"nginx"}, true, {}, {}}, nginx));
}

TEST(EntryFilter, TakesAPriorityAndWhatIsMoreSevere) {
  for (const auto* warning : {"warning", "warn", "4"}) {
    const EntryRules rules{{}, false, warning, {}};
    EXPECT_TRUE(keeps(rules, {{"PRIORITY", "4"}}));
    EXPECT_TRUE(keeps(rules, {{"PRIORITY", "0"}}));
    EXPECT_FALSE(keeps(rules, {{"PRIORITY", "5"}}));
    EXPECT_FALSE(keeps(rules, {{"MESSAGE", "none"}}));
  }
}

TEST(EntryFilter, MatchesFieldsAsJournalctlDoes) {
  const EntryRules rules{{}, false, {}, {"A=1", "A=2", "B=x", "+", "C=y"}};
  EXPECT_TRUE(keeps(rules, {{"A", "2"}, {"B", "x"}}));
  EXPECT_TRUE(keeps(rules, {{"C", "y"}}));
  EXPECT_FALSE(keeps(rules, {{"A", "1"}}));
  EXPECT_FALSE(keeps(rules, {{"A", "3"}, {"B", "x"}}));
  EXPECT_FALSE(keeps(rules, {{"A", "1"}, {"A", "2"}}));
}

TEST(EntryFilter, SaysWhatIsWrong) {
  for (const EntryRules& rules :
       {EntryRules{{}, false, "loud", {}}, EntryRules{{}, false, {}, {"x"}}, EntryRules{{}, false, {}, {"lower=1"}},
        EntryRules{{}, false, {}, {"+", "A=1"}}, EntryRules{{"a[b"}, false, {}, {}}}) {
    EXPECT_FALSE(EntryFilter::make(rules));
  }
}

TEST(WrittenLines, KnowsEachLineOnce) {
  WrittenLines lines("a\nb\na\n");
  EXPECT_TRUE(lines.take("a\n"));
  EXPECT_FALSE(lines.take("c\n"));
  EXPECT_TRUE(lines.take("a\n"));
  EXPECT_FALSE(lines.take("a\n"));
  EXPECT_EQ(lines.left(), 1U);
}

TEST(WrittenLines, FinishesATornLineOrEndsIt) {
  std::string out;
  WrittenLines same("a\nbee");
  same.append_to(out, "beetle\n");
  same.append_to(out, "cat\n");
  EXPECT_EQ(out, "tle\ncat\n");
  out.clear();
  WrittenLines other("bee");
  other.append_to(out, "cat\n");
  EXPECT_EQ(out, "\ncat\n");
  out.clear();
  WrittenLines nothing_more("bee");
  nothing_more.end_torn_line(out);
  EXPECT_EQ(out, "\n");
}

TEST(CheckpointFile, KeepsTheLastOneThatIsWhole) {
  TempDir directory;
  const std::string path = directory.file("x.cursor");
  {
    auto file = CheckpointFile::open(path);
    ASSERT_TRUE(file);
    EXPECT_FALSE(file->last());
    ASSERT_TRUE(file->write({10, 7, "s=a;i=1", {}}));
    ASSERT_TRUE(file->write({20, 7, "s=a;i=2", {}}));
    ASSERT_TRUE(file->write({30, 8, "s=a;i=3", {}}));
  }
  auto file = CheckpointFile::open(path);
  ASSERT_TRUE(file && file->last());
  EXPECT_EQ(file->last()->offset, 30U);
  EXPECT_EQ(file->last()->rules, 8U);
  EXPECT_EQ(file->last()->cursor, "s=a;i=3");
  // The third stands in the slot of the first.
  for (std::size_t torn = 0; torn < CheckpointFile::kSlotBytes; torn += 13) {
    std::FILE* bytes = std::fopen(path.c_str(), "r+");
    std::fseek(bytes, static_cast<long>(CheckpointFile::kSlotBytes + torn), SEEK_SET);
    std::fputc('!', bytes);
    std::fclose(bytes);
    file = CheckpointFile::open(path);
    ASSERT_TRUE(file && file->last());
    EXPECT_EQ(file->last()->offset, 20U) << torn;
  }
}

}  // namespace
}  // namespace tailwater
