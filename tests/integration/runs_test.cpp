// Runs: files as jobs, from the first line to the last state: what is said over HTTP, in events and after a restart.
#include <filesystem>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/access_daemon.h"
#include "support/json_value.h"

namespace tailwater {
namespace {

using testing::HasSubstr;

class Runs : public DaemonTest {
 protected:
  void serve_runs(const std::string& runs = {}, const std::string& stream = {}) {
    configure("", {"*.log"});
    append_to_file(config_path(),
                   "[[stream]]\nname = \"ci\"\npush = true\n" + stream + "[[runs]]\nstream = \"ci\"\n" + runs);
    begin({"--config", config_path()});
  }
  [[nodiscard]] HttpReply send(const std::string& method, const std::string& target, const std::string& body = {},
                               const std::string& header = {}) const {
    std::vector<std::string> headers;
    if (!header.empty()) headers.push_back(header);
    return fetch(port(), HttpRequest{target, headers, method, "1.1", body});
  }
  HttpReply post(const std::string& name_and_parameters, const std::string& body = {}) const {
    return send("POST", "/api/ingest/ci/" + name_and_parameters, body);
  }
  [[nodiscard]] JsonValue run(const std::string& name) const {
    return JsonValue::parse(get("/api/runs/ci/" + name).body).value_or(JsonValue());
  }
  /// The run once `holds` is true of it, or as it is when time is up.
  template <typename Condition>
  [[nodiscard]] JsonValue run_when(const std::string& name, Condition holds) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    JsonValue found = run(name);
    while (!holds(found) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(Milliseconds(20));
      found = run(name);
    }
    return found;
  }
  [[nodiscard]] JsonValue run_of_lines(const std::string& name, double lines) const {
    return run_when(name, [lines](const JsonValue& run) { return run["lines"].number() >= lines; });
  }
  [[nodiscard]] std::vector<std::string> names(const std::string& query) const {
    std::vector<std::string> names;
    const auto page = JsonValue::parse(get("/api/runs" + query).body);
    if (!page) return names;
    for (const JsonValue& run : (*page)["runs"].items()) names.push_back(run["run"].text());
    return names;
  }
  static std::string state_in(const SseEvent& event) {
    return JsonValue::parse(event.data).value_or(JsonValue())["state"].text();
  }
};

TEST_F(Runs, IsToldByItsFileAndItsCalls) {
  serve_runs();
  EXPECT_EQ(post("build-17?state=running&label=branch=main").status, 200) << "nothing need be pushed";
  JsonValue announced = run("build-17");
  EXPECT_EQ(announced["state"].text(), "running") << "it is there when the answer is";
  EXPECT_EQ(announced["name"].text(), "build");
  EXPECT_EQ(announced["attempt"].number(), 17);
  EXPECT_EQ(announced["labels"]["branch"].text(), "main");
  EXPECT_EQ(post("build-17", "one\ntwo\n").status, 200);
  const JsonValue running = run_of_lines("build-17", 2);
  EXPECT_EQ(running["lines"].number(), 2);
  EXPECT_EQ(running["size"].number(), 8);
  EXPECT_THAT(running["begin"].text(), HasSubstr(".0.0"));
  EXPECT_EQ(post("build-17?state=failed&exit_code=3", "three").status, 200);
  const JsonValue over = run("build-17");
  EXPECT_EQ(over["state"].text(), "failed");
  EXPECT_TRUE(over["known"].boolean());
  EXPECT_EQ(over["exit_code"].number(), 3);
  EXPECT_FALSE(over["ended"].is_null());
  EXPECT_EQ(run_of_lines("build-17", 3)["state"].text(), "failed");
  EXPECT_EQ(post("build-17?state=running").status, 200);
  EXPECT_EQ(run("build-17")["state"].text(), "running") << "it begins again";
  EXPECT_TRUE(run("build-17")["exit_code"].is_null());
}

TEST_F(Runs, SaysWhatIsWrongWithACall) {
  serve_runs();
  const auto refused = [&](const std::string& parameters, const std::string& parameter) {
    const HttpReply reply = post("b?" + parameters);
    EXPECT_EQ(reply.status, 400) << parameters;
    EXPECT_EQ(JsonValue::parse(reply.body).value_or(JsonValue())["parameter"].text(), parameter) << reply.body;
  };
  refused("state=done", "state");
  refused("state=lost", "state");
  refused("state=passed&state=failed", "state");
  refused("exit_code=x", "exit_code");
  refused("attempt=-1", "attempt");
  refused("label=nothing", "label");
  refused("label=a%20b=c", "label");
  refused("name=", "name");
  refused("signal=%0A", "signal");
  refused("stat=passed", "stat");
  EXPECT_EQ(run("b")["state"].text(), "") << "nothing was made of any of them";
  EXPECT_EQ(send("HEAD", "/api/ingest/ci/b?state=passed").status, 400);
  EXPECT_EQ(send("PATCH", "/api/ingest/ci/b?state=passed", "x", "Upload-Offset: 7").status, 409);
  EXPECT_EQ(get("/api/runs/ci/b").status, 404) << "what was not appended did not end";
  EXPECT_EQ(send("PATCH", "/api/ingest/ci/b?state=passed", "x", "Upload-Offset: 0").status, 200);
  EXPECT_EQ(run("b")["state"].text(), "passed");
}

TEST_F(Runs, AStreamWithoutRunsTakesNoCalls) {
  configure("", {"*.log"});
  append_to_file(config_path(), "[[stream]]\nname = \"ci\"\npush = true\n");
  begin({"--config", config_path()});
  EXPECT_EQ(post("b?state=passed", "x\n").status, 400);
  EXPECT_EQ(post("b", "x\n").status, 200);
  EXPECT_EQ(names(""), std::vector<std::string>{});
}

TEST_F(Runs, AreFilteredSortedAndPaged) {
  serve_runs();
  for (int i = 1; i <= 5; ++i) {
    post(fmt::format("build-{}?state={}&label=branch={}", i, i % 2 == 1 ? "passed" : "failed", i < 4 ? "main" : "dev"));
  }
  post("lint-1?state=running");
  EXPECT_THAT(names("?sort=name"),
              testing::ElementsAre("ci/build-1", "ci/build-2", "ci/build-3", "ci/build-4", "ci/build-5", "ci/lint-1"));
  EXPECT_THAT(names("?sort=name&state=failed&label=branch=main"), testing::ElementsAre("ci/build-2"));
  EXPECT_THAT(names("?sort=name&latest=1"), testing::ElementsAre("ci/build-5", "ci/lint-1"));
  EXPECT_THAT(names("?sort=-name&name=b*&label=branch&limit=2"), testing::ElementsAre("ci/build-5", "ci/build-4"));
  const auto page = JsonValue::parse(get("/api/runs?sort=name&limit=4").body);
  ASSERT_TRUE(page);
  EXPECT_EQ((*page)["total"].number(), 6);
  EXPECT_EQ((*page)["counts"]["passed"].number(), 3);
  EXPECT_EQ((*page)["counts"]["running"].number(), 1);
  EXPECT_THAT(names("?sort=name&limit=4&after=" + (*page)["next"].text()),
              testing::ElementsAre("ci/build-5", "ci/lint-1"));
  EXPECT_EQ(get("/api/runs?sort=colour").status, 400);
  EXPECT_EQ(get("/api/runs?state=done").status, 400);
  EXPECT_EQ(get("/api/runs?after=7").status, 400);
  EXPECT_EQ(get("/api/runs?stream=none").status, 404);
}

TEST_F(Runs, ANewClientIsToldHowTheyStandAndThenOfEachChange) {
  serve_runs();
  post("a?state=passed");
  post("b?state=running");
  const auto client = follow("types=run&detail=summary");
  std::vector<std::string> first{client->next("run")->data, client->next("run")->data};
  std::sort(first.begin(), first.end());
  EXPECT_THAT(first[0], HasSubstr("\"run\":\"ci/a\""));
  EXPECT_THAT(first[1], HasSubstr("\"run\":\"ci/b\""));
  EXPECT_THAT(first[1], testing::Not(HasSubstr("\"stages\"")));
  EXPECT_TRUE(client->next("caught-up"));
  post("b?state=failed");
  auto changed = client->next("run");
  // The files that the calls have made may be followed only now, which the runs say anew.
  while (changed && state_in(*changed) != "failed") {
    EXPECT_EQ(state_in(*changed), changed->data.find("\"run\":\"ci/a\"") != std::string::npos ? "passed" : "running");
    changed = client->next("run");
  }
  ASSERT_TRUE(changed);
  EXPECT_THAT(changed->data, HasSubstr("\"run\":\"ci/b\""));
}

TEST_F(Runs, AnEndedRunsStreamEndsAndItsClientIsSentAway) {
  serve_runs();
  post("build-1?state=running", "one\n");
  const auto client = follow("run=ci/build-1&types=log,run&from=start");
  EXPECT_EQ(next_lines(*client, 1), (std::vector<std::string>{"one"}));
  post("build-1", "two\n");
  post("build-1?state=passed&exit_code=0", "three\n");
  const auto rest = client->read_until("end");
  EXPECT_EQ(lines_of(rest), (std::vector<std::string>{"two", "three"}));
  ASSERT_FALSE(rest.empty());
  EXPECT_EQ(rest.back().type, "end");
  const auto runs = events_of(rest, "run");
  ASSERT_FALSE(runs.empty());
  EXPECT_EQ(state_in(runs.back()), "passed");
  client->disconnect();
  EXPECT_FALSE(client->connect());
  EXPECT_THAT(client->stream().head(), HasSubstr("204"));
  // A late joiner gets all of it, and the end.
  const auto late = follow("run=ci/build-1&types=log,run&from=start");
  const auto all = late->read_until("end");
  EXPECT_EQ(lines_of(all), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(all.back().type, "end");
  // One that names the file by its path means the same run.
  const auto by_file = follow("stream=ci&file=build-1.log&types=log,run&from=start");
  EXPECT_EQ(by_file->read_until("end").back().type, "end");
  // A run that began again goes on.
  post("build-1?state=running", "four\n");
  ASSERT_TRUE(client->connect());
  EXPECT_EQ(next_lines(*client, 1), (std::vector<std::string>{"four"}));
}

TEST_F(Runs, GoOnOverTheRotationOfWhatWasPushed) {
  serve_runs("", "push_file_bytes = \"64KiB\"\n");
  post("build-1?state=running");
  const auto client = follow("run=ci/build-1&types=log,run&from=start");
  std::uint64_t offset = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string body = fmt::format("line {} {}\n", i, std::string(2000, 'x'));
    ASSERT_EQ(send("PATCH", "/api/ingest/ci/build-1", body, fmt::format("Upload-Offset: {}", offset)).status, 200);
    offset += body.size();
    if (i == 40) {
      EXPECT_EQ(run_of_lines("build-1", 41)["lines"].number(), 41);
      daemon().kill();
      ASSERT_TRUE(daemon().start());
    }
  }
  EXPECT_EQ(send("PATCH", "/api/ingest/ci/build-1?state=passed", "", fmt::format("Upload-Offset: {}", offset)).status,
            200);
  const JsonValue over = run_of_lines("build-1", 50);
  EXPECT_EQ(over["lines"].number(), 50);
  EXPECT_EQ(over["size"].number(), static_cast<double>(offset));
  EXPECT_EQ(over["state"].text(), "passed");
  // The reader was cut off by the kill; it comes back, and hears all of the rest and the end.
  std::vector<std::string> lines = lines_of(client->read_until("end"));
  client->disconnect();
  ASSERT_TRUE(client->connect());
  const auto rest = client->read_until("end");
  for (const std::string& line : lines_of(rest)) lines.push_back(line);
  ASSERT_EQ(lines.size(), 50U);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].rfind(fmt::format("line {} ", i), 0), 0U);
  EXPECT_EQ(rest.back().type, "end");
}

