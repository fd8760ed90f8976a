// detect_time: the time formats that logs are written in, and numbers that are no times.
#include "filter/record_time.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace tailwater {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

WallTime at(std::string_view text) {
  return *parse_rfc3339(text);
}

constexpr std::string_view kArrived = "2026-11-20T12:00:00Z";

std::string found(std::string_view line, std::string_view arrived = kArrived, seconds zone_offset = {}) {
  const auto time = detect_time(line, at(arrived), zone_offset);
  return time ? to_rfc3339(*time) : "none";
}

struct Example {
  std::string_view line;
  std::string_view time;
};

template <std::size_t kCount>
void expect_times(const Example (&examples)[kCount]) {
  for (const Example& example : examples) EXPECT_EQ(found(example.line), example.time) << example.line;
}

TEST(DetectTime, ReadsRfc3339AndItsRelatives) {
  expect_times({
      {"2026-11-20T09:00:00Z x", "2026-11-20T09:00:00.000Z"},
      {"2026-11-20T09:00:00.123456789Z x", "2026-11-20T09:00:00.123Z"},
      {"2026-11-20T09:00:00.5+01:00 x", "2026-11-20T08:00:00.500Z"},
      {"2026-11-20T09:00:00-0530 x", "2026-11-20T14:30:00.000Z"},
      {"2026-11-20 09:00:00.123 x", "2026-11-20T09:00:00.123Z"},
      {"2026-11-20 09:00:00,123 - app - INFO - x", "2026-11-20T09:00:00.123Z"},
      {"2026-11-20 09:00:00.123 UTC [12] LOG:  x", "2026-11-20T09:00:00.123Z"},
      {"2026-11-20 09:00:00+02 x", "2026-11-20T07:00:00.000Z"},
      {"2026-11-20 09:00:00 +0200 x", "2026-11-20T07:00:00.000Z"},
      {"2026-11-20 09:00:00 -12 items", "2026-11-20T21:00:00.000Z"},
      {"2026-11-20 09:00:00 - 12 items", "2026-11-20T09:00:00.000Z"},
      {"[2026-11-20 09:00:00.123] [app] x", "2026-11-20T09:00:00.123Z"},
      {"2026-11-20T23:59:60Z leap", "2026-11-21T00:00:00.000Z"},
      {"\x1b[2m2026-11-20T09:00:00Z\x1b[0m x", "2026-11-20T09:00:00.000Z"},
  });
}

TEST(DetectTime, ReadsServersFormats) {
  expect_times({
      {"2026/11/20 09:00:00 [error] 31#31: x", "2026-11-20T09:00:00.000Z"},
      {R"(1.2.3.4 - - [20/Nov/2026:09:00:00 +0100] "GET / HTTP/1.1" 200 1)", "2026-11-20T08:00:00.000Z"},
      {"[Fri Nov 20 09:00:00.123456 2026] [core:error] x", "2026-11-20T09:00:00.123Z"},
      {"Fri Nov 20 09:00:00 UTC 2026 x", "2026-11-20T09:00:00.000Z"},
      {"Fri, 20 Nov 2026 09:00:00 +0000 x", "2026-11-20T09:00:00.000Z"},
      {"20-Nov-2026 09:00:00.123 INFO [main] x", "2026-11-20T09:00:00.123Z"},
      {"12:M 20 Nov 2026 09:00:00.123 * Ready", "2026-11-20T09:00:00.123Z"},
      {"Nov 20, 2026 9:00:00 PM org.example.Main run", "2026-11-20T21:00:00.000Z"},
      {"Nov 20, 2026 12:30:00 AM org.example.Main run", "2026-11-20T00:30:00.000Z"},
      {"Nov 20 2026 09:00:00: %ASA-6-1: x", "2026-11-20T09:00:00.000Z"},
  });
}

