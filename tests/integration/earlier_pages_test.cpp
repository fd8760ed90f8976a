// Whoever installs the daemon next to logs that have been rotated for weeks pages, searches and scrolls through all of
// them, as if the daemon had always been there.
#include <gmock/gmock.h>

#include <chrono>

#include <fmt/format.h>

#include "support/daemon_test.h"
#include "support/history_reader.h"

namespace tailwater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Strings = std::vector<std::string>;

class EarlierPages : public DaemonTest {
 protected:
  static constexpr int kEach = 400;
  static constexpr int kLines = 5 * kEach;

  /// Five days of app.log, of which the daemon sees the last one being written.
  void make_days() {
    const struct {
      const char* name;
      Strings pack;
    } kDays[] = {{"app.log.4", {"gzip"}},
                 {"app.log.3", {"zstd", "-q", "--rm"}},
                 {"app.log.2", {"xz"}},
                 {"app.log.1", {}},
                 {"app.log", {}}};
    for (const auto& day : kDays) {
      append_to_file(log(day.name), text(kEach));
      if (day.pack.empty()) continue;
      ChildSettings settings;
      settings.command = day.pack;
      settings.command.push_back(log(day.name));
      ASSERT_EQ(run_program(settings).exit_code(), 0);
    }
  }
  std::string text(int count) {
    std::string lines;
    while (count-- > 0) lines += line(next_++) + '\n';
    return lines;
  }
  /// Each a minute behind the one before.
  static std::string line(int number) {
    const std::uint64_t noise = static_cast<std::uint64_t>(number + 1) * 0x9E3779B97F4A7C15U;
    return fmt::format("2026-01-{:02}T{:02}:{:02}:00Z {:5} number {:05} of {:016x}", 1 + number / 1440,
                       number / 60 % 24, number % 60, number % 100 == 7 ? "ERROR" : "INFO", number, noise);
  }
  static Strings lines(int first, int past) {
    Strings all;
    for (int number = first; number < past; ++number) all.push_back(line(number));
    return all;
  }
  [[nodiscard]] RecordsPage page(const std::string& parameters) const { return fetch_page(port(), parameters); }
  [[nodiscard]] std::vector<SseEvent> search(const std::string& parameters) const {
    return fetch_scan(port(), "/api/search?" + parameters);
  }
  [[nodiscard]] Strings streamed() const {
    Strings ids;
    for (const SseEvent& event : events_of(history("from=start"), "log")) ids.push_back(event.id);
    return ids;
  }
  /// In place: what its head says is as it was.
  void damage(const std::string& name) const {
    std::filesystem::resize_file(log(name), std::filesystem::file_size(log(name)) - 12);
  }

  int next_ = 0;
};

TEST_F(EarlierPages, LeadBothWaysThroughAllOfThemAlsoOverARestart) {
  make_days();
  serve_configured("", "app.log");
  const Strings back = page_backwards(port(), "", 333);
  ASSERT_THAT(back, SizeIs(kLines));
  const auto live = follow("tail=0");
  append_to_file(log("app.log"), text(10));
  ASSERT_THAT(next_lines(*live, 10), SizeIs(10));
  Strings ahead;
  page_forwards(port(), "", 150, "start.0.0", ahead);
  EXPECT_EQ(ahead, streamed());
  EXPECT_THAT(ahead, SizeIs(kLines + 10));
  EXPECT_TRUE(std::equal(back.begin(), back.end(), ahead.begin()));
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  EXPECT_EQ(page_backwards(port(), "", 1000), ahead);
  Strings errors;
  page_forwards(port(), "level=error", 3, "start.0.0", errors);
  EXPECT_THAT(errors, SizeIs(kLines / 100 + 1));
}

TEST_F(EarlierPages, OpenAtALinkIntoOneOfThem) {
  make_days();
  serve_configured("", "app.log");
  const Strings ids = streamed();
  ASSERT_THAT(ids, SizeIs(kLines));
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  for (const int at : {1000, 3, 399, 400, 801, 1599, 1601}) {
    const auto index = static_cast<std::size_t>(at);
    const RecordsPage around = page("limit=7&around=" + ids[index]);
    EXPECT_EQ(around.lines, lines(at - 3, at + 4)) << at;
    EXPECT_EQ(page("limit=3&before=" + ids[index]).lines, lines(at - 3, at)) << at;
    EXPECT_EQ(page("limit=3&after=" + ids[index]).lines, lines(at + 1, at + 4)) << at;
  }
}

