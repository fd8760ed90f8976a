// Files in UTF-16 with a byte order mark: their text is sent as UTF-8, their IDs count bytes of the file.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class Utf16 : public DaemonTest, public testing::WithParamInterface<bool> {
 protected:
  [[nodiscard]] static std::string encoded(std::u16string_view text) {
    std::string bytes;
    for (const char16_t unit : text) {
      const auto low = static_cast<char>(unit & 0xFF);
      const auto high = static_cast<char>(unit >> 8);
      bytes += GetParam() ? std::string{low, high} : std::string{high, low};
    }
    return bytes;
  }
  static std::u16string line_number(std::size_t i) {
    std::u16string line = u"\u0a0a\u00fcber \U0001F600 ";
    for (const char digit : std::to_string(i)) line += static_cast<char16_t>(digit);
    return line + u"\r\n";
  }
  static std::string shown(std::size_t i) { return "\u0a0a\u00fcber \U0001F600 " + std::to_string(i); }
  static Lines shown(std::size_t from, std::size_t to) {
    Lines lines;
    for (; from < to; ++from) lines.push_back(shown(from));
    return lines;
  }
  /// Lines [0, count) behind a byte order mark.
  static std::string file_of(std::size_t count) {
    std::u16string text = u"\uFEFF";
    for (std::size_t i = 0; i < count; ++i) text += line_number(i);
    return encoded(text);
  }
};
INSTANTIATE_TEST_SUITE_P(LittleAndBig, Utf16, testing::Bool());

TEST_P(Utf16, LinesAreFollowedAsTextThroughHalvesAndARestart) {
  serve_configured("[limits]\npartial_after = \"100ms\"\n");
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  append_to_file(log("app.log"), file_of(2));
  EXPECT_EQ(next_lines(*client, 2), shown(0, 2));
  const std::string next = encoded(line_number(2));
  append_to_file(log("app.log"), next.substr(0, 5));
  append_to_file(log("app.log"), next.substr(5) + encoded(u"open \xD83D"));
  EXPECT_EQ(next_lines(*client, 2), (Lines{shown(2), "open "}));
  append_to_file(log("app.log"), encoded(u"\xDE00\n"));
  EXPECT_EQ(next_lines(*client, 1), Lines{"\U0001F600"});
  const Lines all{shown(0), shown(1), shown(2), "open ", "\U0001F600"};
  EXPECT_EQ(lines_of(history("from=start")), all);
  daemon().kill();
  append_to_file(log("app.log"), encoded(line_number(3)));
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  while (client->next(Milliseconds(100))) {
  }
  ASSERT_TRUE(client->connect());
  EXPECT_EQ(next_lines(*client, 1), Lines{shown(3)});
  append_to_file(log("app.log"), encoded(line_number(4)));
  EXPECT_EQ(next_lines(*client, 1), Lines{shown(4)});
}

TEST_P(Utf16, EachIdResumesBehindItsRecord) {
  constexpr std::size_t kLines = 60;
  append_to_file(log("app.log"), file_of(kLines));
  serve();
  const auto events = events_of(history("from=start"), "log");
  ASSERT_EQ(events.size(), kLines);
  for (std::size_t i = 0; i < kLines; i += 7) {
    EXPECT_EQ(lines_of(history("lastEventId=" + events[i].id)), shown(i + 1, kLines)) << events[i].id;
  }
  // The offset counts bytes of the file.
  EXPECT_EQ(events.back().id.substr(events.back().id.rfind('.') + 1), std::to_string(file_of(kLines).size()));
}

TEST_P(Utf16, HistoryIsFoundFromTheMiddleOfAHugeExtent) {
  constexpr std::size_t kLines = 120'000;
  append_to_file(log("app.log"), file_of(kLines));
  serve();
  EXPECT_EQ(lines_of(history("tail=5")), shown(kLines - 5, kLines));
  EXPECT_EQ(lines_of(history("tail=30000")), shown(kLines - 30'000, kLines));
  EXPECT_EQ(lines_of(history("tail=3&grep=%C3%BCber.*1234$")), (Lines{shown(91'234), shown(101'234), shown(111'234)}));
  EXPECT_EQ(lines_of(history("from=start&grep=%F0%9F%98%80%207777$")), Lines{shown(7'777)});
  EXPECT_EQ(lines_of(history("from=start&grep=%0A")), Lines{}) << "a code unit's half is no text";
  const std::string newest = get("/api/records?limit=3").body;
  const std::string middle = get("/api/records?at=0.5&limit=3").body;
  EXPECT_NE(newest.find(shown(kLines - 1) + "\""), std::string::npos) << newest;
  EXPECT_NE(middle.find("\"" + shown(0).substr(0, 12)), std::string::npos) << middle;
  EXPECT_EQ(middle.find("\uFFFD"), std::string::npos) << middle;
  const std::string found = get("/api/search?grep=%C3%BCber.*%2099999$&context=1").body;
  for (const std::size_t i : {std::size_t{99'998}, std::size_t{99'999}, std::size_t{100'000}}) {
    EXPECT_NE(found.find(shown(i) + "\""), std::string::npos) << found;
  }
}

TEST_P(Utf16, RotatedAndCompressedItIsStillTheSame) {
  append_to_file(log("app.log.1"), file_of(50));
  ChildSettings settings;
  settings.command = {"gzip", log("app.log.1")};
  ASSERT_EQ(run_program(settings).exit_code(), 0);
  append_to_file(log("app.log"), file_of(20));
  serve();
  Lines all = shown(0, 50);
  const Lines current = shown(0, 20);
  all.insert(all.end(), current.begin(), current.end());
  EXPECT_EQ(lines_of(history("from=start")), all);
  const auto client = follow("tail=1");
  EXPECT_EQ(next_lines(*client, 1), Lines{shown(19)});
  std::filesystem::rename(log("app.log"), log("app.log.1"));
  append_to_file(log("app.log"), "plain again\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"plain again"});
  EXPECT_EQ(lines_of(history("tail=3")), (Lines{shown(18), shown(19), "plain again"}));
}

TEST_P(Utf16, TimesThatItsLinesStateAreFoundByBisection) {
  std::u16string text = u"\uFEFF";
  for (int second = 0; second < 3600; ++second) {
    const std::string time = fmt::format("2026-01-02T03:{:02}:{:02}Z ", second / 60, second % 60);
    text.append(time.begin(), time.end()).append(u"\u0a0a\u010a and so on, so that it is long\n");
  }
  append_to_file(log("app.log"), encoded(text));
  serve();
  const std::string found = get("/api/records?time=2026-01-02T03:40:10Z&limit=1").body;
  EXPECT_NE(found.find("\"2026-01-02T03:40:10Z \u0a0a\u010a and so on"), std::string::npos) << found;
  EXPECT_EQ(get("/api/search?grep=so&since=2026-01-02T03:59:58Z&until=2026-01-02T03:59:59Z").body.find("03:59:57Z"),
            std::string::npos);
}

TEST_P(Utf16, SecretsInItAreHidden) {
  append_to_file(log("app.log"), encoded(u"\uFEFFlogin password=hunter22x\n"));
  serve();
  const Lines lines = lines_of(history("from=start"));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].find("hunter22x"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[0].rfind("login password", 0), 0U) << lines[0];
}

}  // namespace
}  // namespace tailwater