TEST(DetectTime, ReadsSyslog) {
  expect_times({
      {"Nov 20 09:00:00 host app[1]: x", "2026-11-20T09:00:00.000Z"},
      {"Nov  2 09:00:00 host app[1]: x", "2026-11-02T09:00:00.000Z"},
      {"<34>Nov 20 09:00:00 host app: x", "2026-11-20T09:00:00.000Z"},
      {"<34>1 2026-10-11T22:14:15.003Z host su - ID47 - x", "2026-10-11T22:14:15.003Z"},
      {"Nov 20 09:00:00 2001: not a year of a log", "2026-11-20T09:00:00.000Z"},
  });
}

TEST(DetectTime, InfersTheYearSoThatNothingIsFarInTheFuture) {
  EXPECT_EQ(found("Nov 21 11:59:59 x"), "2026-11-21T11:59:59.000Z") << "up to a day ahead is a clock or a zone";
  EXPECT_EQ(found("Nov 21 12:00:01 x"), "2025-11-21T12:00:01.000Z");
  EXPECT_EQ(found("Dec 31 23:59:59 x", "2027-01-01T00:00:05Z"), "2026-12-31T23:59:59.000Z");
  EXPECT_EQ(found("Jan  1 00:00:01 x", "2026-12-31T23:59:59Z"), "2027-01-01T00:00:01.000Z");
  EXPECT_EQ(found("Feb 29 10:00:00 x", "2027-03-01T00:00:00Z"), "2024-02-29T10:00:00.000Z");
  EXPECT_EQ(found("Feb 30 10:00:00 x"), "none");
}

TEST(DetectTime, ReadsGlog) {
  expect_times({
      {"E1120 09:00:00.123456   12 file.cc:12] x", "2026-11-20T09:00:00.123Z"},
      {"I1231 09:00:00.5 1 main.go:1] x", "2025-12-31T09:00:00.500Z"},
      {"E1320 09:00:00.123456 x", "none"},
  });
}

TEST(DetectTime, ReadsEpochNumbersAtTheStart) {
  expect_times({
      {"1763629200 x", "2025-11-20T09:00:00.000Z"},
      {"1763629200.1239 200 TCP_MISS/200 x", "2025-11-20T09:00:00.123Z"},
      {"1763629200123 x", "2025-11-20T09:00:00.123Z"},
      {"1763629200123456 x", "2025-11-20T09:00:00.123Z"},
      {"1763629200123456789 x", "2025-11-20T09:00:00.123Z"},
      {"[1763629200] x", "2025-11-20T09:00:00.000Z"},
  });
}

TEST(DetectTime, TakesNoOtherNumbersForEpochs) {
  expect_times({
      {"0000000001 x", "none"},
      {"12345 x", "none"},
      {"17636292001 x", "none"},
      {"1763629200x y", "none"},
      {"1763629200-1 y", "none"},
      {"9999999999999 x", "none"},
      {"order 1763629200 x", "none"},
  });
}

TEST(DetectTime, ReadsJsonKeys) {
  expect_times({
      {R"({"time":"2026-11-20T09:00:00.123Z","msg":"x"})", "2026-11-20T09:00:00.123Z"},
      {R"({"msg":"since 2020-01-01 00:00:00","ts":"2026-11-20 09:00:00,5"})", "2026-11-20T09:00:00.500Z"},
      {R"({"level":30,"time":1763629200123,"pid":1})", "2025-11-20T09:00:00.123Z"},
      {R"({"ts":1763629200.1234567,"msg":"x"})", "2025-11-20T09:00:00.123Z"},
      {R"({"@timestamp":"2026-11-20T09:00:00Z"})", "2026-11-20T09:00:00.000Z"},
      {R"({"Timestamp":"1763629200"})", "2025-11-20T09:00:00.000Z"},
      {R"({"__REALTIME_TIMESTAMP":"1763629200123456"})", "2025-11-20T09:00:00.123Z"},
      {R"({"time":0.25,"took":"2026-11-20T09:00:00Z"})", "2026-11-20T09:00:00.000Z"},
  });
}

