// Fields of records, and conditions on them: live, in history, for the last N, and over a restart.
#include <gmock/gmock.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class FieldsOf : public DaemonTest {
 protected:
  static std::string request(int number, int status) {
    return "{\"n\":" + std::to_string(number) + ",\"status\":" + std::to_string(status) + ",\"http\":{\"method\":\"" +
           (number % 2 == 0 ? "GET" : "POST") + "\"}}";
  }
  /// Every seventh fails; every fourteenth of them is a GET.
  void write_requests(int first, int last) {
    std::string text;
    for (int i = first; i < last; ++i) text += request(i, i % 7 == 0 ? 503 : 200) + "\n";
    append_to_file(log("app.log"), text);
  }
  /// status>=500 and http.method="POST"
  static constexpr const char* kWhere = "where=status%3E%3D500%20and%20http.method%3D%22POST%22";
  static Lines expected(int first, int last) {
    Lines lines;
    for (int i = first; i < last; ++i) {
      if (i % 7 == 0 && i % 2 != 0) lines.push_back(request(i, 503));
    }
    return lines;
  }
};

TEST_F(FieldsOf, AConditionHoldsInHistoryLiveAndForTheLastN) {
  write_requests(0, 1000);
  serve();
  EXPECT_EQ(lines_of(history(std::string("from=start&") + kWhere)), expected(0, 1000));
  const Lines all = expected(0, 1000);
  EXPECT_EQ(lines_of(history(std::string("tail=5&") + kWhere)), Lines(all.end() - 5, all.end()));
  const auto live = follow(std::string("tail=0&") + kWhere);
  ASSERT_TRUE(live->next("caught-up"));
  write_requests(1000, 1100);
  EXPECT_EQ(next_lines(*live, expected(1000, 1100).size()), expected(1000, 1100));
}

TEST_F(FieldsOf, AResumeGoesOnBehindTheIdAlsoAfterAKill) {
  write_requests(0, 200);
  serve();
  const auto before = events_of(history(std::string("from=start&") + kWhere), "log");
  ASSERT_EQ(before.size(), expected(0, 200).size());
  daemon().kill();
  write_requests(200, 300);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  const std::size_t middle = before.size() / 2;
  const Lines all = expected(0, 300);
  EXPECT_EQ(lines_of(history("last_event_id=" + before[middle].id + "&" + kWhere)),
            Lines(all.begin() + static_cast<std::ptrdiff_t>(middle) + 1, all.end()));
}

TEST_F(FieldsOf, FieldsAreInTheEventsThatAskForThem) {
  append_to_file(log("app.log"), request(1, 503) + "\nplain text\n");
  serve();
  const auto with = events_of(history("from=start&fields=1"), "log");
  ASSERT_EQ(with.size(), 2U);
  const auto data = JsonValue::parse(with[0].data);
  ASSERT_TRUE(data) << with[0].data;
  EXPECT_EQ((*data)["fields"]["status"].number(), 503);
  EXPECT_EQ((*data)["fields"]["http.method"].text(), "POST");
  EXPECT_EQ(with[1].data.find("fields"), std::string::npos);
  const auto without = events_of(history("from=start"), "log");
  ASSERT_EQ(without.size(), 2U);
  EXPECT_EQ(without[0].data.find("\"fields\""), std::string::npos);
}

TEST_F(FieldsOf, FieldsAreInBatchesToo) {
  write_requests(0, 50);
  serve();
  const auto events = events_of(history("from=start&fields=1&batch=1"), "lines");
  ASSERT_FALSE(events.empty());
  EXPECT_THAT(events[0].data, ::testing::HasSubstr("\"fields\":{\"n\":0,\"status\":503,\"http.method\":\"GET\"}"));
}

}  // namespace
}  // namespace tailwater
