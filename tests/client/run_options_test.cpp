#include "client/run_options.h"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/run_end.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<RunOptions> options(std::vector<const char*> words,
                           std::map<std::string, std::string, std::less<>> variables = {}) {
  words.insert(words.begin(), {"tailwater", "run"});
  const auto line = parse_command_line(words);
  if (!line) return fail(line.error());
  Environment environment;
  environment.variables = std::move(variables);
  return run_options(*line, environment, {"20260102-030405-abcd", "", 1000});
}

std::string error_of(std::vector<const char*> words) {
  const auto made = options(std::move(words));
  return made ? "" : made.error().message;
}

TEST(RunOptions, TakesEverythingBehindTwoDashesForTheCommand) {
  const auto run = options({"ci/build-1", "-q", "--", "make", "-n", "--", "--name", "x"});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_THAT(run->command, ElementsAre("make", "-n", "--", "--name", "x"));
  EXPECT_TRUE(run->quiet);
  EXPECT_EQ(run->url, "http://127.0.0.1:8245/api/ingest/ci/build-1");
  EXPECT_EQ(run->page, "http://127.0.0.1:8245/runs/ci/build-1");
  EXPECT_EQ(run->start, "state=running") << "the server takes the name from the file";
}

TEST(RunOptions, NamesARunAfterItsCommandWhereNobodyElseDoes) {
  const auto run = options({"--", "/usr/bin/my make", "test"});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->name, "ci/my-make-20260102-030405-abcd");
  EXPECT_EQ(run->start, "state=running&name=my%20make");
  EXPECT_EQ(options({"builds", "--name", "Nightly: ü", "--attempt", "7", "--", "x"})->name,
            "builds/Nightly-7-20260102-030405-abcd");
  EXPECT_EQ(options({"--", "x"}, {{"TAILWATER_STREAM", "jobs"}})->name, "jobs/x-20260102-030405-abcd");
  EXPECT_EQ(options({"--", "..."})->name, "ci/run-20260102-030405-abcd");
}

TEST(RunOptions, TakesNameNumberAndLabelsFromTheCiSystem) {
  const auto run = options({"--label", "branch=other", "--", "make"}, {{"GITHUB_ACTIONS", "true"},
                                                                       {"CI", "true"},
                                                                       {"GITHUB_WORKFLOW", "Tests"},
                                                                       {"GITHUB_JOB", "linux"},
                                                                       {"GITHUB_RUN_NUMBER", "17"},
                                                                       {"GITHUB_RUN_ID", "99"},
                                                                       {"GITHUB_REPOSITORY", "a/b"},
                                                                       {"GITHUB_SERVER_URL", "https://git.example"},
                                                                       {"GITHUB_REF_NAME", "main"}});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->name, "ci/Tests-linux-17-20260102-030405-abcd");
  EXPECT_EQ(run->start,
            "state=running&name=Tests-linux&attempt=17&label=branch%3Dother&label=ci%3Dgithub&label=repository%3Da%2Fb"
            "&label=id%3D99&label=url%3Dhttps%3A%2F%2Fgit.example%2Fa%2Fb%2Factions%2Fruns%2F99");
  EXPECT_THAT(
      options({"--", "make"}, {{"GITLAB_CI", "true"}, {"CI_JOB_NAME", "unit"}, {"CI_PIPELINE_IID", "3"}})->start,
      HasSubstr("name=unit&attempt=3&label=ci%3Dgitlab"));
  EXPECT_THAT(options({"--", "make"}, {{"JENKINS_URL", "http://j"}, {"JOB_NAME", "a/b"}, {"BUILD_NUMBER", "4"}})->name,
              HasSubstr("ci/a-b-4-"));
  EXPECT_THAT(options({"--no-ci", "--", "make"}, {{"JENKINS_URL", "http://j"}, {"JOB_NAME", "a"}})->start,
              HasSubstr("name=make"));
  EXPECT_THAT(options({"--", "make"}, {{"GITHUB_ACTIONS", "false"}})->start, HasSubstr("name=make"));
}

