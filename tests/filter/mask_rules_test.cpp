#include "filter/mask_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailwater {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<const MaskRules> rules_of(const std::vector<std::string>& own = {}) {
  auto made = MaskRules::make(std::vector<std::string>{"default"}, own);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? *made : nullptr;
}

std::vector<std::string> secrets_of(std::string_view line, const std::vector<std::string>& own = {}) {
  const auto rules = rules_of(own);
  std::vector<std::string> secrets;
  rules->find(line, secrets);
  EXPECT_TRUE(secrets.empty() || rules->may_announce(line));
  return secrets;
}

std::string shown(const MaskRules& rules, std::string_view line) {
  return redacted(*rules.redactor(), line);
}

TEST(MaskRules, FindWhatIsAnnounced) {
  EXPECT_THAT(secrets_of("::add-mask::hunter2"), ElementsAre("hunter2"));
  EXPECT_THAT(secrets_of("2026-11-20T09:00:00Z ::add-mask::hunter2\r"), ElementsAre("hunter2"));
  EXPECT_THAT(secrets_of("+ echo ::add-mask::hunter2"), ElementsAre("hunter2"));
  EXPECT_THAT(secrets_of("::add-mask::one line%0Aanother"), ElementsAre("one line%0Aanother", "one line", "another"));
  EXPECT_THAT(secrets_of("::add-mask::100%25 sure"), ElementsAre("100%25 sure", "100% sure"));
  EXPECT_THAT(secrets_of("##vso[task.setsecret]hunter2"), ElementsAre("hunter2"));
  EXPECT_THAT(secrets_of("##vso[task.setvariable variable=x;isSecret=true]hunter2"), ElementsAre("hunter2"));
}

TEST(MaskRules, FindNothingElse) {
  EXPECT_THAT(secrets_of("::add-mask::"), IsEmpty());
  EXPECT_THAT(secrets_of("::add-mask::ab"), IsEmpty());  // would be found everywhere
  EXPECT_THAT(secrets_of("::error::hunter2"), IsEmpty());
  EXPECT_THAT(secrets_of("##vso[task.setvariable variable=x]hunter2"), IsEmpty());
  EXPECT_THAT(secrets_of("##vso[task.setsecret"), IsEmpty());
}

TEST(MaskRules, HideTheAnnouncementItself) {
  const auto rules = rules_of();
  EXPECT_EQ(shown(*rules, "::add-mask::hunter2"), "::add-mask::[redacted:mask]");
  EXPECT_EQ(shown(*rules, "::add-mask::ab"), "::add-mask::[redacted:mask]");
  EXPECT_EQ(shown(*rules, "##vso[task.setsecret]hunter2"), "##vso[task.setsecret][redacted:mask]");
  EXPECT_EQ(shown(*rules, "##vso[task.setvariable variable=x;issecret=true]hunter2"),
            "##vso[task.setvariable variable=x;issecret=true][redacted:mask]");
  EXPECT_EQ(shown(*rules, "password=hunter2"), "password=[redacted:password]");
}

TEST(MaskRules, TakePatternsOfTheConfiguration) {
  const std::vector<std::string> own{R"(^SECRET (?P<mask>\S+)$)"};
  EXPECT_THAT(secrets_of("SECRET hunter2", own), ElementsAre("hunter2"));
  EXPECT_EQ(shown(*rules_of(own), "SECRET hunter2"), "SECRET [redacted:mask]");
  const auto wrong = MaskRules::make({}, std::vector<std::string>{"(?P<x>y)"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("no group named mask"));
}

}  // namespace
}  // namespace tailwater
