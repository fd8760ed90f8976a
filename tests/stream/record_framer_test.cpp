#include "stream/record_framer.h"

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/json_text.h"
#include "base/time_text.h"
#include "client/sse_parser.h"
#include "filter/redactor.h"

namespace tailwater {
namespace {

const FileInfo kFile{3, *FileKey::parse("k3x9"), "ngi\"nx", "/var/log/nginx/a\xFF.log"};
const WallTime kArrived{Milliseconds(1'700'000'000'123)};

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// The frame spelled out field by field, nothing cached.
std::string slow_log_frame(const FileInfo& file, std::uint32_t generation, const Record& record) {
  const RecordFacts facts(record.line, kArrived);
  const auto level = facts.level();
  const auto time = facts.time();
  std::string data = "{\"stream\":" + json(file.stream) + ",\"file\":" + json(to_valid_utf8(file.path));
  data += ",\"level\":" + (level ? json(to_text(*level)) : "null");
  data += ",\"time\":" + (time ? json(to_rfc3339(*time)) : "null");
  data += ",\"arrived\":" + json(to_rfc3339(kArrived)) + ",\"line\":" + json(to_valid_utf8(record.line));
  if (record.truncated) data += ",\"truncated\":true";
  if (record.partial) data += ",\"partial\":true";
  if (to_valid_utf8(record.line) != record.line) data += fmt::format(",\"bytes\":{}", record.line.size());
  return "event: log\nid: " + to_text(Position{file.key, generation, record.end}) + "\ndata: " + data + "}\n\n";
}

std::string frame(FrameStyle style, const Record& record, std::uint32_t generation = 0) {
  RecordFramer framer(style);
  framer.begin_extent(kFile, generation, kArrived);
  std::string out;
  framer.append(out, record, RecordFacts(record.line, kArrived));
  return out;
}

Record record_of(std::string_view line, std::uint64_t end = 48213) {
  Record record;
  record.line = line;
  record.end = end;
  return record;
}

SseEvent only_event(const std::string& bytes) {
  std::vector<SseEvent> events;
  SseParser parser([&](SseEvent event) { events.push_back(std::move(event)); });
  parser.feed(bytes);
  EXPECT_EQ(events.size(), 1U);
  return events.empty() ? SseEvent{} : events.front();
}

TEST(RecordFramer, WritesTheFieldsInTheOrderOfTheContract) {
  EXPECT_EQ(
      frame(FrameStyle::kJson, record_of("no facts here")),
      "event: log\nid: k3x9.0.48213\ndata: {\"stream\":\"ngi\\\"nx\",\"file\":\"/var/log/nginx/a\xEF\xBF\xBD.log\","
      "\"level\":null,\"time\":null,\"arrived\":\"2023-11-14T22:13:20.123Z\",\"line\":\"no facts here\"}\n\n");
}

TEST(RecordFramer, SaysFlagsOnlyWhereTheyHold) {
  Record record = record_of("part");
  record.truncated = true;
  EXPECT_NE(frame(FrameStyle::kJson, record).find("\"line\":\"part\",\"truncated\":true}"), std::string::npos);
  record.truncated = false;
  record.partial = true;
  EXPECT_NE(frame(FrameStyle::kJson, record).find("\"line\":\"part\",\"partial\":true}"), std::string::npos);
}

TEST(RecordFramer, AgreesWithTheSlowWayOnRandomRecords) {
  std::mt19937 random(11);
  const std::vector<std::string> pieces = {
      "ERROR ", "level=warn ", "2024-05-06T07:08:09.123Z ", "\"", "\\", "\r", std::string(1, '\0'),
      "\xFF",   "grüße ",      "{\"level\":\"info\"}",      "x"};
  RecordFramer reused(FrameStyle::kJson);  // begin_extent() must leave nothing of the extent before
  for (int i = 0; i < 5'000; ++i) {
    std::string line;
    for (auto n = random() % 8; n > 0; --n) line += pieces[random() % pieces.size()];
    for (auto n = random() % 30; n > 0; --n) line += static_cast<char>(random());
    Record record = record_of(line, random());
    record.truncated = random() % 4 == 0;
    record.partial = random() % 4 == 0;
    FileInfo file = kFile;
    file.key = *FileKey::parse(random() % 2 == 0 ? "k3x9" : "zzzz9");
    file.path += file.key.text();
    const auto generation = static_cast<std::uint32_t>(random() % 3);
    reused.begin_extent(file, generation, kArrived);
    std::string out;
    reused.append(out, record, RecordFacts(record.line, kArrived));
    ASSERT_EQ(out, slow_log_frame(file, generation, record));
    EXPECT_EQ(only_event(out).type, "log");
  }
}

TEST(RecordFramer, ArrivalTimeFollowsTheExtent) {
  RecordFramer framer(FrameStyle::kJson);
  framer.begin_extent(kFile, 0, kArrived);
  framer.begin_extent(kFile, 0, kArrived + Milliseconds(1));
  std::string out;
  framer.append(out, record_of("x"), RecordFacts("x", kArrived));
  EXPECT_NE(out.find("22:13:20.124Z"), std::string::npos);
}

TEST(RecordFramer, TextIsTheBareLineSplitAsBrowsersSplitLines) {
  EXPECT_EQ(frame(FrameStyle::kText, record_of("a\rb\r\rc")),
            "event: log\nid: k3x9.0.48213\ndata: a\ndata: b\ndata: \ndata: c\n\n");
  EXPECT_EQ(only_event(frame(FrameStyle::kText, record_of("a\rb"))).data, "a\nb");
  EXPECT_EQ(only_event(frame(FrameStyle::kText, record_of(""))).data, "");
  EXPECT_EQ(only_event(frame(FrameStyle::kText, record_of("\xEF\xBB\xBF"
                                                          "bom")))
                .data,
            "\xEF\xBB\xBF"
            "bom");
  EXPECT_EQ(only_event(frame(FrameStyle::kText, record_of("a\xFF"))).data, "a\xEF\xBF\xBD");
  EXPECT_EQ(only_event(frame(FrameStyle::kText, record_of("event: evil"))).type, "log");
}

TEST(RecordFramer, BareIsTheBytesAsTheyAre) {
  EXPECT_EQ(frame(FrameStyle::kBare, record_of("a\rb\xFF")), "a\rb\xFF\n");
}

TEST(RecordFramer, RawFormatOverSseIsText) {
  const auto style = [](std::string_view format, bool sse) {
    const std::vector<Parameter> parameters{{"format", std::string(format)}};
    return frame_style(**Query::parse(parameters, kStartParameters), sse);
  };
  EXPECT_EQ(style("raw", /*sse=*/true), FrameStyle::kText);
  EXPECT_EQ(style("json", /*sse=*/false), FrameStyle::kBare);
}

TEST(RecordFramer, FieldsComeWithTheirTypes) {
  const SseEvent event = only_event(frame(
      FrameStyle::kJsonWithFields, record_of(R"({"a":{"b":1.5},"c":"x\ny","d":[1, {"e" : " ["}],"ok":true,"c":2})")));
  EXPECT_NE(event.data.find(R"(,"fields":{"a.b":1.5,"c":"x\ny","d":[1,{"e":" ["}],"ok":true}})"), std::string::npos)
      << event.data;
  EXPECT_EQ(only_event(frame(FrameStyle::kJsonWithFields, record_of("no fields"))).data,
            only_event(frame(FrameStyle::kJson, record_of("no fields"))).data);
}

TEST(RecordFramer, JsonThatIsSpreadOverLinesStaysOneLine) {
  const SseEvent event = only_event(frame(FrameStyle::kJsonWithFields, record_of("{\n\"a\": [1,\r\n 2]\n}")));
  EXPECT_NE(event.data.find(R"("fields":{"a":[1,2]})"), std::string::npos) << event.data;
}

StageMap two_stages() {
  StageMap map;
  map.names = {"Build", "Te\"st"};
  map.changes = {{{0, 100}, 1}, {{0, 200}, 0}, {{1, 50}, 2}};
  return map;
}

std::string stage_said(RecordFramer& framer, std::uint64_t end) {
  std::string out;
  framer.append(out, record_of("x", end), RecordFacts("x", kArrived));
  const std::size_t at = out.find("\"x\"");
  return out.substr(at + 3, out.find('}') - at - 3);
}

TEST(RecordFramer, SaysTheStageOfARunsRecord) {
  const auto map = std::make_shared<const StageMap>(two_stages());
  RecordFramer framer(FrameStyle::kJson);
  framer.begin_extent(kFile, 0, kArrived);
  framer.set_stages(map, nullptr);
  // Also backwards, as pages of history go.
  for (const auto& [end, said] : std::vector<std::pair<std::uint64_t, std::string>>{{99, ""},
                                                                                    {100, ",\"stage\":\"Build\""},
                                                                                    {199, ",\"stage\":\"Build\""},
                                                                                    {200, ""},
                                                                                    {1000, ""},
                                                                                    {150, ",\"stage\":\"Build\""},
                                                                                    {1, ""}}) {
    EXPECT_EQ(stage_said(framer, end), said) << end;
  }
  framer.begin_extent(kFile, 1, kArrived);
  framer.set_stages(map, nullptr);
  EXPECT_EQ(stage_said(framer, 49), "");
  EXPECT_EQ(stage_said(framer, 50), ",\"stage\":\"Te\\\"st\"");
}

TEST(RecordFramer, SaysNoStageOfTheFileBefore) {
  RecordFramer framer(FrameStyle::kJson);
  framer.begin_extent(kFile, 0, kArrived);
  framer.set_stages(std::make_shared<const StageMap>(two_stages()), nullptr);
  EXPECT_EQ(stage_said(framer, 150), ",\"stage\":\"Build\"");
  FileInfo other = kFile;
  other.key = *FileKey::parse("a1b2");
  framer.begin_extent(other, 0, kArrived);
  EXPECT_EQ(stage_said(framer, 150), "");
}

TEST(RecordFramer, HidesSecretsInStages) {
  const std::vector<std::string> entries{"default"};
  const auto redactor = Redactor::with_secrets(**Redactor::make(entries), std::vector<std::string>{"Build"});
  RecordFramer framer(FrameStyle::kJson);
  framer.begin_extent(kFile, 0, kArrived);
  framer.set_stages(std::make_shared<const StageMap>(two_stages()), redactor);
  EXPECT_EQ(stage_said(framer, 150).find("Build"), std::string::npos);
}

}  // namespace
}  // namespace tailwater
