#include "access/access_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tailwater {
namespace {

using Names = std::vector<std::string>;

class AccessRulesTest : public testing::Test {
 protected:
  static Principal token(std::string name, Names groups = {}) {
    return {CallerKind::kToken, std::move(name), std::move(groups), {}, false};
  }
  Names readable(const Principal& principal) { return rules_.caller_of(principal).readable.names(); }
  Names writable(const Principal& principal) { return rules_.caller_of(principal).writable.names(); }

  AccessRules rules_{{{"public", {"anonymous"}, {}},
                      {"staff", {"*"}, {"ci"}},
                      {"ops", {"ops", "ada", "jwt:ada@idp"}, {"ops"}},
                      {"sealed", {}, {}}},
                     {"root", "admins"},
                     /*anonymous_reads=*/true};
};

TEST_F(AccessRulesTest, NamesAndGroupsAreReaders) {
  EXPECT_EQ(readable(token("ada")), (Names{"ops", "public", "staff"}));
  EXPECT_EQ(readable(token("bob", {"ops"})), (Names{"ops", "public", "staff"}));
  EXPECT_EQ(readable(token("bob")), (Names{"public", "staff"}));
  EXPECT_EQ(writable(token("bob", {"ops"})), (Names{"ops"}));
  EXPECT_EQ(writable(token("ci")), (Names{"staff"}));
  EXPECT_EQ(writable(token("ada")), Names());
}

TEST_F(AccessRulesTest, WhoHasNotSignedInReadsWhatIsForEverybodyAlone) {
  EXPECT_EQ(readable(Principal{}), (Names{"public"}));
  Principal named;
  named.name = "ada";
  named.groups = {"ops", "admins"};
  EXPECT_EQ(readable(named), (Names{"public"})) << "a name alone proves nothing";
  EXPECT_FALSE(rules_.caller_of(named).administrator);
  const AccessRules closed({{"public", {"anonymous"}, {}}}, {}, /*anonymous_reads=*/false);
  EXPECT_TRUE(closed.caller_of(Principal{}).readable.is_none());
}

TEST_F(AccessRulesTest, AdministratorsReadAndWriteEverything) {
  EXPECT_EQ(readable(token("root")).size(), 4U);
  EXPECT_EQ(writable(token("x", {"admins"})).size(), 4U);
  Principal by_token = token("x");
  by_token.administrator = true;
  EXPECT_TRUE(rules_.caller_of(by_token).administrator);
}

TEST_F(AccessRulesTest, WhatIsMadeOfSeveralStreamsIsForThoseWhoMayReadAllOfThem) {
  const AccessRules rules({{"a", {"ada", "bob"}, {}}, {"b", {"ada"}, {}}}, {"root"}, /*anonymous_reads=*/false,
                          {{"of-a", {"a"}}, {"of-both", {"a", "b"}}}, "everything");
  const auto readable_by = [&rules](const Principal& principal) { return rules.caller_of(principal).readable.names(); };
  EXPECT_EQ(readable_by(token("ada")), (Names{"a", "b", "of-a", "of-both"}));
  EXPECT_EQ(readable_by(token("bob")), (Names{"a", "of-a"}));
  EXPECT_EQ(readable_by(token("eve")), Names());
  EXPECT_EQ(readable_by(token("root")), (Names{"a", "b", "everything", "of-a", "of-both"}));
  Principal narrow = token("ada");
  narrow.only_streams = std::vector<Glob>{*Glob::parse("a")};
  EXPECT_EQ(readable_by(narrow), (Names{"a", "of-a"})) << "a token's own list narrows what is made of them, too";
}

TEST_F(AccessRulesTest, AListOfItsOwnNarrowsAndNeverWidens) {
  Principal narrow = token("ada");
  narrow.only_streams = std::vector<Glob>{*Glob::parse("s*"), *Glob::parse("sealed")};
  EXPECT_EQ(readable(narrow), (Names{"staff"}));
  narrow.only_streams = std::vector<Glob>{};
  EXPECT_TRUE(rules_.caller_of(narrow).readable.is_none());
  narrow.administrator = true;
  EXPECT_TRUE(rules_.caller_of(narrow).readable.is_none());
}

TEST_F(AccessRulesTest, AForeignSubjectIsNoNameOfOurs) {
  Principal subject = token("ada");
  subject.kind = CallerKind::kJwt;
  EXPECT_EQ(readable(subject), (Names{"public", "staff"}));
  subject.name = "ops";
  EXPECT_EQ(readable(subject), (Names{"public", "staff"}));
  subject.name = "root";
  EXPECT_FALSE(rules_.caller_of(subject).administrator);
  subject.name = "ada@idp";
  EXPECT_EQ(readable(subject), (Names{"ops", "public", "staff"}));
}

TEST(PrincipalName, IsPlain) {
  for (const char* good : {"a", "ops-laptop", "ada@example.org", "A.b_c"}) EXPECT_TRUE(is_principal_name(good)) << good;
  for (const char* bad : {"", "*", "a b", "a,b", "a=b", "jwt:x", "anonymous", "a\n", "ä"}) {
    EXPECT_FALSE(is_principal_name(bad)) << bad;
  }
  EXPECT_FALSE(is_principal_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace tailwater
