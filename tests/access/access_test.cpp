#include "access/access.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "access/password_hash.h"
#include "access/private_file.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    made_ = *make_token();
    made_.token.name = "ci";
    set_policy();
  }
  AccessPolicy policy() const {
    AccessPolicy policy;
    policy.required = true;
    policy.rules = AccessRules({{"app", {"*"}, {}}, {"ops", {"ops"}, {}}}, {}, false);
    policy.tokens = {made_.token};
    policy.users = {{"ada", kHash, {"ops"}}};
    return policy;
  }
  void set_policy() { access_.set_policy(policy()); }
  Identity by_token() { return access_.identify({bearer_ = "Bearer " + made_.secret, ""}); }
  Identity by_cookie(const std::string& value) {
    return access_.identify({"", cookie_ = "a=b; " + std::string(kSessionCookie) + "=" + value + "; c=d"});
  }
  std::string sign_in() { return access_.sign_in("ada", "correct horse", "192.0.2.1")->cookie; }

  static const std::string kHash;
  FakeClock clock_;
  TempDir files_;
  NewToken made_;
  std::string bearer_;
  std::string cookie_;
  Access access_{clock_, files_.file("sessions")};
};
const std::string AccessTest::kHash = *hash_password("correct horse");

TEST_F(AccessTest, AsksNobodyUntilThereIsAWayOfSigningIn) {
  const Access open(clock_);
  const Identity identity = open.identify({"Bearer whatever", ""});
  ASSERT_TRUE(identity.caller);
  EXPECT_EQ(identity.caller->kind, CallerKind::kLocal);
  EXPECT_TRUE(identity.caller->readable.is_all());
  EXPECT_TRUE(open.still_holds(*identity.caller));
  EXPECT_FALSE(access_.still_holds(*identity.caller)) << "where everybody must sign in, local streams end";
}

TEST_F(AccessTest, KnowsATokenUntilItIsRevokedOrExpires) {
  const auto caller = by_token().caller;
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->name, "ci");
  EXPECT_TRUE(caller->may_read("app"));
  EXPECT_FALSE(caller->may_read("ops"));
  EXPECT_TRUE(access_.still_holds(*caller));
  made_.token.expires = clock_.wall_now() + hours(1);
  set_policy();
  EXPECT_TRUE(access_.still_holds(*caller));
  clock_.advance(hours(1));
  EXPECT_FALSE(access_.still_holds(*caller));
  EXPECT_THAT(by_token().refusal, HasSubstr("expired"));
  AccessPolicy without = policy();
  without.tokens.clear();
  access_.set_policy(std::move(without));
  EXPECT_THAT(by_token().refusal, HasSubstr("not known"));
}

TEST_F(AccessTest, AStreamEndsWhenItsCallerMayReadLessOrMore) {
  const auto caller = by_token().caller;
  AccessPolicy changed = policy();
  changed.rules = AccessRules({{"app", {"*"}, {}}, {"ops", {"*"}, {}}}, {}, false);
  access_.set_policy(changed);
  EXPECT_FALSE(access_.still_holds(*caller));
  changed.rules = AccessRules({{"app", {"ops"}, {}}, {"ops", {"ops"}, {}}}, {}, false);
  access_.set_policy(changed);
  EXPECT_FALSE(access_.still_holds(*caller));
  set_policy();
  EXPECT_TRUE(access_.still_holds(*caller));
}

TEST_F(AccessTest, ReadsTheAuthorizationFieldStrictly) {
  for (const std::string& field : std::vector<std::string>{
           "Basic YTpi", "Bearer", made_.secret, "Bearer" + made_.secret, "Bearer  ", "Token " + made_.secret}) {
    EXPECT_FALSE(access_.identify({field, ""}).caller) << field;
  }
  EXPECT_TRUE(access_.identify({"bearer   " + made_.secret, ""}).caller) << "schemes have no case";
}

TEST_F(AccessTest, APasswordOpensASession) {
  const std::string cookie = sign_in();
  const auto caller = by_cookie(cookie).caller;
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->name, "ada");
  EXPECT_TRUE(caller->may_read("ops"));
  EXPECT_TRUE(caller->by_cookie());
  EXPECT_TRUE(access_.still_holds(*caller));
  access_.sign_out(cookie_);
  EXPECT_FALSE(by_cookie(cookie).caller);
  EXPECT_FALSE(access_.still_holds(*caller));
}

