#include "config/command_line.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Command = CommandLine::Command;

Result<CommandLine> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "tailwater");
  return parse_command_line(words);
}
std::string error_of(std::vector<const char*> words) {
  const Result<CommandLine> line = parse(std::move(words));
  if (line) return "";
  EXPECT_EQ(line.error().code, ErrorCode::kInvalid);
  return line.error().message;
}

TEST(CommandLine, SortsPathsAndOptionsInAnyOrder) {
  const auto line = parse({"serve", "/a", "--listen", "127.0.0.1:1", "/b", "--insecure", "--config=c.toml"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command, Command::kServe);
  EXPECT_THAT(line->paths, ElementsAre("/a", "/b"));
  EXPECT_EQ(line->config_file, "c.toml");
  ASSERT_EQ(line->given.size(), 2U);
  EXPECT_EQ(line->given[0].flag, "--listen");
  EXPECT_THAT(line->given[0].values, ElementsAre("127.0.0.1:1"));
  EXPECT_EQ(line->given[1].flag, "--insecure");
  EXPECT_THAT(line->given[1].values, ElementsAre("true"));
}

TEST(CommandLine, GivesNothingThatWasNotGiven) {
  const auto line = parse({"serve"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->given, IsEmpty());
  EXPECT_THAT(line->paths, IsEmpty());
  EXPECT_FALSE(line->config_file);
}

TEST(CommandLine, TakesAllForPathsAfterTwoDashes) {
  EXPECT_THAT(parse({"serve", "a", "--", "--listen", "-x", "--"})->paths, ElementsAre("a", "--listen", "-x", "--"));
  EXPECT_NE(error_of({"check", "--", "a"}), "");
}

TEST(CommandLine, TakesPathsThatAreNamedLikeCommands) {
  EXPECT_THAT(parse({"serve", "check", "serve", "help"})->paths, ElementsAre("check", "serve", "help"));
}

TEST(CommandLine, AnswersForHelpAndVersion) {
  EXPECT_EQ(parse({"--help"})->command, Command::kHelp);
  EXPECT_EQ(parse({"--help"})->topic, "");
  EXPECT_EQ(parse({"-h"})->command, Command::kHelp);
  EXPECT_EQ(parse({"help"})->topic, "");
  EXPECT_EQ(parse({"help", "config"})->topic, "config");
  EXPECT_EQ(parse({"help", "--listen"})->topic, "--listen");
  EXPECT_EQ(parse({"serve", "--help"})->topic, "serve");
  EXPECT_EQ(parse({"check", "-h"})->topic, "check");
  EXPECT_EQ(parse({"help", "--generate", "man1"})->generate, "man1");
  EXPECT_EQ(parse({"--version"})->command, Command::kVersion);
  EXPECT_EQ(parse({"check", "--config", "x"})->command, Command::kCheck);
}

TEST(CommandLine, SaysWhatIsWrongAndWhatToDo) {
  EXPECT_EQ(error_of({}), "no command (tailwater serve follows /var/log; tailwater --help lists all commands)");
  EXPECT_EQ(error_of({"serv"}), "unknown command serv (did you mean serve? tailwater --help lists all)");
  EXPECT_EQ(error_of({"frobnicate"}), "unknown command frobnicate (tailwater --help lists all)");
  EXPECT_EQ(error_of({"/var/log/syslog"}),
            "unknown command /var/log/syslog (to follow it: tailwater serve /var/log/syslog)");
  EXPECT_EQ(error_of({"serve", "--lisen", "x"}), "unknown option --lisen (did you mean --listen?)");
  EXPECT_EQ(error_of({"serve", "--lisen=x"}), "unknown option --lisen (did you mean --listen?)");
  EXPECT_EQ(error_of({"serve", "-q"}), "unknown option -q (tailwater help serve lists all)");
  EXPECT_EQ(error_of({"check", "--threads", "3"}), "unknown option --threads (tailwater help check lists all)");
  EXPECT_EQ(error_of({"check", "x"}),
            "check takes no further argument, but there is 'x' (tailwater help check says what it takes)");
  EXPECT_EQ(error_of({"help", "a", "b"}),
            "help takes no further argument, but there is 'b' (tailwater help help says what it takes)");
  EXPECT_EQ(error_of({"serve", "--threads"}), "--threads needs a value (tailwater help serve says which)");
  EXPECT_EQ(error_of({"serve", "--insecure=maybe"}),
            "Could not convert: --insecure = maybe (tailwater --help lists all commands and options)");
}

TEST(CommandLine, SurvivesNoArgumentsAtAll) {
  EXPECT_FALSE(parse_command_line({}));
}

}  // namespace
}  // namespace tailwater
