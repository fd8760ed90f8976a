// What a job announces as secret is in no answer from then on, whichever way its lines are asked for.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/daemon_test.h"
#include "support/http_client.h"

namespace tailwater {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "hunter2-and-more";

class RunMasks : public DaemonTest {
 protected:
  void serve_runs(const std::string& more = {}) {
    configure("", {"*.log"});
    append_to_file(config_path(),
                   "[[runs]]\nstream = \"app\"\n[[metric]]\nname = \"logins\"\ntype = \"counter\"\n"
                   "stream = \"app\"\nmatch = 'login (?P<who>\\S+)'\n" +
                       more);
    begin({"--config", config_path()});
  }
  void write_run() {
    append_to_file(log("job.log"), fmt::format("begin\n::add-mask::{0}\n::group::Log in\nlogin {0}\n"
                                               "::error file=a.c,line=1::no {0}\n::endgroup::\nend\n",
                                               kSecret));
  }
  [[nodiscard]] std::string body(const std::string& target) const { return get(target).body; }
  /// By every way there is; the first two show the job to have been read to its end.
  void expect_hidden() const {
    const std::vector<std::string> targets{"/api/events?follow=0&from=start&stream=app",
                                           "/tail/app?follow=0&from=start",
                                           "/api/events?follow=0&from=start&stream=app&fields=1",
                                           "/api/events?follow=0&from=start&stream=app&batch=1",
                                           "/api/records?stream=app&limit=100",
                                           "/api/search?stream=app&grep=login",
                                           "/api/search?stream=app&grep=begin&context=5",
                                           "/api/raw/app/job.log",
                                           "/api/raw/app/job.log?format=text",
                                           "/api/runs",
                                           "/api/runs/app/job.log",
                                           "/metrics",
                                           "/api/streams"};
    for (const std::string& target : targets) EXPECT_THAT(body(target), Not(HasSubstr(kSecret))) << target;
    EXPECT_THAT(body(targets[0]), HasSubstr("login [redacted:mask]"));
    EXPECT_THAT(body(targets[1]), HasSubstr("::add-mask::[redacted:mask]\n"));
    EXPECT_THAT(body("/api/raw/app/job.log?format=text"), HasSubstr("login [redacted:mask]"));
    EXPECT_THAT(body("/api/search?stream=app&grep=begin&context=5"), HasSubstr("login [redacted:mask]"));
    // Nobody finds out by asking.
    EXPECT_TRUE(lines_of(history(fmt::format("from=start&grep={}", kSecret))).empty());
    EXPECT_EQ(get("/api/raw/app/job.log").status, 403);
  }
};

TEST_F(RunMasks, HideASecretFromItsAnnouncementOn) {
  serve_runs();
  const auto client = follow("tail=0");
  write_run();
  const auto lines = next_lines(*client, 7);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_THAT(lines, Each(Not(HasSubstr(kSecret))));
  EXPECT_EQ(lines[3], "login [redacted:mask]");
  expect_hidden();
}

TEST_F(RunMasks, HideASecretThatWasAnnouncedBeforeTheStart) {
  write_run();
  serve_runs();
  expect_hidden();
  const auto client = follow("tail=0");
  append_to_file(log("job.log"), fmt::format("late {}\n", kSecret));
  EXPECT_EQ(next_lines(*client, 1), (std::vector<std::string>{"late [redacted:mask]"}));
}

TEST_F(RunMasks, HideASecretAfterARestartWithoutReaders) {
  serve_runs();
  write_run();
  wait_for_line("end");
  daemon().kill();
  append_to_file(log("job.log"), fmt::format("away {}\n", kSecret));
  ASSERT_TRUE(daemon().start());
  append_to_file(log("job.log"), fmt::format("back {}\n", kSecret));
  wait_for_line("back [redacted:mask]");
  expect_hidden();
}

TEST_F(RunMasks, HideNothingOfOtherFilesAndStreams) {
  serve_runs("[[stream]]\nname = \"other\"\npaths = [\"" + log("*.txt") + "\"]\n");
  write_run();
  wait_for_line("end");
  append_to_file(log("second.log"), fmt::format("login {}\n", kSecret));
  append_to_file(log("notes.txt"), fmt::format("::add-mask::{0}\nlogin {0}\n", kSecret));
  for (const char* where : {"file=**/second.log", "stream=other"}) {
    const std::string target = fmt::format("/api/events?follow=0&from=start&{}", where);
    EXPECT_TRUE(wait_until([&] { return body(target).find(fmt::format("login {}", kSecret)) != std::string::npos; }))
        << target;
  }
}

TEST_F(RunMasks, HideWhatARuleOfTheConfigurationFinds) {
  configure("", {"*.log"});
  append_to_file(config_path(), "[[runs]]\nstream = \"app\"\nrules = ['^SECRET (?P<mask>\\S+)$']\n");
  begin({"--config", config_path()});
  append_to_file(log("job.log"), fmt::format("SECRET {0}\nlogin {0}\n", kSecret));
  wait_for_line("login [redacted:mask]");
  EXPECT_EQ(lines_of(history("from=start")),
            (std::vector<std::string>{"SECRET [redacted:mask]", "login [redacted:mask]"}));
}

}  // namespace
}  // namespace tailwater