TEST_F(Runs, ABoardThatKnowsHowTheyStandIsToldOfChangesAlone) {
  serve_runs();
  post("a?state=passed");
  const auto client = follow("types=run&detail=summary&tail=0");
  EXPECT_TRUE(client->next("caught-up"));
  post("b?state=passed");
  // That all lines of `a` are there may have been found out meanwhile.
  const auto is_b = [](const SseEvent& event) { return event.data.find("\"run\":\"ci/b\"") != std::string::npos; };
  const auto changes = client->read_until(is_b);
  ASSERT_FALSE(changes.empty());
  EXPECT_TRUE(is_b(changes.back()));
  EXPECT_LE(count_of(changes, "run"), 2U);
  const auto all = follow("types=run&detail=summary");
  std::set<std::string> told;  // either may change once more meanwhile
  for (const SseEvent& event : all->read_until("caught-up")) {
    if (event.type == "run") told.insert(JsonValue::parse(event.data).value_or(JsonValue())["run"].text());
  }
  EXPECT_THAT(told, testing::ElementsAre("ci/a", "ci/b"));
}

TEST_F(Runs, OutliveAKillBetweenTheCallAndTheRestart) {
  serve_runs();
  post("build-1?state=running", "one\ntwo\n");
  EXPECT_EQ(run_of_lines("build-1", 2)["lines"].number(), 2);
  EXPECT_EQ(post("build-1?state=passed&exit_code=0&name=nightly&attempt=4", "three\n").status, 200);
  post("build-2?state=running", "x\n");
  daemon().kill();
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  EXPECT_EQ(run("build-1")["state"].text(), "passed");
  const JsonValue after = run_of_lines("build-1", 3);
  EXPECT_EQ(after["lines"].number(), 3) << "each line once";
  EXPECT_EQ(after["name"].text(), "nightly");
  EXPECT_EQ(after["attempt"].number(), 4);
  EXPECT_EQ(run_of_lines("build-2", 1)["state"].text(), "running");
  post("build-2?state=failed", "y\n");
  EXPECT_EQ(run_of_lines("build-2", 2)["lines"].number(), 2);
}

