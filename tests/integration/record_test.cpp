// What a record looks like on the wire, whatever bytes its line holds.
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class RecordOnTheWire : public DaemonTest {};

TEST_F(RecordOnTheWire, SaysWhereItIsFromAndWhen) {
  append_to_file(log("app.log"), "2026-11-20T09:00:00.123Z ERROR disk on fire\n");
  serve_configured("");
  const auto records = events_of(history("from=start"), "log");
  ASSERT_EQ(records.size(), 1U);
  const auto data = JsonValue::parse(records[0].data);
  ASSERT_TRUE(data) << records[0].data;
  EXPECT_EQ((*data)["stream"].text(), "app");
  EXPECT_NE((*data)["file"].text().find("app.log"), std::string::npos);
  EXPECT_EQ((*data)["level"].text(), "error");
  EXPECT_EQ((*data)["time"].text(), "2026-11-20T09:00:00.123Z");
  EXPECT_EQ((*data)["arrived"].text().size(), 24U);
  EXPECT_EQ((*data)["line"].text(), "2026-11-20T09:00:00.123Z ERROR disk on fire");
  EXPECT_FALSE(data->has("truncated"));
  EXPECT_FALSE(data->has("partial"));
}

TEST_F(RecordOnTheWire, IdsHoldNothingButSmallLettersDigitsAndDots) {
  append_numbered_lines(log("app.log"), 0, 0, 100);
  serve();
  for (const SseEvent& event : history("from=start")) {
    if (!event.own_id) continue;
    EXPECT_EQ(event.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789."), std::string::npos) << event.id;
    EXPECT_LE(event.id.size(), 64U);
  }
}

TEST_F(RecordOnTheWire, LineEndingsOfWindowsAreNotPartOfTheLine) {
  append_to_file(log("app.log"), "one\r\ntwo\r\n\r\nthree\n");
  serve();
  EXPECT_EQ(lines_of(history("from=start")), (Lines{"one", "two", "", "three"}));
}

TEST_F(RecordOnTheWire, HostileBytesNeverBreakTheFraming) {
  using namespace std::string_literals;
  append_to_file(log("app.log"), "a\rdata: forged\n"s + "nul \0 inside\n"s + "\xEF\xBB\xBFmark\n"s +
                                     "bad \xFF\xC0\xAF end\n"s + "\n"s + "id: 1\n"s + ": comment\n"s +
                                     "\x1B[31mred\x1B[0m \"quoted\\\"\n"s + "\xE2\x82\n"s);
  serve("app.log");  // by its name: a glob passes over what looks binary
  const Lines expected{"a\rdata: forged",
                       "nul \0 inside"s,
                       "\xEF\xBB\xBFmark",
                       "bad \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD end",
                       "",
                       "id: 1",
                       ": comment",
                       "\x1B[31mred\x1B[0m \"quoted\\\"",
                       "\xEF\xBF\xBD"};
  EXPECT_EQ(lines_of(history("from=start")), expected);
  const auto live = follow("tail=0");
  ASSERT_TRUE(live->next("caught-up"));
  append_to_file(log("app.log"), "b\r\r\rdata: x\n");
  EXPECT_EQ(next_lines(*live, 1), (Lines{"b\r\r\rdata: x"}));
}

TEST_F(RecordOnTheWire, BytesAreCountedInTheFileAndNotInItsText) {
  append_to_file(log("app.log"), "\xFF\xFF\xFF\nnext\n");
  serve();
  const auto records = events_of(history("from=start"), "log");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].id.substr(records[0].id.rfind('.')), ".4");
  EXPECT_EQ(records[1].id.substr(records[1].id.rfind('.')), ".9");
}

TEST_F(RecordOnTheWire, ALongLineArrivesInPartsAndNothingOfItIsLost) {
  std::string longest;
  for (int i = 0; longest.size() < 1'000'000; ++i) longest += std::to_string(i) + ' ';
  append_to_file(log("app.log"), "before\n" + longest + "\nafter\n");
  serve();
  const auto events = history("from=start");
  std::string joined;
  for (const SseEvent& event : events_of(events, "log")) {
    const auto data = JsonValue::parse(event.data);
    ASSERT_TRUE(data);
    const std::string& line = (*data)["line"].text();
    EXPECT_EQ((*data)["truncated"].boolean(), line != "before" && line != "after");
    EXPECT_LE(line.size(), 256U << 10);
    if ((*data)["truncated"].boolean()) joined += line;
  }
  EXPECT_EQ(joined, longest);
  EXPECT_EQ(lines_of(events).back(), "after");
}

TEST_F(RecordOnTheWire, FormatTextIsTheBareLine) {
  append_to_file(log("app.log"), "one\n\xFFtwo\n");
  serve();
  std::vector<std::string> data;
  for (const SseEvent& event : events_of(history("from=start&format=text"), "log")) data.push_back(event.data);
  EXPECT_EQ(data, (Lines{"one", "\xEF\xBF\xBDtwo"}));
}

class Tail : public DaemonTest {};

TEST_F(Tail, GivesTheLinesAlone) {
  append_numbered_lines(log("app.log"), 0, 0, 20);
  serve_configured("");
  const HttpReply reply = get("/tail/app?tail=3&follow=0");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-type").rfind("text/plain", 0), 0U);
  EXPECT_EQ(std::count(reply.body.begin(), reply.body.end(), '\n'), 3);
  EXPECT_EQ(find_line_number(reply.body), (LineNumber{0, 17}));
  EXPECT_EQ(get("/tail/app/app.log?tail=3&follow=0").body, reply.body);
}

TEST_F(Tail, StreamsWhatIsWritten) {
  serve_configured("");
  HttpStream stream;
  HttpRequest request;
  request.target = "/tail/app?grep=wanted";
  ASSERT_TRUE(stream.open(port(), request));
  append_to_file(log("app.log"), "not this\nwanted 1\nwanted 2\n");
  std::string body;
  while (body.find("wanted 2\n") == std::string::npos && !stream.at_end()) {
    const std::string more = stream.read(SseClient::kPatience);
    ASSERT_FALSE(more.empty()) << body;
    body += more;
  }
  EXPECT_EQ(body, "wanted 1\nwanted 2\n");
}

TEST_F(Tail, OfAnUnknownStreamIsNotFound) {
  serve_configured("");
  EXPECT_EQ(get("/tail/nothing").status, 404);
  EXPECT_EQ(get("/tail/%2e%2e%2fetc%2fpasswd").status, 404);
}

}  // namespace
}  // namespace tailwater