TEST_F(EarlierPages, AreWhereTheScrollBarSaysThatTheyAre) {
  make_days();
  serve_configured("", "app.log");
  for (const double at : {0.5, 0.1, 0.3, 0.7, 0.9}) {
    const RecordsPage got = page(fmt::format("limit=3&at={}", at));
    EXPECT_NEAR(got.json["position"].number(), at, 1.0 / kLines) << at;
  }
  for (const double at : {0.0, 0.1, 0.3, 0.5, 0.7, 0.9}) {
    const int number = static_cast<int>(at * kLines);
    EXPECT_EQ(page(fmt::format("limit=3&at={}", at)).lines, lines(number, number + 3)) << at;
  }
  EXPECT_EQ(page("limit=3&at=1").lines, lines(kLines - 3, kLines));
  EXPECT_EQ(page("limit=2&time=2026-01-01T10:00:00Z").lines, lines(600, 602));
  EXPECT_EQ(page("limit=2&time=2026-01-01T00:00:00Z").lines, lines(0, 2));
}

TEST_F(EarlierPages, AreSearchedCountedAndDownloaded) {
  make_days();
  serve_configured("", "app.log");
  EXPECT_THAT(matches_of(search("grep=number+00123&context=1")), ElementsAre(line(123)));
  Strings errors;
  for (int number = 7; number < kLines; number += 100) errors.push_back(line(number));
  EXPECT_EQ(matches_of(search("level=error&order=oldest")), errors);
  EXPECT_EQ(matches_of(search("level=error")), Strings(errors.rbegin(), errors.rend()));
  EXPECT_EQ(matches_of(search("level=error&order=oldest&since=2026-01-01T05:00:00Z&until=2026-01-01T14:00:00Z")),
            Strings(errors.begin() + 3, errors.begin() + 9));
  const auto counts = fetch_scan(port(), "/api/histogram?level=error");
  const auto json = JsonValue::parse(events_of(counts, "histogram").back().data);
  double total = 0;
  for (const JsonValue& bucket : (*json)["buckets"].items()) total += bucket["counts"]["error"].number();
  EXPECT_EQ(total, kLines / 100);
  EXPECT_EQ((*json)["from"].text().substr(0, 10), "2026-01-01");
  std::string all;
  for (const std::string& each : lines(0, kLines)) all += each + '\n';
  EXPECT_EQ(get("/api/raw/app/app.log?format=text").body, all);
}

TEST_F(EarlierPages, SayWhatIsGoneAndWhatIsDamaged) {
  make_days();
  serve_configured("", "app.log");
  std::filesystem::remove(log("app.log.1"));
  damage("app.log.3.zst");
  Strings reasons;
  Strings found;
  std::string before;
  do {
    const RecordsPage got = page("limit=150" + (before.empty() ? "" : "&before=" + before));
    found.insert(found.begin(), got.lines.begin(), got.lines.end());
    for (const JsonValue& gap : got.json["gaps"].items()) reasons.push_back(gap["reason"].text());
    before = got.before();
  } while (!before.empty() && !HasFailure());
  Strings expected = lines(0, kEach);
  for (const int day : {2, 4}) {
    const Strings more = lines(day * kEach, (day + 1) * kEach);
    expected.insert(expected.end(), more.begin(), more.end());
  }
  EXPECT_EQ(found, expected);
  EXPECT_THAT(reasons, ElementsAre("rotated", "unreadable"));
  const auto events = search("level=error");
  EXPECT_THAT(matches_of(events), SizeIs(3 * kEach / 100));
  EXPECT_THAT(events_of(events, "gap"), SizeIs(2));
}

TEST_F(EarlierPages, AreNotReadForWhatIsNewerThanTheirLastLine) {
  make_days();
  const auto week_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 7);
  for (const char* name : {"app.log.4.gz", "app.log.3.zst", "app.log.2.xz"}) {
    std::filesystem::last_write_time(log(name), week_ago);
  }
  serve_configured("", "app.log");
  for (const char* name : {"app.log.4.gz", "app.log.3.zst", "app.log.2.xz"}) damage(name);
  EXPECT_THAT(events_of(search("grep=number&since=1d"), "gap"), IsEmpty());
  const RecordsPage newest = page("limit=600");
  EXPECT_EQ(newest.lines, lines(kLines - 600, kLines));
  EXPECT_THAT(newest.json["gaps"].items(), IsEmpty());
}

}  // namespace
}  // namespace tailwater
