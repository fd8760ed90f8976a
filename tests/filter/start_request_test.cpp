// start_request: where a client starts, and what is said about parameters that contradict each other or themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/time_text.h"
#include "filter/query.h"

namespace tailwater {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Kind = StartRequest::Kind;
using Parameters = std::vector<Parameter>;

const WallTime kNow{Milliseconds(1'800'000'000'123)};

StartRequest request(const Parameters& parameters, std::string_view header = {}) {
  const auto parsed = start_request(parameters, header, kNow);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : StartRequest{};
}

ParameterError error_of(const Parameters& parameters) {
  const auto parsed = start_request(parameters, {}, kNow);
  EXPECT_FALSE(parsed);
  return parsed ? ParameterError{} : parsed.error();
}

TEST(StartRequest, IsTheLastTenAndStaysWhenNothingIsSaid) {
  const StartRequest nothing = request({});
  EXPECT_EQ(nothing.kind, Kind::kDefault);
  EXPECT_EQ(nothing.tail, 10U);
  EXPECT_TRUE(nothing.follow);
  EXPECT_EQ(nothing.last_event_id, "");
}

TEST(StartRequest, ReadsTail) {
  EXPECT_EQ(request({{"tail", "0"}}).kind, Kind::kTail);
  EXPECT_EQ(request({{"tail", "0"}}).tail, 0U);
  EXPECT_EQ(request({{"tail", "100000"}}).tail, 100'000U);
  for (const std::string value : {"100001", "-1", "+1", "1.5", "", " 1", "ten", "4294967297", "99999999999999999999"}) {
    const ParameterError error = error_of({{"tail", value}});
    EXPECT_EQ(error.parameter, "tail");
    EXPECT_THAT(error.message, AllOf(HasSubstr("tail=\"" + value + "\""), HasSubstr("0 to 100000")));
  }
}

TEST(StartRequest, ReadsFrom) {
  EXPECT_EQ(request({{"from", "start"}}).kind, Kind::kStart);
  EXPECT_EQ(request({{"from", "end"}}).kind, Kind::kEnd);
  EXPECT_EQ(request({{"from", "k3x9.0.48213"}}).kind, Kind::kId);
  EXPECT_EQ(request({{"from", "k3x9.0.48213"}}).from_id, "k3x9.0.48213");
  EXPECT_EQ(request({{"from", "start.0.0"}}).kind, Kind::kId);
}

TEST(StartRequest, RefusesAFromThatCouldBeNoEventId) {
  for (const std::string& value :
       {std::string(), std::string("k3x9"), std::string("k3x9.0"), std::string("k3x9.0.1.2"), std::string("K3X9.0.1"),
        std::string("k3x9..1"), std::string(".0.1"), std::string("k3x9.0."), std::string("k3x9.a.1"),
        std::string("k3x9.0.b"), std::string("k3x9.0.-1"), std::string("k3x9.0.1\n"),
        "k." + std::string(63, '1') + ".1"}) {
    const ParameterError error = error_of({{"from", value}});
    EXPECT_EQ(error.parameter, "from") << value;
    EXPECT_THAT(error.message, HasSubstr("must be start, end or an event ID"));
  }
}

TEST(StartRequest, ReadsSinceAsADurationOrATime) {
  EXPECT_EQ(request({{"since", "10m"}}).kind, Kind::kSince);
  EXPECT_EQ(request({{"since", "10m"}}).since, kNow - std::chrono::minutes(10));
  EXPECT_EQ(request({{"since", "0"}}).since, kNow);
  EXPECT_EQ(request({{"since", "2026-11-20T09:00:00Z"}}).since, *parse_rfc3339("2026-11-20T09:00:00Z"));
  EXPECT_EQ(request({{"since", "2026-11-20T09:00:00+01:00"}}).since, *parse_rfc3339("2026-11-20T08:00:00Z"));
  EXPECT_EQ(request({{"since", "3000w"}}).since, WallTime{}) << "before everything";
}

TEST(StartRequest, UnderstandsAPlusThatTheUrlTurnedIntoASpace) {
  EXPECT_EQ(request({{"since", "2026-11-20T09:00:00 01:00"}}).since, *parse_rfc3339("2026-11-20T08:00:00Z"));
  EXPECT_EQ(request({{"since", "2026-11-20 09:00:00.5 01:00"}}).since, *parse_rfc3339("2026-11-20T08:00:00.5Z"));
}

TEST(StartRequest, RefusesASinceThatIsNeither) {
  for (const std::string value : {"", "yesterday", "-10m", "10x", "2026-11-20", "99999999999999999999s"}) {
    const ParameterError error = error_of({{"since", value}});
    EXPECT_EQ(error.parameter, "since") << value;
    EXPECT_THAT(error.message, AllOf(HasSubstr("since=\"" + value + "\""), HasSubstr("10m")));
  }
}

TEST(StartRequest, TakesOnePlaceOnly) {
  EXPECT_THAT(error_of({{"tail", "1"}, {"from", "end"}}).message, AllOf(HasSubstr("tail and from"), HasSubstr("one")));
  EXPECT_THAT(error_of({{"since", "1m"}, {"from", "end"}}).message, HasSubstr("from and since"));
  EXPECT_THAT(error_of({{"since", "1m"}, {"tail", "1"}}).message, HasSubstr("tail and since"));
}

TEST(StartRequest, ReadsFollow) {
  EXPECT_TRUE(request({{"follow", "1"}}).follow);
  EXPECT_FALSE(request({{"follow", "0"}}).follow);
  EXPECT_THAT(error_of({{"follow", "no"}}).message, AllOf(HasSubstr("follow=\"no\""), HasSubstr("0 or 1")));
}

TEST(StartRequest, ReadsLag) {
  EXPECT_FALSE(request({}).skip_lag);
  EXPECT_FALSE(request({{"lag", "replay"}}).skip_lag);
  EXPECT_TRUE(request({{"lag", "skip"}}).skip_lag);
  const auto wrong = start_request(Parameters{{"lag", "drop"}}, {}, WallTime{});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().parameter, "lag");
}

TEST(StartRequest, TakesTheHeaderBeforeTheParameterAndTheLibrarysParameterBeforeTheUrls) {
  EXPECT_EQ(request({{"last_event_id", "a.0.1"}}).last_event_id, "a.0.1");
  EXPECT_EQ(request({{"lastEventId", "a.0.1"}}).last_event_id, "a.0.1");
  EXPECT_EQ(request({{"last_event_id", "a.0.1"}}, "b.0.2").last_event_id, "b.0.2");
  EXPECT_EQ(request({{"last_event_id", "old"}, {"lastEventId", "new"}}).last_event_id, "new");
  EXPECT_EQ(request({{"last_event_id", "any \xff bytes"}}).last_event_id, "any \xff bytes");
  EXPECT_EQ(request({{"last_event_id", "a.0.1"}, {"tail", "5"}}).kind, Kind::kTail);
}

TEST(StartRequest, RefusesAParameterThatIsGivenTwice) {
  for (const std::string name : {"tail", "from", "since", "follow", "last_event_id", "lastEventId"}) {
    const std::string value = name == "from" ? "end" : "1";
    const ParameterError error = error_of({{name, value}, {name, value}});
    EXPECT_EQ(error.parameter, name);
    EXPECT_THAT(error.message, HasSubstr(name + " was given more than once"));
  }
}

TEST(StartRequest, LeavesParametersOfTheQueryAlone) {
  EXPECT_EQ(request({{"grep", "x"}, {"bogus", ""}}).kind, Kind::kDefault);
}

}  // namespace
}  // namespace tailwater