TEST_F(Runs, GoOnInTheMiddleAfterARestartAndAreReadOnce) {
  serve_runs();
  for (int i = 0; i < 3; ++i) {
    post("build-1", fmt::format("line {}\n", i));
    EXPECT_EQ(run_of_lines("build-1", i + 1)["lines"].number(), i + 1);
    if (i == 1) {
      daemon().kill();
    } else {
      EXPECT_TRUE(daemon().terminate(std::chrono::seconds(10)));
    }
    ASSERT_TRUE(daemon().start()) << daemon().failure();
  }
  post("build-1?state=passed");
  const JsonValue over = run_of_lines("build-1", 3);
  EXPECT_EQ(over["lines"].number(), 3);
  EXPECT_EQ(over["size"].number(), 21);
}

TEST_F(Runs, FilesThatWereThereBeforeAreRunsToo) {
  std::filesystem::create_directories(outside("jobs/web/7"));
  append_to_file(outside("jobs/web/7/log"), "a\nb\nc\n");
  configure("", {"*.log"});
  append_to_file(config_path(), "[[stream]]\nname = \"ci\"\npaths = [\"" + outside("jobs") +
                                    "/*/*/log\"]\n[[runs]]\nstream = \"ci\"\nmatch = "
                                    "'/(?P<project>[a-z]+)/(?P<attempt>\\d+)/log$'\n");
  begin({"--config", config_path()});
  const JsonValue found = run_of_lines("web/7/log", 3);
  EXPECT_EQ(found["lines"].number(), 3);
  EXPECT_EQ(found["state"].text(), "running");
  EXPECT_FALSE(found["known"].boolean());
  EXPECT_EQ(found["attempt"].number(), 7);
  EXPECT_EQ(found["labels"]["project"].text(), "web");
  // Written anew from its beginning: another run of the same name.
  std::filesystem::resize_file(outside("jobs/web/7/log"), 0);
  append_to_file(outside("jobs/web/7/log"), "d\n");
  EXPECT_EQ(run_when("web/7/log", [](const JsonValue& run) { return run["size"].number() == 2; })["lines"].number(), 1);
}