TEST(RunOptions, KeepsTheStartingCallShortWhateverTheEnvironmentHolds) {
  const std::string text(100'000, 'x');
  const auto run = options({"--", "make"}, {{"GITLAB_CI", "1"},
                                            {"CI_JOB_NAME", text},
                                            {"CI_COMMIT_REF_NAME", "a\nb" + text},
                                            {"CI_COMMIT_SHA", "\xff"},
                                            {"CI_PROJECT_PATH", text}});
  ASSERT_TRUE(run);
  EXPECT_LT(run->start.size(), 6'000U);
  EXPECT_LT(run->name.size(), 150U);
  EXPECT_THAT(run->start, HasSubstr("a%20bxxx"));
  EXPECT_THAT(run->start, HasSubstr("%EF%BF%BD"));
}

TEST(RunOptions, FindsAPlaceForTheSpool) {
  EXPECT_THAT(options({"--", "x"}, {{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}})->spool_directories,
              ElementsAre("/s/tailwater/runs", "/tmp/tailwater-runs-1000"));
  EXPECT_THAT(options({"--", "x"}, {{"HOME", "/h"}, {"TMPDIR", "/t"}})->spool_directories,
              ElementsAre("/h/.local/state/tailwater/runs", "/t/tailwater-runs-1000"));
  EXPECT_THAT(options({"--spool", "/a", "--", "x"})->spool_directories, ElementsAre("/a"));
}

TEST(RunOptions, ReadsTimesAndSizes) {
  EXPECT_EQ(options({"--", "x"})->wait, Milliseconds(30'000));
  EXPECT_EQ(options({"--wait", "forever", "--", "x"})->wait, std::nullopt);
  EXPECT_EQ(options({"--wait", "0", "--", "x"})->wait, Milliseconds(0));
  EXPECT_EQ(options({"--spool-size", "1GiB", "--", "x"})->spool_bytes, 1ULL << 30);
}

TEST(RunOptions, SaysWhatIsWrong) {
  EXPECT_THAT(error_of({}), HasSubstr("run needs a command behind two dashes"));
  EXPECT_THAT(error_of({"make"}), HasSubstr("run needs a command behind two dashes"));
  EXPECT_THAT(error_of({"ci/a", "make", "--", "x"}), HasSubstr("'make'"));
  EXPECT_THAT(error_of({"ci/.a", "--", "x"}), HasSubstr("'ci/.a' is no name for a run"));
  EXPECT_THAT(error_of({"ci/a/b/c/d/e", "--", "x"}), HasSubstr("no name"));
  EXPECT_THAT(error_of({"ci//a", "--", "x"}), HasSubstr("no name"));
  EXPECT_THAT(error_of({"--attempt", "x", "--", "x"}), HasSubstr("--attempt x"));
  EXPECT_THAT(error_of({"--label", "branch", "--", "x"}), HasSubstr("--label branch: a label is KEY=VALUE"));
  EXPECT_THAT(error_of({"-l", "a b=c", "--", "x"}), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(error_of({"-l", "a=c", "-l", "a=d", "--", "x"}), HasSubstr("twice"));
  EXPECT_THAT(error_of({"--wait", "x", "--", "x"}), HasSubstr("--wait x"));
  EXPECT_THAT(error_of({"--spool-size", "x", "--", "x"}), HasSubstr("--spool-size"));
  EXPECT_THAT(error_of({"--pty", "--no-pty", "--", "x"}), HasSubstr("--pty and --no-pty"));
  EXPECT_THAT(error_of({"--send", "--", "x"}), HasSubstr("--send"));
  EXPECT_THAT(error_of({"--to", "host", "--", "x"}), HasSubstr("is no address of a server"));
}

TEST(RunEnd, TellsTheShellAndTheServer) {
  const WallTime now = WallTime(Milliseconds(0));
  const std::string time = "&time=1970-01-01T00%3A00%3A00.000Z";
  EXPECT_EQ(end_query({}, now), "state=passed&exit_code=0" + time);
  EXPECT_EQ(end_query({3, 0, false, false}, now), "state=failed&exit_code=3" + time);
  EXPECT_EQ(end_query({0, SIGSEGV, false, false}, now), "state=failed&signal=SIGSEGV" + time);
  EXPECT_EQ(end_query({0, SIGTERM, false, false}, now), "state=canceled&signal=SIGTERM" + time);
  EXPECT_EQ(end_query({1, 0, false, true}, now), "state=canceled&exit_code=1" + time);
  EXPECT_EQ(end_query({0, 0, false, true}, now), "state=passed&exit_code=0" + time);
  EXPECT_EQ(end_query({127, 0, true, false}, now), "state=errored&exit_code=127" + time);
  EXPECT_EQ(exit_status({0, SIGTERM, false, false}), 143);
  EXPECT_EQ(exit_status({3, 0, false, false}), 3);
}

}  // namespace
}  // namespace tailwater
