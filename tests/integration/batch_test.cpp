// batch=1: many records in one event where there are many at once, the same records with the same IDs as without.
#include <algorithm>

#include "support/daemon_test.h"
#include "support/json_value.h"
#include "support/lines_event.h"

namespace tailwater {
namespace {

class Batch : public DaemonTest {
 protected:
  static std::vector<SseEvent> records_in(const std::vector<SseEvent>& events) {
    std::vector<SseEvent> records;
    for (const SseEvent& event : events) {
      for (SseEvent& record : expand_lines(event)) {
        EXPECT_NE(record.type, "broken") << record.data;
        if (record.type == "log") records.push_back(std::move(record));
      }
    }
    return records;
  }
  static std::vector<std::string> ids_in(const std::vector<SseEvent>& events) {
    std::vector<std::string> ids;
    for (const SseEvent& record : records_in(events)) ids.push_back(record.id);
    return ids;
  }
  static std::vector<std::string> after(const std::vector<std::string>& ids, std::size_t index) {
    return {ids.begin() + static_cast<std::ptrdiff_t>(index) + 1, ids.end()};
  }
};

TEST_F(Batch, HistoryHasTheSameRecordsInFewEvents) {
  append_numbered_lines(log("a.log"), 0, 0, 2000);
  append_to_file(log("a.log"), "quote \" backslash \\ bell \a \xFF\xFE ,{\"id\":\"x\"}\n");
  append_numbered_lines(log("b.log"), 1, 0, 2000);
  serve();
  const auto single = history("from=start");
  const auto batched = history("from=start&batch=1");
  EXPECT_LT(batched.size(), single.size() / 10);
  EXPECT_EQ(ids_in(batched), ids_in(single));
  const auto expected = events_of(single, "log");
  const auto records = records_in(batched);
  ASSERT_EQ(records.size(), expected.size());
  for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i].data, expected[i].data);
  for (const SseEvent& event : events_of(batched, "lines")) {
    EXPECT_LE(event.data.size(), 64U << 10);
    const auto array = JsonValue::parse(event.data);
    ASSERT_TRUE(array) << event.data;
    EXPECT_EQ(array->items().back()["id"].text(), event.id);
  }
}

TEST_F(Batch, ResumesExactlyInsideAndBetweenEvents) {
  append_numbered_lines(log("a.log"), 0, 0, 1000);
  append_numbered_lines(log("b.log"), 1, 0, 1000);
  serve();
  const auto events = history("from=start&batch=1");
  const auto ids = ids_in(events);
  ASSERT_EQ(ids.size(), 2000U);
  std::vector<std::string> starts;
  for (const SseEvent& event : events_of(events, "lines")) starts.push_back(event.id);
  for (std::size_t i = 0; i < ids.size(); i += 97) starts.push_back(ids[i]);
  for (const std::string& start : starts) {
    const auto at = static_cast<std::size_t>(std::find(ids.begin(), ids.end(), start) - ids.begin());
    ASSERT_EQ(ids_in(history("batch=1&last_event_id=" + start)), after(ids, at)) << start;
  }
}

TEST_F(Batch, LiveRecordsThatComeTogetherShareAnEventAndOneAloneDoesNot) {
  append_to_file(log("app.log"), "before\n");
  serve();
  const auto client = follow("tail=0&batch=1");
  ASSERT_TRUE(client->next("caught-up"));
  append_to_file(log("app.log"), "alone\n");
  const auto alone = client->next();
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->type, "log");

  std::string many;
  for (int i = 0; i < 500; ++i) many += "line " + std::to_string(i) + "\n";
  append_to_file(log("app.log"), many);
  std::size_t seen = 0;
  const auto events = client->read_until([&](const SseEvent& event) {
    seen += expand_lines(event).size();
    return seen >= 500;
  });
  EXPECT_GE(count_of(events, "lines"), 1U);
  auto live = ids_in(events);
  live.insert(live.begin(), alone->id);
  EXPECT_EQ(live, after(ids_in(history("from=start")), 0));
}

}  // namespace
}  // namespace tailwater
