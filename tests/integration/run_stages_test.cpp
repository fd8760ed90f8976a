// The stage that a record of a run's file is in: the same live, again, after a restart, in pages and in searches.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

#include "support/daemon_test.h"
#include "support/http_client.h"
#include "support/json_value.h"

namespace tailwater {
namespace {

using Stages = std::map<std::string, std::string>;  // by ID

class RunStages : public DaemonTest {
 protected:
  void serve_runs(const std::string& more = {}) {
    configure("", {"*.log"});
    append_to_file(config_path(), "[[runs]]\nstream = \"app\"\n" + more);
    begin({"--config", config_path()});
  }
  static std::string stage_of(const std::string& json) {
    const auto value = JsonValue::parse(json).value_or(JsonValue());
    return value.has("stage") ? value["stage"].text() : "-";
  }
  static void add(Stages& stages, const std::vector<SseEvent>& events) {
    for (const SseEvent& event : events) {
      if (event.type == "log") stages[event.id] = stage_of(event.data);
    }
  }
  [[nodiscard]] std::vector<JsonValue> records(const std::string& parameters) const {
    const auto page = JsonValue::parse(get("/api/records?" + parameters).body).value_or(JsonValue());
    return page["records"].items();
  }
  [[nodiscard]] Stages replayed() const {
    Stages stages;
    add(stages, history("from=start"));
    return stages;
  }
};

TEST_F(RunStages, AreTheSameLiveAndReplayedOverRestarts) {
  serve_runs();
  const auto client = follow("tail=0");
  Stages live;
  const std::vector<std::string> turns{"begin\n::group::Build\n",
                                       "a\n[1/2] x.o\n",
                                       "[2/2] y.o\n::endgroup::\nbetween\n",
                                       "::group::Test\n::group::unit\n",
                                       "ok 1 - a\nok 2 - b\n1..2\n",
                                       "::endgroup::\n",
                                       "::endgroup::\nend\n"};
  std::size_t count = 0;
  for (const std::string& turn : turns) {
    append_to_file(log("job.log"), turn);
    const auto lines = static_cast<std::size_t>(std::count(turn.begin(), turn.end(), '\n'));
    std::size_t seen = 0;
    const auto events =
        client->read_until([&](const SseEvent& event) { return (seen += event.type == "log" ? 1 : 0) == lines; });
    add(live, events);
    count += lines;
  }
  ASSERT_EQ(live.size(), count);
  std::vector<std::string> stages;
  for (const SseEvent& event : history("from=start")) {
    if (event.type == "log") stages.push_back(stage_of(event.data));
  }
  EXPECT_THAT(stages, testing::ElementsAre("-", "Build", "Build", "Build / ninja", "Build / ninja", "Build / ninja",
                                           "-", "Test", "Test / unit", "Test / unit / tests", "Test / unit / tests",
                                           "Test / unit / tests", "Test / unit / tests", "Test", "-"));
  EXPECT_EQ(replayed(), live);
  daemon().kill();
  ASSERT_TRUE(daemon().start());
  EXPECT_EQ(replayed(), live);
}

TEST_F(RunStages, GoOnWhereARestartFellIntoAStage) {
  serve_runs();
  append_to_file(log("job.log"), "::group::Build\na\n");
  wait_for_line("a");
  daemon().kill();
  append_to_file(log("job.log"), "away\n");
  ASSERT_TRUE(daemon().start());
  const auto client = follow("tail=0");
  append_to_file(log("job.log"), "back\n");
  const auto events = client->read_until([](const SseEvent& event) { return event.type == "log"; });
  EXPECT_EQ(stage_of(events.back().data), "Build");
  for (const auto& [id, stage] : replayed()) EXPECT_EQ(stage, "Build") << id;
}

TEST_F(RunStages, StandInPagesSearchesAndBatches) {
  serve_runs();
  append_to_file(log("job.log"), "x\n::group::Build\nneedle\nlast\n");
  wait_for_line("last");
  const auto page = records("limit=10");
  ASSERT_EQ(page.size(), 4U);
  EXPECT_FALSE(page[0].has("stage"));
  EXPECT_EQ(page[2]["stage"].text(), "Build");
  const auto after = records("limit=1&after=" + page[0]["id"].text());
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0]["stage"].text(), "Build");
  const auto found = get("/api/search?stream=app&grep=needle&context=1").body;
  std::size_t times = 0;
  for (std::size_t at = found.find("\"stage\":\"Build\""); at != std::string::npos;
       at = found.find("\"stage\":\"Build\"", at + 1)) {
    ++times;
  }
  EXPECT_EQ(times, 3U) << found;  // the match, the line before it and the one behind it
  EXPECT_THAT(get("/api/events?follow=0&from=start&batch=1").body, testing::HasSubstr("\"stage\":\"Build\""));
  EXPECT_THAT(get("/api/events?follow=0&from=start&format=text").body, testing::Not(testing::HasSubstr("stage")));
}

TEST_F(RunStages, ShowNoSecrets) {
  serve_runs();
  append_to_file(log("job.log"), "::group::Log in as hunter2-and-more\n::add-mask::hunter2-and-more\nlast\n");
  wait_for_line("last");
  const std::string body = get("/api/events?follow=0&from=start").body;
  EXPECT_THAT(body, testing::HasSubstr("\"stage\":\"Log in as [redacted:mask]\""));
  EXPECT_THAT(body, testing::Not(testing::HasSubstr("hunter2")));
}

TEST_F(RunStages, AreNoConcernOfOtherStreams) {
  serve_runs("[[stream]]\nname = \"other\"\npaths = [\"" + log("*.txt") + "\"]\n");
  append_to_file(log("notes.txt"), "::group::Build\nlast\n");
  wait_for_line("last");
  EXPECT_THAT(get("/api/events?follow=0&from=start").body, testing::Not(testing::HasSubstr("\"stage\"")));
}

}  // namespace
}  // namespace tailwater
