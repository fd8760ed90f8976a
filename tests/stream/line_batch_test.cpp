#include "stream/line_batch.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/record_framer.h"
#include "support/lines_event.h"

namespace tailwater {
namespace {

using testing::SizeIs;

const FileInfo kFile{3, *FileKey::parse("k3x9"), "app", "/var/log/a.log"};

std::string frame_of(std::string_view line, std::uint64_t end) {
  RecordFramer framer(FrameStyle::kJson);
  framer.begin_extent(kFile, 0, WallTime{Milliseconds(1000)});
  Record record;
  record.line = line;
  record.end = end;
  std::string frame;
  framer.append(frame, record, RecordFacts(line, WallTime{Milliseconds(1000)}));
  return frame;
}

std::vector<SseEvent> events_in(const std::string& bytes) {
  std::vector<SseEvent> events;
  SseParser parser([&](SseEvent event) { events.push_back(std::move(event)); });
  parser.feed(bytes);
  return events;
}

TEST(LineBatch, FewRecordsStaySingleEvents) {
  LineBatch batch;
  std::string expected;
  for (std::size_t i = 1; i < LineBatch::kFewest; ++i) {
    const std::string frame = frame_of(fmt::format("line {}", i), i * 10);
    batch.add(frame);
    expected += frame;
  }
  EXPECT_EQ(batch.size(), expected.size());
  std::string out = "before";
  batch.take(out);
  EXPECT_EQ(out, "before" + expected);
  EXPECT_TRUE(batch.empty());
}

TEST(LineBatch, ManyAreOneArrayOfTheSameObjectsWithTheirIds) {
  const std::vector<std::string> lines = {
      "plain", "", "quote \" and ,{\"id\":\"k.0.1\",", "tab\t", "new\rline", "\xFF", "a\\b },{ ]", "[ERROR] x", "last"};
  LineBatch batch;
  std::string singles;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string frame = frame_of(lines[i], (i + 1) * 100);
    batch.add(frame);
    singles += frame;
  }
  std::string out;
  batch.take(out);
  EXPECT_LE(out.size(), singles.size());
  const auto events = events_in(out);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type, "lines");
  EXPECT_EQ(events[0].id, "k3x9.0.900");
  const auto expanded = expand_lines(events[0]);
  const auto expected = events_in(singles);
  ASSERT_EQ(expanded.size(), expected.size());
  std::string array;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(expanded[i].data, expected[i].data);
    EXPECT_EQ(expanded[i].id, expected[i].id);
    array += fmt::format("{}{{\"id\":\"{}\",{}", i == 0 ? "" : ",", expected[i].id, expected[i].data.substr(1));
  }
  EXPECT_EQ(events[0].data, "[" + array + "]");
}

TEST(LineBatch, BeginsAnewWhenItHasBeenTaken) {
  LineBatch batch;
  std::string out;
  for (int i = 0; i < 20; ++i) batch.add(frame_of("x", 1));
  batch.take(out);
  batch.add(frame_of("y", 2));
  out.clear();
  batch.take(out);
  EXPECT_EQ(out, frame_of("y", 2));
}

}  // namespace
}  // namespace tailwater
