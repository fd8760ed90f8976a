// Records of several lines, of containers and of other encodings through the real daemon: in history, live, for the
// last N, resumed at any ID and over a kill, they are the same records.
#include <gmock/gmock.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class RecordOfManyLines : public DaemonTest {
 protected:
  /// `keys` stand behind the stream's paths.
  void serve_stream(const std::string& keys, const std::string& pattern = "*.log") {
    configure("", {pattern});
    append_to_file(config_path(), keys + "\n");
    begin({"--config", config_path()});
  }
  static std::string trace(int number) {
    return "2026-11-20 09:00:00 ERROR " + std::to_string(number) +
           "\njava.lang.IllegalStateException: x\n\tat a.B.c(B.java:" + std::to_string(number) +
           ")\n\tat a.B.main(B.java:1)";
  }
  static std::string text_of(const Lines& records) {
    std::string text;
    for (const std::string& record : records) text += record + "\n";
    return text;
  }
  static Lines traces(int first, int last) {
    Lines records;
    for (int i = first; i < last; ++i)
      records.push_back(i % 3 == 0 ? trace(i) : "2026-11-20 09:00:00 INFO " + std::to_string(i));
    return records;
  }
  /// Each ID resumes with exactly what came behind it.
  void expect_resumes(const std::vector<SseEvent>& events, const std::string& parameters = "") {
    for (std::size_t i = 0; i < events.size(); i += 1 + events.size() / 7) {
      const Lines rest = lines_of({events.begin() + static_cast<std::ptrdiff_t>(i) + 1, events.end()});
      EXPECT_EQ(lines_of(history("last_event_id=" + events[i].id + parameters)), rest) << "from " << events[i].id;
    }
  }
};

TEST_F(RecordOfManyLines, StackTracesAreOneRecordInHistoryLiveAndForTheLastN) {
  const Lines before = traces(0, 100);
  append_to_file(log("app.log"), text_of(before) + "2026-11-20 09:00:00 INFO last\n");
  serve_stream("multiline = \"java\"");
  wait_for_line("2026-11-20 09:00:00 INFO last");
  Lines all = before;
  all.push_back("2026-11-20 09:00:00 INFO last");
  EXPECT_EQ(lines_of(history("from=start")), all);
  EXPECT_EQ(lines_of(history("tail=4")), Lines(all.end() - 4, all.end()));
  const auto live = follow("tail=0");
  ASSERT_TRUE(live->next("caught-up"));
  const Lines after = traces(100, 110);
  for (const char c : text_of(after)) append_to_file(log("app.log"), std::string(1, c));
  EXPECT_EQ(next_lines(*live, after.size()), after);
  all.insert(all.end(), after.begin(), after.end());
  const auto events = events_of(history("from=start"), "log");
  EXPECT_EQ(lines_of(events), all);
  expect_resumes(events);
}

TEST_F(RecordOfManyLines, ARecordThatWaitsIsSentWhenItsFileIsQuietAndItsRestIsAnother) {
  serve_stream("multiline = { start = '^\\d', timeout = \"50ms\" }");
  const auto live = follow("tail=0");
  ASSERT_TRUE(live->next("caught-up"));
  append_to_file(log("app.log"), "1 a\n b\n");
  EXPECT_EQ(next_lines(*live, 1), (Lines{"1 a\n b"}));
  append_to_file(log("app.log"), " late\n2 c\n d\n");
  EXPECT_EQ(next_lines(*live, 2), (Lines{" late", "2 c\n d"}));
  // That time made a boundary is known for good.
  const Lines all{"1 a\n b", " late", "2 c\n d"};
  EXPECT_EQ(lines_of(history("from=start")), all);
  EXPECT_EQ(lines_of(history("tail=2")), Lines(all.begin() + 1, all.end()));
  daemon().kill();
  append_to_file(log("app.log"), "3 e\n f\n4\n");
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  wait_for_line("4");
  EXPECT_EQ(lines_of(history("from=start")), (Lines{"1 a\n b", " late", "2 c\n d", "3 e\n f", "4"}));
}

TEST_F(RecordOfManyLines, IdsResumeOverAKillInTheMiddleOfARecord) {
  append_to_file(log("app.log"), text_of(traces(0, 30)) + "2026-11-20 09:00:00 ERROR open\n\tat a");
  serve_stream("multiline = \"java\"");
  const auto events = events_of(history("from=start"), "log");
  EXPECT_EQ(lines_of(events), traces(0, 30));
  daemon().kill();
  append_to_file(log("app.log"), ".B\n2026-11-20 09:00:00 INFO next\n");
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  wait_for_line("2026-11-20 09:00:00 INFO next");
  EXPECT_EQ(lines_of(history("last_event_id=" + events.back().id)),
            (Lines{"2026-11-20 09:00:00 ERROR open\n\tat a.B", "2026-11-20 09:00:00 INFO next"}));
}

TEST_F(RecordOfManyLines, AFilterSeesTheWholeRecord) {
  append_to_file(log("app.log"), text_of(traces(0, 30)) + "2026-11-20 INFO end\n");
  serve_stream("multiline = \"java\"");
  wait_for_line("2026-11-20 INFO end");
  EXPECT_EQ(lines_of(history("from=start&grep=B.java:15")), (Lines{trace(15)}));
  EXPECT_EQ(lines_of(history("from=start&level=error")).size(), 10U);
}

