#include "client/tail_options.h"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/reconnect_delay.h"
#include "client/run_result.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

Result<TailOptions> options(std::vector<const char*> words, const Environment& environment = {},
                            bool terminal = false) {
  words.insert(words.begin(), {"tailwater", "tail"});
  const auto line = parse_command_line(words);
  EXPECT_TRUE(line) << line.error().message;
  return tail_options(*line, environment, terminal);
}

std::string parameters(const TailOptions& options) {
  std::string text;
  for (const QueryParameter& each : options.parameters) text += each.name + "=" + each.value + " ";
  return text;
}

TEST(TailOptions, TurnsFlagsIntoParameters) {
  const auto given = options({"-n", "5", "--grep", "a", "-e", "b", "--exclude=c", "-i", "--level", "warn", "--unknown",
                              "--no-follow", "--since", "10m", "--where", "status>=500", "--file", "*.log", "app"});
  ASSERT_TRUE(given);
  EXPECT_EQ(parameters(*given),
            "level=warn unknown=pass grep=a grep=b exclude=c case=insensitive where=status>=500 file=*.log tail=5 "
            "since=10m follow=0 ");
  EXPECT_EQ(given->endpoint.url("/x"), "http://127.0.0.1:8245/x?stream=app");
}

TEST(TailOptions, ColorsTerminalsUnlessToldOtherwise) {
  Environment quiet;
  quiet.variables["NO_COLOR"] = "1";
  Environment dumb;
  dumb.variables["TERM"] = "dumb";
  EXPECT_FALSE(options({})->style.colors);
  EXPECT_TRUE(options({}, {}, /*terminal=*/true)->style.colors);
  EXPECT_FALSE(options({"--no-color"}, {}, /*terminal=*/true)->style.colors);
  EXPECT_FALSE(options({}, quiet, /*terminal=*/true)->style.colors);
  EXPECT_FALSE(options({}, dumb, /*terminal=*/true)->style.colors);
  EXPECT_TRUE(options({"--color"}, quiet)->style.colors);
}

TEST(TailOptions, TakesTheServerAndTheTokenFromTheEnvironment) {
  Environment environment;
  environment.variables["TAILWATER_URL"] = "https://logs.example/x/";
  environment.variables["TAILWATER_TOKEN"] = "abc";
  EXPECT_EQ(options({"app"}, environment)->endpoint.base_url, "https://logs.example/x");
  EXPECT_EQ(options({"app"}, environment)->access.token, "abc");
  EXPECT_EQ(options({"--url", "http://other"}, environment)->endpoint.base_url, "http://other");
}

TEST(TailOptions, ReadsTheTokenFromAFileAndRefusesWhatWouldEndTheHeader) {
  TempDir directory;
  std::ofstream(directory.file("good")) << "s3cret\nrest\n";
  std::ofstream(directory.file("bad")) << "a b\n";
  std::ofstream(directory.file("empty")) << "\n";
  EXPECT_EQ(options({"--token-file", directory.file("good").c_str()})->access.token, "s3cret");
  for (const char* name : {"bad", "empty", "absent"}) {
    const auto given = options({"--token-file", directory.file(name).c_str()});
    ASSERT_FALSE(given) << name;
    EXPECT_NE(given.error().message.find(name), std::string::npos) << given.error().message;
  }
}

TEST(ReconnectDelay, GrowsIsBoundedAndHeedsTheServer) {
  ReconnectDelay delay(1);
  const Milliseconds first = delay.next(Milliseconds(0));
  EXPECT_LE(first, ReconnectDelay::kFirst);
  Milliseconds last{};
  for (int i = 0; i < 30; ++i) last = delay.next(Milliseconds(0));
  EXPECT_GE(last, ReconnectDelay::kLongest / 2);
  EXPECT_LE(last, ReconnectDelay::kLongest);
  delay.reset();
  EXPECT_LE(delay.next(Milliseconds(0)), ReconnectDelay::kFirst);
  EXPECT_EQ(delay.next(Milliseconds(5000)), Milliseconds(5000));
  EXPECT_EQ(delay.next(Milliseconds(1'000'000)), Milliseconds(60'000)) << "no server may send a client to sleep";
}

TEST(TailOptions, FollowsOneRunToItsEnd) {
  for (const auto& words : {std::vector<const char*>{"--run", "ci/build-17"},
                            {"--exit-status", "ci/build-17"},
                            {"http://127.0.0.1:8245/runs/ci/build-17"},
                            {"--run", "http://127.0.0.1:8245/", "ci/build-17"}}) {
    const auto given = options(words);
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ(given->run, "ci/build-17");
    EXPECT_EQ(given->endpoint.url("/x"), "http://127.0.0.1:8245/x?run=ci%2Fbuild-17&types=log%2Crun&detail=summary");
  }
  EXPECT_TRUE(options({"--exit-status", "ci/b"})->exit_status);
  EXPECT_EQ(options({"ci/build-17"})->run, "");
  EXPECT_FALSE(options({"--run", "ci"}));
  EXPECT_FALSE(options({"--run", "ci/a", "ci/b"}));
  EXPECT_FALSE(options({"--exit-status", "http://127.0.0.1:8245/"}));
}

TEST(RunResult, SaysHowARunCameOut) {
  const auto result = [](std::string_view rest) {
    const RunResult made = run_result(R"({"run":"ci/a","state":)" + std::string(rest) + "}");
    return fmt::format("{} {} {}", made.over, made.exit_status, made.text);
  };
  EXPECT_EQ(result(R"("passed","exit_code":0,"signal":null)"), "true 0 ci/a passed");
  EXPECT_EQ(result(R"("failed","exit_code":7)"), "true 7 ci/a failed (exit code 7)");
  EXPECT_EQ(result(R"("canceled","exit_code":null,"signal":"SIGTERM")"), "true 143 ci/a canceled (SIGTERM)");
  EXPECT_EQ(result(R"("lost")"), "true 1 ci/a lost");
  EXPECT_EQ(result(R"("errored","exit_code":100000)"), "true 1 ci/a errored (exit code 100000)");
  EXPECT_EQ(result(R"("running")"), "false 1 ci/a running");
  EXPECT_FALSE(run_result("nonsense").over);
}

}  // namespace
}  // namespace tailwater