TEST(DetectTime, FindsAJsonKeyFarIntoTheLine) {
  EXPECT_EQ(found(R"({"msg":")" + std::string(1500, 'x') + R"(","ts":1763629200})"), "2025-11-20T09:00:00.000Z");
}

TEST(DetectTime, ReadsLogfmtKeys) {
  expect_times({
      {R"(level=info ts=2026-11-20T09:00:00.5Z msg="x")", "2026-11-20T09:00:00.500Z"},
      {R"(msg="until 2020-01-01 00:00:00" time="2026-11-20 09:00:00")", "2026-11-20T09:00:00.000Z"},
      {"level=info ts=1763629200.25 x", "2025-11-20T09:00:00.250Z"},
      {"timestamp=1763629200123 x", "2025-11-20T09:00:00.123Z"},
      {"runtime=1763629200 x", "none"},
      {"time=0.123 x", "none"},
  });
}

TEST(DetectTime, PrefersTheStartOfTheLine) {
  expect_times({
      {"2026-11-20T09:00:00Z job time=2020-01-01T00:00:00Z", "2026-11-20T09:00:00.000Z"},
      {R"(2026-11-20T09:00:00Z stdout F {"time":"2020-01-01T00:00:00Z"})", "2026-11-20T09:00:00.000Z"},
  });
}

TEST(DetectTime, ReadsATimeBehindAWord) {
  expect_times({
      {"INFO 2026-11-20 09:00:00 x", "2026-11-20T09:00:00.000Z"},
      {"I, [2026-11-20T09:00:00.123456 #12]  INFO -- : x", "2026-11-20T09:00:00.123Z"},
      {"host app: at Nov 20 09:00:00", "2026-11-20T09:00:00.000Z"},
  });
}

TEST(DetectTime, LooksForTextTimesInTheFirst256BytesOnly) {
  EXPECT_EQ(found(std::string(230, '.') + " 2026-11-20T09:00:00Z"), "2026-11-20T09:00:00.000Z");
  EXPECT_EQ(found(std::string(256, '.') + " 2026-11-20T09:00:00Z"), "none");
}

TEST(DetectTime, RefusesWhatIsNoTime) {
  expect_times({
      {"", "none"},
      {"[", "none"},
      {"<", "none"},
      {"\x1b[", "none"},
      {"hello world, this is a line", "none"},
      {"2026-11-20", "none"},
      {"2026-13-20 09:00:00 x", "none"},
      {"2026-02-29 09:00:00 x", "none"},
      {"2026-11-20 24:00:00 x", "none"},
      {"2026-11-20 09:60:00 x", "none"},
      {"2026-11-20 09:00:001 x", "none"},
      {"2026-11/20 09:00:00 x", "none"},
      {"0001-01-01T00:00:00Z x", "none"},
      {"v1.2026-11-20 09:00:00", "none"},
      {"file-2026-11-20 09:00:00", "none"},
      {"Mayor 20 09:00:00 x", "none"},
      {"99/Nov/2026:09:00:00 +0000", "none"},
  });
}

TEST(DetectTime, TakesATimeWithoutZoneForLocalTime) {
  EXPECT_EQ(found("2026-11-20 09:00:00 x", kArrived, hours(1)), "2026-11-20T08:00:00.000Z");
  EXPECT_EQ(found("Nov 20 09:00:00 x", kArrived, -hours(5)), "2026-11-20T14:00:00.000Z");
  EXPECT_EQ(found("2026-11-20 09:00:00Z x", kArrived, hours(1)), "2026-11-20T09:00:00.000Z");
  EXPECT_EQ(found("1763629200 x", kArrived, hours(1)), "2025-11-20T09:00:00.000Z");
}

TEST(DetectTimeModel, ReadsBackWhatIsWritten) {
  for (long long day = 0; day < 70'000; day += 37) {
    const WallTime time(Milliseconds(day * 86'400'000 + day * 997 % 86'400'000));
    const std::string text = to_rfc3339(time);
    EXPECT_EQ(detect_time(text + " x", at(kArrived)), time) << text;
  }
}

}  // namespace
}  // namespace tailwater
