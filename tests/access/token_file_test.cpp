#include "access/token_file.h"

#include <gmock/gmock.h>

#include <string>

namespace tailwater {
namespace {

using testing::HasSubstr;

const std::string kDigest(64, 'a');

TEST(TokenFile, KeepsWhatWasWritten) {
  NewToken made = *make_token();
  made.token.name = "ops-laptop";
  made.token.created = WallTime(Milliseconds(1'700'000'000'123));
  made.token.expires = WallTime(Milliseconds(1'800'000'000'000));
  made.token.groups = {"ops", "dev"};
  made.token.only_streams = std::vector<Glob>{*Glob::parse("nginx*"), *Glob::parse("app")};
  made.token.administrator = true;
  const std::string line = to_line(made.token);
  EXPECT_THAT(line, testing::Not(HasSubstr(made.secret.substr(12)))) << "the secret itself is never kept";
  const auto tokens = parse_token_file("# made by tailwater\n\n" + line, "f");
  ASSERT_TRUE(tokens) << tokens.error().message;
  ASSERT_EQ(tokens->size(), 1U);
  EXPECT_EQ(to_line(tokens->front()), line);
  EXPECT_EQ(find_token(*tokens, made.secret), &tokens->front());
}

TEST(TokenFile, FindsATokenByItsWholeSecretAlone) {
  NewToken made = *make_token();
  const std::vector<Token> tokens{made.token};
  std::string other = made.secret;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(find_token(tokens, other), nullptr);
  EXPECT_EQ(find_token(tokens, made.secret + "A"), nullptr);
  EXPECT_EQ(find_token(tokens, made.secret.substr(0, made.secret.size() - 1)), nullptr);
  EXPECT_EQ(find_token(tokens, "tw_" + made.token.id + "_"), nullptr);
  EXPECT_EQ(find_token(tokens, to_hex(made.token.digest)), nullptr) << "what is in the file opens nothing";
  EXPECT_EQ(find_token(tokens, ""), nullptr);
}

TEST(TokenFile, MakesEachTokenOnce) {
  const NewToken first = *make_token();
  const NewToken second = *make_token();
  EXPECT_NE(first.secret, second.secret);
  EXPECT_NE(first.token.id, second.token.id);
  EXPECT_EQ(id_of_secret(first.secret), first.token.id);
  EXPECT_EQ(first.secret.size(), 3 + 8 + 1 + 43U);
  EXPECT_EQ(id_of_secret("eyJ.x.y"), "");
}

TEST(TokenFile, SaysWhichLineIsWrong) {
  const std::string good = "id=a name=n sha256=" + kDigest + "\n";
  const auto error_of = [](const std::string& text) {
    const auto tokens = parse_token_file(text, "tokens");
    return tokens ? "" : tokens.error().message;
  };
  EXPECT_EQ(error_of(good), "");
  EXPECT_THAT(error_of(good + "id=b name=n\n"), HasSubstr("tokens:2: sha256= is missing"));
  EXPECT_THAT(error_of("id=b name=n sha256=12\n"), HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(error_of("id=b name=a/b sha256=" + kDigest), HasSubstr("'a/b' is no name"));
  EXPECT_THAT(error_of(good + good), HasSubstr("tokens:2: this id is there already"));
  EXPECT_THAT(error_of("id=b id=c name=n sha256=" + kDigest), HasSubstr("id is there twice"));
  EXPECT_THAT(error_of("id=b name=n colour=red sha256=" + kDigest), HasSubstr("unknown field colour"));
  EXPECT_THAT(error_of("id=b name=n expires=soon sha256=" + kDigest), HasSubstr("tokens:1: "));
  EXPECT_THAT(error_of("id=b name=n groups=a,* sha256=" + kDigest), HasSubstr("'*' is not a group"));
  EXPECT_THAT(error_of("id=b name=n streams=[a sha256=" + kDigest), HasSubstr("tokens:1: "));
}

TEST(TokenFile, TellsWhatChangedWithoutSecrets) {
  NewToken made = *make_token();
  made.token.name = "ci";
  EXPECT_THAT(token_changes({}, {made.token}), testing::ElementsAre("token " + made.token.id + " (ci) added"));
  EXPECT_THAT(token_changes({made.token}, {}), testing::ElementsAre("token " + made.token.id + " (ci) revoked"));
  EXPECT_THAT(token_changes({made.token}, {made.token}), testing::IsEmpty());
}

}  // namespace
}  // namespace tailwater
