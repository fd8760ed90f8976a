// `tailwater token` and `tailwater password`: files of tokens made, listed and changed, and every mistake with words.
#include <sys/stat.h>

#include <gmock/gmock.h>

#include <thread>

#include "support/access_daemon.h"

namespace tailwater {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class TokenCommand : public AccessDaemon {
 protected:
  [[nodiscard]] ProgramResult token(std::vector<std::string> words) const {
    words.insert(words.begin(), "token");
    words.insert(words.end(), {"--file", token_file()});
    return run_tailwater(std::move(words));
  }
};

TEST_F(TokenCommand, TheFileIsForItsOwnerAloneAndHoldsNoSecret) {
  const std::string secret =
      make_token("ops-laptop", {"--group", "ops", "--stream", "nginx*", "--expires", "90d", "--admin"});
  struct stat status {};
  ASSERT_EQ(::stat(token_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const std::string text = read_whole_file(token_file());
  EXPECT_THAT(text, AllOf(HasSubstr("name=ops-laptop"), HasSubstr("groups=ops"), HasSubstr("streams=nginx*"),
                          HasSubstr(" admin"), Not(HasSubstr(secret.substr(12)))));
  EXPECT_THAT(token({"list"}).output, AllOf(HasSubstr("ops-laptop"), HasSubstr("groups ops"), HasSubstr("only nginx*"),
                                            HasSubstr("expires"), HasSubstr("administrator")));
}

TEST_F(TokenCommand, TwoOfANameAreToldApartByTheirIds) {
  const std::string first = make_token("ci");
  const std::string second = make_token("ci");
  EXPECT_EQ(token({"revoke", first.substr(3, 8)}).exit_code(), 0);
  EXPECT_THAT(token({"list"}).output, AllOf(Not(HasSubstr(first.substr(3, 8))), HasSubstr(second.substr(3, 8))));
  EXPECT_EQ(token({"revoke", "ci"}).exit_code(), 0);
  const ProgramResult none = token({"list"});
  EXPECT_EQ(none.output, "");
  EXPECT_THAT(none.errors, HasSubstr("no tokens in"));
}

TEST_F(TokenCommand, ManyAtATimeLoseNone) {
  std::vector<std::thread> makers;
  for (int i = 0; i < 8; ++i)
    makers.emplace_back([this, i] { static_cast<void>(make_token("t" + std::to_string(i))); });
  for (std::thread& maker : makers) maker.join();
  const std::string listed = token({"list"}).output;
  for (int i = 0; i < 8; ++i) EXPECT_THAT(listed, HasSubstr("  t" + std::to_string(i) + "  "));
}

TEST_F(TokenCommand, EveryMistakeIsNamed) {
  const auto fails = [&](std::vector<std::string> words, const std::string& with) {
    const ProgramResult result = token(std::move(words));
    EXPECT_EQ(result.exit_code(), 2) << with;
    EXPECT_THAT(result.errors, HasSubstr(with));
    EXPECT_EQ(result.output, "");
  };
  fails({"add", "a b"}, "'a b' is not a token's name");
  fails({"add", "anonymous"}, "'anonymous' is not a token's name");
  fails({"add", "x", "--group", "a,b"}, "--group: 'a,b'");
  fails({"add", "x", "--stream", "[a"}, "--stream: '[a'");
  fails({"add", "x", "--expires", "yesterday"}, "--expires: 'yesterday'");
  fails({"add", "x", "--expires", "2001-01-01T00:00:00Z"}, "--expires:");
  fails({"revoke", "nobody"}, token_file());
  static_cast<void>(make_token("good"));
  append_to_file(token_file(), "id=x name=y\n");
  fails({"add", "x"}, token_file() + ":2: sha256= is missing");
  fails({"list"}, token_file() + ":2:");
  EXPECT_THAT(read_whole_file(token_file()), HasSubstr("name=good")) << "and the file stays as it was";
}

TEST_F(TokenCommand, ADamagedFileLeavesTheTokensInForce) {
  configure_access();
  const std::string secret = make_token("laptop");
  serve_access();
  append_to_file(token_file(), "rubbish\n");
  EXPECT_TRUE(comes_true([&] { return daemon().errors().find("the tokens in force stay") != std::string::npos; }));
  EXPECT_THAT(daemon().errors(), HasSubstr(token_file() + ":2:"));
  EXPECT_EQ(ask("/api/streams", secret).status, 200);
}

TEST_F(TokenCommand, AFileThatOthersMayReadIsWarnedAbout) {
  configure_access();
  static_cast<void>(make_token("laptop"));
  ASSERT_EQ(::chmod(token_file().c_str(), 0644), 0);
  serve_access();
  EXPECT_THAT(daemon().errors(), HasSubstr(token_file()));
}

TEST_F(TokenCommand, CredentialsOfTheServiceManagerAreFiles) {
  const std::string secret = make_token("laptop");
  DaemonSettings settings;
  settings.arguments = {"--tokens", "credential:tokens", logs()};
  settings.environment = {{"CREDENTIALS_DIRECTORY", outside("secrets")}};
  DaemonProcess with_credential(settings);
  ASSERT_TRUE(with_credential.start()) << with_credential.failure();
  const HttpRequest asked{"/api/streams", {"Authorization: Bearer " + secret}, "GET", "1.1", {}};
  EXPECT_EQ(fetch(with_credential.port(), asked).status, 200);
  EXPECT_EQ(fetch(with_credential.port(), "/api/streams").status, 401);
}

TEST_F(TokenCommand, APasswordIsHashedAndAShortOneRefused) {
  const std::string hash = hash_of("correct horse");
  EXPECT_EQ(hash.rfind("$scrypt$ln=15,r=8,p=1$", 0), 0U) << hash;
  EXPECT_NE(hash, hash_of("correct horse")) << "each has a salt of its own";
  append_to_file(outside("short"), "abc\n");
  const UniqueFd input(::open(outside("short").c_str(), O_RDONLY | O_CLOEXEC));
  ChildSettings settings;
  settings.command = {daemon_binary(), "password"};
  settings.input_fd = input.get();
  const ProgramResult refused = run_program(std::move(settings));
  EXPECT_EQ(refused.exit_code(), 2);
  EXPECT_THAT(refused.errors, HasSubstr("8 to 1024 characters"));
}

}  // namespace
}  // namespace tailwater
