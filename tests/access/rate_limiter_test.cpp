#include "access/rate_limiter.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "access/audit_log.h"
#include "support/fake_clock.h"

namespace tailwater {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

TEST(RateLimiter, LetsABurstThroughAndThenSoManyASecond) {
  RateLimiter limiter(2, 3);
  const SteadyTime now{seconds(100)};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", now).count(), 0);
  EXPECT_EQ(limiter.take("a", now), Milliseconds(500));
  EXPECT_EQ(limiter.take("b", now).count(), 0) << "each key has its own";
  EXPECT_EQ(limiter.take("a", now + Milliseconds(500)).count(), 0);
  EXPECT_GT(limiter.take("a", now + Milliseconds(500)).count(), 0);
  limiter.give_back("a");
  EXPECT_EQ(limiter.take("a", now + Milliseconds(500)).count(), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", now + seconds(1000)).count(), 0);
  EXPECT_GT(limiter.take("a", now + seconds(1000)).count(), 0) << "no more than the burst is saved up";
}

TEST(RateLimiter, OfNothingASecondDoesNotLimit) {
  RateLimiter limiter(0, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limiter.take("a", SteadyTime{}).count(), 0);
}

class AuditLogTest : public testing::Test {
 protected:
  FakeClock clock_;
  std::vector<std::string> lines_;
  AuditLog audit_{clock_, [this](std::string line) { lines_.push_back(std::move(line)); }};
};

TEST_F(AuditLogTest, WritesALineOfJsonThatNothingInItBreaks) {
  Caller caller;
  caller.kind = CallerKind::kToken;
  caller.name = "ci";
  audit_.record("sign-in", &caller, "192.0.2.1", {{"user", "a\"b\\c\n\x1b[31m\xff" + std::string(5000, 'x')}});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0],
              HasSubstr("\"event\":\"sign-in\",\"who\":\"ci\",\"kind\":\"token\",\"address\":\"192.0.2.1\""));
  EXPECT_THAT(lines_[0], HasSubstr("a\\\"b\\\\c\\u000a\\u001b[31m\xEF\xBF\xBDxxx"));
  EXPECT_THAT(lines_[0], Not(HasSubstr("\n")));
  EXPECT_LT(lines_[0].size(), 500U);
}

TEST_F(AuditLogTest, IsBoundedAndSaysHowMuchItLeftOut) {
  for (int i = 0; i < 2000; ++i) audit_.record("refusal", nullptr, "192.0.2.1", {});
  EXPECT_EQ(lines_.size(), static_cast<std::size_t>(AuditLog::kBurst));
  clock_.advance(seconds(1));
  audit_.record("refusal", nullptr, "192.0.2.1", {});
  EXPECT_THAT(lines_.back(), HasSubstr("\"left_out_before\":1500}"));
  audit_.record("refusal", nullptr, "192.0.2.1", {});
  EXPECT_THAT(lines_.back(), Not(HasSubstr("left_out")));
}

TEST_F(AuditLogTest, SaysWhatGoesOnOnceInAStretch) {
  const std::vector<AuditLog::Field> app{{"streams", "app"}};
  const std::vector<AuditLog::Field> web{{"streams", "web"}};
  for (int i = 0; i < 30; ++i) {
    audit_.record_stretch("reading", nullptr, "192.0.2.1", app);
    audit_.record_stretch("reading", nullptr, "192.0.2.1", web);
    audit_.record_stretch("reading", nullptr, "192.0.2.2", app);
    clock_.advance(seconds(10));
  }
  EXPECT_EQ(lines_.size(), 3U);
  clock_.advance(AuditLog::kStretch);
  audit_.record_stretch("reading", nullptr, "192.0.2.1", app);
  EXPECT_EQ(lines_.size(), 4U);
}

TEST_F(AuditLogTest, RemembersABoundedNumberOfStretches) {
  const auto record = [&](std::size_t number) {
    clock_.advance(Milliseconds(100));
    audit_.record_stretch("reading", nullptr, {}, {{"filter", std::to_string(number)}});
  };
  for (std::size_t i = 0; i < AuditLog::kMaxStretches; ++i) record(i);
  record(0);
  EXPECT_EQ(lines_.size(), AuditLog::kMaxStretches);
  record(AuditLog::kMaxStretches);  // one more: all are forgotten
  record(0);
  EXPECT_EQ(lines_.size(), AuditLog::kMaxStretches + 2);
}

}  // namespace
}  // namespace tailwater