TEST_F(RecordOfManyLines, TheLastNOfAHugeFileAreThoseThatReadingForwardsFinds) {
  append_to_file(log("app.log"), text_of(traces(0, 20'000)) + "2026-11-20 INFO end\n");
  serve_stream("multiline = { start = '^2026-' }");
  wait_for_line("2026-11-20 INFO end");
  Lines all = traces(0, 20'000);
  all.push_back("2026-11-20 INFO end");
  EXPECT_EQ(lines_of(history("tail=15000")), Lines(all.end() - 15'000, all.end()));
  EXPECT_EQ(lines_of(history("tail=3&grep=ERROR%209")).size(), 3U);
}

TEST_F(RecordOfManyLines, ContainersLinesAreUnwrappedAndTheirPartsJoined) {
  const auto docker = [](const std::string& text, const char* output = "stdout") {
    return R"({"log":")" + text + R"(","stream":")" + output + R"(","time":"2026-01-02T03:04:05.5Z"})" + "\n";
  };
  append_to_file(log("a-json.log"), docker("one\\n") + docker("n=1 level=error \\\"two\\\"\\n", "stderr") +
                                        docker("thr") + docker("ee\\n"));
  serve_stream("parse = \"docker\"");
  const auto events = events_of(history("from=start&fields=1"), "log");
  EXPECT_EQ(lines_of(events), (Lines{"one", "n=1 level=error \"two\"", "three"}));
  ASSERT_EQ(events.size(), 3U);
  EXPECT_THAT(events[1].data, ::testing::HasSubstr(R"("time":"2026-01-02T03:04:05.500Z")"));
  EXPECT_THAT(events[1].data, ::testing::HasSubstr(R"("output":"stderr")"));
  expect_resumes(events);
  EXPECT_EQ(lines_of(history("from=start&where=output%3Dstderr%20and%20n%3D1")), (Lines{"n=1 level=error \"two\""}));
  EXPECT_EQ(lines_of(history("from=start&grep=%22two")), (Lines{"n=1 level=error \"two\""}));
  const auto live = follow("tail=0");
  ASSERT_TRUE(live->next("caught-up"));
  append_to_file(log("a-json.log"), docker("fo"));
  EXPECT_TRUE(unexpected_lines(*live, Milliseconds(50)).empty());
  append_to_file(log("a-json.log"), docker("ur\\n"));
  EXPECT_EQ(next_lines(*live, 1), (Lines{"four"}));
}

TEST_F(RecordOfManyLines, LinesOfCriRuntimesToo) {
  const std::string time = "2026-01-02T03:04:05.123456789Z ";
  append_to_file(log("0.log"), time + "stdout P a\n" + time + "stdout P b\n" + time + "stdout F c\n" + time +
                                   "stderr F at\n" + time + "stderr F \tgoes on\n" + time + "stdout F end\n");
  serve_stream("parse = \"cri\"\nmultiline = { continuation = '^\\s' }");
  wait_for_line("end");
  const auto events = events_of(history("from=start"), "log");
  EXPECT_EQ(lines_of(events), (Lines{"abc", "at\n\tgoes on", "end"}));
  expect_resumes(events);
}

TEST_F(RecordOfManyLines, SecretsAreHiddenInsideContainersLines) {
  append_to_file(log("a.log"), R"({"log":"password=\"hunter22hunter\" ok\n","stream":"stdout"})"
                               "\n"
                               R"({"log":"-----BEGIN RSA PRIVATE KEY-----\n","stream":"stdout"})"
                               "\n"
                               R"({"log":"MIIEowIBAAKCAQEAq7BFUpkGp3+LQmlQYx2eqzDV+xeG8kx\n","stream":"stdout"})"
                               "\n"
                               R"({"log":"-----END RSA PRIVATE KEY-----\n","stream":"stdout"})"
                               "\n"
                               R"({"log":"after\n","stream":"stdout"})"
                               "\n");
  serve_stream("parse = \"docker\"");
  const Lines lines = lines_of(history("from=start"));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_THAT(lines[0], ::testing::Not(::testing::HasSubstr("hunter22")));
  EXPECT_THAT(lines[2], ::testing::Not(::testing::HasSubstr("MIIEow")));
  EXPECT_EQ(lines[4], "after");
}

TEST_F(RecordOfManyLines, WhatIsDroppedIsSentToNobody) {
  append_to_file(log("app.log"), "GET /healthz 200\nGET / 200\n");
  serve_stream("drop = ['healthz']");
  EXPECT_EQ(lines_of(history("from=start")), (Lines{"GET / 200"}));
  EXPECT_EQ(lines_of(history("from=start&grep=GET")), (Lines{"GET / 200"}));
  const auto live = follow("tail=0");
  ASSERT_TRUE(live->next("caught-up"));
  append_to_file(log("app.log"), "GET /healthz 200\nGET /x 200\n");
  EXPECT_EQ(next_lines(*live, 1), (Lines{"GET /x 200"}));
}

TEST_F(RecordOfManyLines, APatternOfOnesOwnNamesFields) {
  append_to_file(log("app.log"), "anna took 12 ms\nbert took 700 ms\nnobody\n");
  serve_stream("parse = '(?P<user>\\w+) took (?P<ms>\\d+)'");
  EXPECT_EQ(lines_of(history("from=start&where=ms%3E100")), (Lines{"bert took 700 ms"}));
}

}  // namespace
}  // namespace tailwater