TEST_F(Runs, WhatItsOutputSaysIsTheSameOverARestart) {
  serve_runs("rules = ['^== (?P<stage>.+) ==$']\n");
  const std::string output =
      "== compile ==\n[1/4] a\nsrc/a.c:3:7: warning: unused\n[2/4] b\n== test ==\n[==========] Running 2 tests from 1 "
      "test "
      "suite.\n[ RUN      ] A.One\n[       OK ] A.One (0 ms)\n[ RUN      ] A.Two\na.cpp:7: Failure\n[  FAILED  ] A.Two "
      "(1 "
      "ms)\n[==========] 2 tests from 1 test suite ran. (1 ms total)\n[  PASSED  ] 1 test.\n";
  const std::size_t middle = output.find("[ RUN      ] A.Two");
  post("whole-1", output);
  post("whole-1?state=failed&exit_code=1");
  post("cut-1", output.substr(0, middle));
  EXPECT_EQ(run_of_lines("cut-1", 8)["stage"].text().substr(0, 4), "test");
  daemon().kill();
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  post("cut-1", output.substr(middle));
  post("cut-1?state=failed&exit_code=1");
  const JsonValue cut = run_of_lines("cut-1", 13);
  const JsonValue whole = run_of_lines("whole-1", 13);
  for (const JsonValue& run : {cut, whole}) {
    EXPECT_EQ(run["lines"].number(), 13);
    EXPECT_EQ(run["counts"]["passed"].number(), 1);
    EXPECT_EQ(run["counts"]["failed"].number(), 1);
    EXPECT_EQ(run["counts"]["warnings"].number(), 1);
    EXPECT_TRUE(run["stage"].is_null()) << "nothing is open once it is over";
    ASSERT_FALSE(run["failed_tests"].items().empty());
    EXPECT_THAT(run["failed_tests"].items()[0]["name"].text(), HasSubstr("Two"));
    const auto& annotation = run["annotations"].items().at(0);
    EXPECT_EQ(annotation["file"].text(), "src/a.c");
    EXPECT_EQ(annotation["line"].number(), 3);
    // An ID of a line leads to it.
    const auto page = JsonValue::parse(get("/api/records?limit=1&before=" + annotation["at"].text()).body);
    ASSERT_TRUE(page);
  }
  ASSERT_EQ(cut["stages"].items().size(), whole["stages"].items().size());
  for (std::size_t i = 0; i < cut["stages"].items().size(); ++i) {
    const JsonValue& stage = cut["stages"].items()[i];
    EXPECT_EQ(stage["name"].text(), whole["stages"].items()[i]["name"].text());
    EXPECT_EQ(stage["state"].text(), whole["stages"].items()[i]["state"].text());
    EXPECT_FALSE(stage["end"].is_null());
  }
}

