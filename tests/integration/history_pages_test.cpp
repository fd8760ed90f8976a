// Pages of history: the records of the live stream in its order, from any place, in both directions, none twice, none
// left out, also while files grow and rotate.
#include <gmock/gmock.h>

#include <algorithm>

#include <fmt/format.h>

#include "support/daemon_test.h"
#include "support/history_reader.h"

namespace tailwater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Strings = std::vector<std::string>;

class HistoryPages : public DaemonTest {
 protected:
  [[nodiscard]] RecordsPage page(const std::string& parameters) const { return fetch_page(port(), parameters); }

  [[nodiscard]] Strings backwards(const std::string& filter, int limit) const {
    return page_backwards(port(), filter, limit);
  }
  void forwards(const std::string& filter, int limit, std::string after, Strings& ids) const {
    page_forwards(port(), filter, limit, std::move(after), ids);
  }
  /// The IDs of all records, as a client of the stream with this filter gets them.
  [[nodiscard]] Strings streamed(const std::string& filter) const {
    Strings ids;
    for (const SseEvent& event : events_of(history("from=start&" + filter), "log")) ids.push_back(event.id);
    return ids;
  }
  /// 1500 lines in three files that arrive in turns.
  void write_three() {
    for (int turn = 0; turn < 5; ++turn) {
      for (int file = 0; file < 3; ++file) {
        append_numbered_lines(log(fmt::format("f{}.log", file)), file, static_cast<std::uint64_t>(turn) * 100, 100);
      }
      if (turn > 0) wait_for_count(300U * static_cast<unsigned>(turn + 1));
      if (turn == 0) serve();
    }
  }
  void wait_for_count(std::size_t count) const { EXPECT_THAT(next_lines(*follow("from=start"), count), SizeIs(count)); }
};

// The property that all of this is for, with the stream's own client as the judge.
TEST_F(HistoryPages, AreTheLiveStreamWhileFilesGrowAndRotate) {
  WriterSettings settings;
  settings.directory = logs();
  settings.files = 4;
  settings.lines_per_second = 4000;
  settings.rotate_every = Milliseconds(60);
  settings.seed = 7;
  LogWriter writer(settings);
  serve();
  const auto live = follow("from=start");
  writer.start();
  Strings ahead;
  std::vector<Strings> back;
  forwards("", 150, "start.0.0", ahead);
  while (writer.rotations() < 12 && !HasFailure()) {
    back.push_back(backwards("", 400));
    if (!ahead.empty()) forwards("", 150, ahead.back(), ahead);
    if (ahead.empty()) forwards("", 150, "start.0.0", ahead);
  }
  writer.stop();
  Strings order;
  while (order.size() < writer.total()) {
    const auto event = live->next("log");
    ASSERT_TRUE(event) << order.size() << " of " << writer.total();
    order.push_back(event->id);
  }
  ASSERT_FALSE(ahead.empty());
  forwards("", 1000, ahead.back(), ahead);
  EXPECT_EQ(ahead, order);
  EXPECT_EQ(backwards("", 1000), order);
  for (const Strings& pages : back) {
    ASSERT_LE(pages.size(), order.size());
    EXPECT_TRUE(std::equal(pages.begin(), pages.end(), order.begin())) << pages.size();
  }
  EXPECT_GT(back.size(), 1U);
}

TEST_F(HistoryPages, WithAnyFilterAreThatOfTheStream) {
  write_three();
  for (const char* filter : {"grep=seq%3D%5B0-9%5D*7%20", "level=warn", "file=f1.log&exclude=INFO",
                             "where=level%3E%3Dwarn%20and%20line~%22worker-2%22"}) {
    const Strings expected = streamed(filter);
    ASSERT_GT(expected.size(), 20U) << filter;
    EXPECT_EQ(backwards(filter, 17), expected) << filter;
    Strings ahead;
    forwards(filter, 17, "start.0.0", ahead);
    EXPECT_EQ(ahead, expected) << filter;
  }
}

TEST_F(HistoryPages, AroundARecordAndFromItBothWaysFitTogether) {
  write_three();
  const Strings all = streamed("");
  ASSERT_THAT(all, SizeIs(1500));
  const RecordsPage around = page("limit=21&around=" + all[700]);
  EXPECT_EQ(around.ids, Strings(all.begin() + 690, all.begin() + 711));
  EXPECT_EQ(page("limit=5&before=" + all[700]).ids, Strings(all.begin() + 695, all.begin() + 700));
  EXPECT_EQ(page("limit=5&after=" + all[700]).ids, Strings(all.begin() + 701, all.begin() + 706));
  EXPECT_THAT(page("limit=5&before=" + all[0]).ids, IsEmpty());
  EXPECT_THAT(page("limit=5&after=" + all[1499]).ids, IsEmpty());
}