TEST_F(AccessTest, ASessionEndsByItselfOrWithItsUser) {
  const std::string cookie = sign_in();
  const auto caller = by_cookie(cookie).caller;
  clock_.advance(hours(12));
  EXPECT_FALSE(by_cookie(cookie).caller);
  EXPECT_FALSE(access_.still_holds(*caller));
  const std::string second = sign_in();
  AccessPolicy without = policy();
  without.users.clear();
  access_.set_policy(std::move(without));
  EXPECT_FALSE(by_cookie(second).caller);
}

TEST_F(AccessTest, ATokenOpensASessionThatEndsWithIt) {
  const auto done = access_.sign_in_with_token(made_.secret, "192.0.2.1");
  ASSERT_TRUE(done);
  const auto caller = by_cookie(done->cookie).caller;
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->name, "ci");
  AccessPolicy without = policy();
  without.tokens.clear();
  access_.set_policy(std::move(without));
  EXPECT_FALSE(by_cookie(done->cookie).caller);
  EXPECT_FALSE(access_.still_holds(*caller));
}

TEST_F(AccessTest, SessionsOutliveARestartAsDigestsAlone) {
  const std::string cookie = sign_in();
  const std::string kept = *read_private_file(files_.file("sessions"), 1 << 20);
  EXPECT_THAT(kept, testing::Not(HasSubstr(cookie)));
  Access again(clock_, files_.file("sessions"));
  again.set_policy(policy());
  EXPECT_TRUE(again.identify({"", std::string(kSessionCookie) + "=" + cookie}).caller);
  EXPECT_FALSE(again.identify({"", std::string(kSessionCookie) + "=" + kept.substr(0, 64)}).caller);
}

TEST_F(AccessTest, WrongPasswordsAreSlowedByAddressAndByUser) {
  for (int i = 0; i < 10; ++i) {
    const auto failed = access_.sign_in("nobody", "x", "192.0.2.7");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().retry_after.count(), 0);
  }
  EXPECT_GT(access_.sign_in("ada", "correct horse", "192.0.2.7").error().retry_after.count(), 0)
      << "this address waits";
  EXPECT_GT(access_.sign_in("nobody", "x", "192.0.2.8").error().retry_after.count(), 0) << "this user waits";
  EXPECT_TRUE(access_.sign_in("ada", "correct horse", "192.0.2.8"));
  clock_.advance(std::chrono::seconds(6));
  EXPECT_TRUE(access_.sign_in("ada", "correct horse", "192.0.2.7"));
}

TEST_F(AccessTest, RightPasswordsAreNotCounted) {
  for (int i = 0; i < 15; ++i) EXPECT_TRUE(access_.sign_in("ada", "correct horse", "192.0.2.9"));
}

TEST(SessionCookie, IsTheOneOfThatName) {
  EXPECT_EQ(session_cookie_of("__Host-tailwater=abc"), "abc");
  EXPECT_EQ(session_cookie_of("x=1; __Host-tailwater=abc ;y=2"), "abc");
  EXPECT_EQ(session_cookie_of("tailwater=abc; x__Host-tailwater=abc"), "");
  EXPECT_EQ(session_cookie_of("__Host-tailwater=a; __Host-tailwater=b"), "") << "which of them would be chance";
  EXPECT_EQ(session_cookie_of(""), "");
  EXPECT_EQ(session_cookie_of(";;=;"), "");
}

TEST(Sessions, AreBounded) {
  FakeClock clock;
  Sessions sessions(clock, "");
  const std::string first = *sessions.begin("user ada", hours(1));
  for (std::size_t i = 0; i < Sessions::kMaxPerUser; ++i) {
    clock.advance(Milliseconds(1));
    ASSERT_TRUE(sessions.begin("user ada", hours(1)));
  }
  EXPECT_EQ(sessions.size(), Sessions::kMaxPerUser);
  EXPECT_FALSE(sessions.find(first)) << "the oldest gave way";
}

}  // namespace
}  // namespace tailwater