TEST_F(Runs, AResultThatNobodyTellsIsWhatItsOutputSays) {
  serve_runs("idle = \"1s\"\n");
  post("a-1", "======= 3 passed in 0.12s =======\n");
  post("b-1", "Finished: FAILURE\n");
  const JsonValue ended = run_when("a-1", [](const JsonValue& run) { return run["state"].text() == "passed"; });
  EXPECT_EQ(ended["state"].text(), "passed");
  EXPECT_FALSE(ended["known"].boolean());
  EXPECT_EQ(run("b-1")["state"].text(), "failed");
}

TEST_F(Runs, PatternsThatDoNotFitAreNamedWithTheirPlaces) {
  append_to_file(config_path(),
                 "[[stream]]\nname = \"ci\"\npush = true\n[[runs]]\nstream = \"ci\"\nmatch = '('\nrules = "
                 "['^(?P<stage>x)', '(?P<nonsense>y)']\n");
  const ProgramResult result = run_tailwater({"check", "--config", config_path()});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, HasSubstr(config_path() + ":6:9: runs.match"));
  EXPECT_THAT(result.errors, HasSubstr(config_path() + ":7:27: runs.rules"));
}

TEST_F(Runs, ASilentRunIsLostUntilItSpeaksAgain) {
  serve_runs("idle = \"1s\"\n");
  post("build-1", "one\n");
  const auto client = follow("types=run&run=ci/build-1&detail=summary");
  const auto lost = client->read_until([](const SseEvent& event) { return state_in(event) == "lost"; });
  EXPECT_EQ(state_in(lost.back()), "lost");
  post("build-1", "two\n");
  EXPECT_EQ(run_of_lines("build-1", 2)["state"].text(), "running");
}