TEST_F(HistoryPages, AFractionIsWhereItsRecordsLie) {
  write_three();
  const Strings all = streamed("");
  EXPECT_EQ(page("limit=3&at=0").ids, Strings(all.begin(), all.begin() + 3));
  EXPECT_EQ(page("limit=3&at=1").ids, Strings(all.end() - 3, all.end()));
  for (const double at : {0.25, 0.5, 0.62, 0.9}) {
    const RecordsPage got = page(fmt::format("limit=3&at={}", at));
    EXPECT_NEAR(got.json["position"].number(), at, 0.002);
    const auto place = std::find(all.begin(), all.end(), got.ids.at(0)) - all.begin();
    EXPECT_NEAR(static_cast<double>(place), at * 1500, 30) << at;
    EXPECT_EQ(got.ids, Strings(all.begin() + place, all.begin() + place + 3));
    const RecordsPage of_one = page(fmt::format("limit=3&file=f2.log&at={}", at));
    EXPECT_NEAR(of_one.json["position"].number(), at, 0.005);
  }
}

TEST_F(HistoryPages, ATimeIsFoundInWhatWasThereBeforeTheFirstStart) {
  std::string text;
  for (int second = 0; second < 20'000; ++second) {
    text +=
        fmt::format("2026-01-02T{:02}:{:02}:{:02}Z line {}\n", second / 3600, second / 60 % 60, second % 60, second);
  }
  append_to_file(log("app.log"), text);
  serve();
  EXPECT_THAT(page("limit=2&time=2026-01-02T04:05:00Z").lines,
              ElementsAre("2026-01-02T04:05:00Z line 14700", "2026-01-02T04:05:01Z line 14701"));
  EXPECT_THAT(page("limit=1&time=2026-01-02T05:05:00%2B01:00").lines, ElementsAre("2026-01-02T04:05:00Z line 14700"));
  EXPECT_THAT(page("limit=1&time=2025-01-01T00:00:00Z").lines, ElementsAre("2026-01-02T00:00:00Z line 0"));
  const RecordsPage late = page("limit=2&time=10s");
  EXPECT_THAT(late.lines, ElementsAre("2026-01-02T05:33:18Z line 19998", "2026-01-02T05:33:19Z line 19999"));
  EXPECT_TRUE(late.json["at_end"].boolean());
}

TEST_F(HistoryPages, HoldFieldsWhereTheyAreAskedFor) {
  append_to_file(log("app.log"), "{\"status\":503,\"http\":{\"method\":\"POST\"}}\nplain\n");
  serve();
  const JsonValue with = page("fields=1").json;
  ASSERT_THAT(with["records"].items(), SizeIs(2));
  const JsonValue& fields = with["records"].items()[0]["fields"];
  EXPECT_EQ(fields["status"].number(), 503);
  EXPECT_EQ(fields["http.method"].text(), "POST");
  EXPECT_FALSE(with["records"].items()[1].has("fields"));
  EXPECT_FALSE(page("").json["records"].items().at(0).has("fields"));
  EXPECT_TRUE(page("fields=1&at=0").json["records"].items().at(0).has("fields"));
}

TEST_F(HistoryPages, GoThroughCompressedGenerations) {
  append_numbered_lines(log("app.log"), 0, 0, 2000);
  serve_configured("[limits]\nretained_files = 0\n", "app.log");
  wait_for_count(2000);
  const struct {
    Strings command;
    const char* suffix;
  } kPrograms[] = {{{"gzip"}, ".gz"}, {{"zstd", "-q", "--rm"}, ".zst"}, {{"xz"}, ".xz"}};
  std::uint64_t written = 2000;
  for (const auto& program : kPrograms) {
    const std::string rotated = log(fmt::format("app.log.{}", written));
    std::filesystem::rename(log("app.log"), rotated);
    append_numbered_lines(log("app.log"), 0, written, 500);
    written += 500;
    wait_for_count(written);
    ChildSettings settings;
    settings.command = program.command;
    settings.command.push_back(rotated);
    ASSERT_EQ(run_program(settings).exit_code(), 0);
    ASSERT_TRUE(std::filesystem::exists(rotated + program.suffix));
  }
  const Strings all = streamed("");
  ASSERT_THAT(all, SizeIs(written));
  EXPECT_EQ(backwards("", 333), all);
  Strings ahead;
  forwards("", 333, "start.0.0", ahead);
  EXPECT_EQ(ahead, all);
}

}  // namespace
}  // namespace tailwater