TEST_F(Runs, BadgesAndReportsAreCachedByTheirTags) {
  serve_runs();
  post("build-1?state=passed&label=branch=main");
  post("build-2?state=failed");
  for (const char* target :
       {"/badge/ci/build-1.svg", "/badge/ci.svg?name=build&label=branch=main", "/cc.xml",
        "/api/runs/ci/build-1/junit.xml", "/badge/ci/build-1.json", "/api/runs/ci/build-1", "/api/runs"}) {
    const HttpReply reply = get(target);
    EXPECT_EQ(reply.status, 200) << target;
    const std::string tag = reply.header("etag");
    EXPECT_NE(tag, "") << target;
    // That its lines are all there may be found out meanwhile: then it has another tag, once.
    HttpReply again = send("GET", target, "", "If-None-Match: " + tag);
    for (int i = 0; i < 10 && again.status == 200; ++i) {
      again = send("GET", target, "", "If-None-Match: " + again.header("etag"));
    }
    EXPECT_EQ(again.status, 304) << target;
    EXPECT_EQ(again.body, "");
  }
  EXPECT_THAT(get("/badge/ci.svg?name=build").body, HasSubstr(">failed<"));
  EXPECT_THAT(get("/badge/ci.svg?name=build&label=branch=main").body, HasSubstr(">passed<"));
  EXPECT_EQ(get("/badge/ci.svg").header("cross-origin-resource-policy"), "cross-origin") << "readmes are elsewhere";
  EXPECT_EQ(get("/badge/ci/build-9.svg").status, 404);
  EXPECT_THAT(get("/badge/ci.svg?name=none").body, HasSubstr(">unknown<"));
}

TEST_F(Runs, TheOldestGoWithTheirFiles) {
  serve_runs("keep_runs = 2\n");
  for (int i = 1; i <= 4; ++i) {
    post(fmt::format("b-{}?state=passed", i), "x\n");
    EXPECT_EQ(run_of_lines(fmt::format("b-{}", i), 1)["lines"].number(), 1);
  }
  daemon().kill();
  ASSERT_TRUE(daemon().start());
  (void)run_when("b-1", [&](const JsonValue&) { return names("?sort=run").size() == 2; });
  EXPECT_EQ(run("b-1")["state"].text(), "");
  EXPECT_THAT(names("?sort=run"), testing::ElementsAre("ci/b-3", "ci/b-4"));
  EXPECT_EQ(get("/api/ingest/ci/b-1").header("upload-offset"), "0") << "its file is gone";
  EXPECT_EQ(get("/api/ingest/ci/b-4").header("upload-offset"), "2");
}

class PublicRuns : public AccessDaemon {};

TEST_F(PublicRuns, AreForEverybodyAndOthersAreNot) {
  configure_access("",
                   "[[stream]]\nname = \"ci\"\npush = true\nwriters = [\"ci\"]\nreaders = []\n[[runs]]\nstream = "
                   "\"ci\"\npublic = true\n[[runs]]\nstream = \"app\"\n",
                   R"(["*", "anonymous"])");
  const std::string token = make_token("ci");
  serve_access();
  EXPECT_EQ(ask("/api/ingest/ci/b-1?state=passed", token, "POST", "hello\n").status, 200);
  EXPECT_EQ(ask("/api/ingest/app/a-1?state=passed", token, "POST", "hidden\n").status, 200);
  EXPECT_EQ(ask("/api/runs/ci/b-1").status, 200);
  EXPECT_EQ(ask("/badge/ci/b-1.svg").status, 200);
  EXPECT_EQ(ask("/api/runs/app/a-1").status, 404) << "auth.anonymous is none: `anonymous` opens nothing";
  EXPECT_EQ(ask("/badge/app.svg").status, 404);
  EXPECT_THAT(ask("/api/runs").body, testing::Not(HasSubstr("app")));
  EXPECT_THAT(ask("/cc.xml").body, testing::Not(HasSubstr("app")));
  EXPECT_EQ(ask("/api/ingest/ci/b-1?state=failed", "", "POST", "x\n").status, 403);
  EXPECT_EQ(ask("/api/runs?stream=app").status, 404);
  EXPECT_EQ(ask("/api/events?run=app/a-1&types=run").status, 404);
  const auto client = follow_as("X-Nobody: 1", "types=run&follow=0");
  for (const SseEvent& event : client->read_until("end")) EXPECT_THAT(event.data, testing::Not(HasSubstr("app/")));
  EXPECT_GE(audited({"\"run\"", "passed"}, 2), 2U);
}

}  // namespace
}  // namespace tailwater
