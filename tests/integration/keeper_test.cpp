// Streams that no restart ends: under the keeper, which plays the service manager's part, the daemon is restarted,
// replaced and killed in the middle of streams, and their clients read on as if nothing had been.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/access_daemon.h"
#include "support/daemon_test.h"
#include "support/http_client.h"
#include "support/wait_until.h"

namespace tailwater {
namespace {

class Keeper : public DaemonTest {
 protected:
  void keep(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"--keeper", "--threads", "2"});
    serve("*.log", std::move(arguments));
  }
  /// The process that serves now; 0 if there is none.
  [[nodiscard]] pid_t child() const {
    const std::string keeper = std::to_string(daemon().pid());
    const std::string text = read_whole_file("/proc/" + keeper + "/task/" + keeper + "/children");
    return text.empty() ? 0 : static_cast<pid_t>(std::stol(text));
  }
  /// Another process than `before` serves.
  void wait_for_another(pid_t before, std::size_t output_before) const {
    EXPECT_TRUE(wait_until([&] {
      return child() != 0 && child() != before &&
             daemon().output().find("listening on", output_before) != std::string::npos;
    })) << daemon().failure();
  }
  void replace(int signal_number, bool of_the_child) const {
    const pid_t before = child();
    const std::size_t output_before = daemon().output().size();
    ::kill(of_the_child ? before : daemon().pid(), signal_number);
    wait_for_another(before, output_before);
  }
  void restart() const { replace(SIGUSR2, /*of_the_child=*/false); }
  void kill_child() const { replace(SIGKILL, /*of_the_child=*/true); }

  void append_lines(int from, int to, const std::string& name = "a.log") const {
    std::string text;
    for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + "\n";
    append_to_file(log(name), text);
  }
  static std::vector<std::string> lines(int from, int to) {
    std::vector<std::string> made;
    for (int i = from; i < to; ++i) made.push_back("line " + std::to_string(i));
    return made;
  }
};

TEST_F(Keeper, KeepsAStreamOverRestartsAndKills) {
  append_lines(0, 10);
  keep();
  const auto client = follow("tail=10");
  EXPECT_EQ(next_lines(*client, 10), lines(0, 10));
  const std::uint16_t before = port();
  for (int round = 1; round <= 6; ++round) {
    append_lines(round * 100, round * 100 + 5);
    EXPECT_EQ(next_lines(*client, 5), lines(round * 100, round * 100 + 5)) << "round " << round;
    if (round % 3 == 0) {
      kill_child();
    } else {
      restart();
    }
    append_lines(round * 100 + 5, round * 100 + 10);
    EXPECT_EQ(next_lines(*client, 5), lines(round * 100 + 5, round * 100 + 10)) << "round " << round;
    EXPECT_FALSE(client->at_end());
  }
  EXPECT_EQ(before, port());
  EXPECT_TRUE(events_of({client->events().begin(), client->events().end()}, "hello").empty());
}

TEST_F(Keeper, KeepsWhatIsWrittenMeanwhileAndSaysItOnce) {
  append_lines(0, 1);
  keep();
  const auto client = follow("tail=0");
  ASSERT_TRUE(client->next("caught-up"));
  for (int round = 0; round < 4; ++round) {
    const pid_t before = child();
    const std::size_t output_before = daemon().output().size();
    append_lines(round * 1000, round * 1000 + 500);
    ::kill(round % 2 == 0 ? before : daemon().pid(), round % 2 == 0 ? SIGKILL : SIGUSR2);
    append_lines(round * 1000 + 500, round * 1000 + 1000);
    wait_for_another(before, output_before);
    EXPECT_EQ(next_lines(*client, 1000), lines(round * 1000, round * 1000 + 1000)) << "round " << round;
  }
  EXPECT_EQ(unexpected_lines(*client), std::vector<std::string>{});
  EXPECT_EQ(client->parser().comments(), 0U);
}

TEST_F(Keeper, GoesOnInTheMiddleOfTheHistoryThatASlowReaderTakes) {
  append_lines(0, 60'000);
  keep();
  const auto client = follow("from=start");
  std::vector<std::string> seen;
  for (int round = 0; round < 8; ++round) {
    client->pump(200'000 + 37'111 * static_cast<std::size_t>(round), SseClient::kPatience);
    if (round % 2 == 0) {
      kill_child();
    } else {
      restart();
    }
  }
  const auto events = client->read_until(
      [&, count = 0](const SseEvent& event) mutable { return event.type == "log" && ++count == 60'000; });
  EXPECT_EQ(lines_of(events), lines(0, 60'000));
  EXPECT_EQ(count_of(events, "hello"), 1U);
  EXPECT_EQ(count_of(events, "gap"), 0U);
  append_lines(60'000, 60'001);
  EXPECT_EQ(next_lines(*client, 1), lines(60'000, 60'001));
}

TEST_F(Keeper, KeepsPlainTextAndBatchesAndFilters) {
  append_lines(0, 1);
  keep();
  HttpStream text;
  ASSERT_TRUE(text.open(port(), {"/tail/logs?tail=0", {}, "GET", "1.1"}));
  const auto batches = follow("batch=1&tail=0");
  const auto filtered = follow("grep=7$&tail=0");
  ASSERT_TRUE(batches->next("caught-up"));
  ASSERT_TRUE(filtered->next("caught-up"));
  std::string got;
  std::string wanted;
  for (int round = 1; round <= 3; ++round) {
    append_lines(round * 100, round * 100 + 50);
    kill_child();
    append_lines(round * 100 + 50, round * 100 + 100);
    for (const std::string& line : lines(round * 100, round * 100 + 100)) wanted += line + "\n";
    while (got.size() < wanted.size() && !text.at_end() && !text.broken()) got += text.read(SseClient::kPatience);
    EXPECT_EQ(got, wanted);
    EXPECT_EQ(next_lines(*filtered, 10).back(), "line " + std::to_string(round * 100 + 97));
  }
  EXPECT_FALSE(batches->at_end());
}

TEST_F(Keeper, GoesOnWithTheBinaryThatRunsIfTheNewOneDoesNotStart) {
  append_lines(0, 1);
  const std::string binary = outside("tailwater");
  std::filesystem::copy_file(daemon_binary(), binary);
  ChildSettings settings;
  const std::uint16_t port = free_port();
  settings.command = {binary,        "serve",          "--keeper",  "--listen", "127.0.0.1:" + std::to_string(port),
                      "--state-dir", outside("state"), log("*.log")};
  settings.output_file = outside("stdout");
  settings.error_file = outside("stderr");
  ChildProcess keeper;
  ASSERT_TRUE(keeper.spawn(settings));
  ASSERT_TRUE(wait_until([&] { return read_whole_file(outside("stdout")).find("sandbox:") != std::string::npos; }));
  SseClient client(port, "/api/events?tail=1");
  ASSERT_TRUE(client.connect());
  EXPECT_EQ(next_lines(client, 1), lines(0, 1));
  // One that says that it would, and then does not.
  const auto put = [&](const std::string& script) {
    std::ofstream(binary + ".new") << script;
    std::filesystem::permissions(binary + ".new", std::filesystem::perms::owner_all);
    std::filesystem::rename(binary + ".new", binary);
  };
  put("#!/bin/sh\n[ \"$1\" = check ]\n");
  keeper.send_signal(SIGUSR2);
  ASSERT_TRUE(
      wait_until([&] { return read_whole_file(outside("stderr")).find("started again") != std::string::npos; }));
  append_lines(1, 2);
  EXPECT_EQ(next_lines(client, 1), lines(1, 2));
  put("#!/bin/sh\nexit 1\n");
  keeper.send_signal(SIGUSR2);
  ASSERT_TRUE(
      wait_until([&] { return read_whole_file(outside("stderr")).find("would not start") != std::string::npos; }));
  append_lines(2, 3);
  EXPECT_EQ(next_lines(client, 1), lines(2, 3));
  keeper.send_signal(SIGTERM);
  EXPECT_TRUE(client.next("shutdown"));
  const auto end = keeper.wait(SseClient::kPatience);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0);
}

TEST_F(Keeper, EndsItsChildAndTellsTheClientsWhenItIsStopped) {
  append_lines(0, 1);
  keep();
  const auto client = follow("tail=1");
  EXPECT_EQ(next_lines(*client, 1), lines(0, 1));
  kill_child();
  daemon().send_signal(SIGTERM);
  EXPECT_TRUE(client->next("shutdown"));
  const auto end = daemon().terminate(SseClient::kPatience);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0);
}

TEST_F(Keeper, IsKilledAgainAndAgainWhileItStarts) {
  append_lines(0, 1);
  keep();
  const auto client = follow("tail=0");
  ASSERT_TRUE(client->next("caught-up"));
  for (int round = 0; round < 4; ++round) {
    append_lines(round * 10, round * 10 + 10);
    const pid_t before = child();
    ::kill(before, SIGKILL);
    // As soon as there is another one, wherever it is.
    ASSERT_TRUE(wait_until([&] { return child() != 0 && child() != before; }));
  }
  EXPECT_EQ(next_lines(*client, 40), lines(0, 40));
  EXPECT_EQ(unexpected_lines(*client), std::vector<std::string>{});
  EXPECT_FALSE(client->at_end());
}

TEST_F(Keeper, RefusesNobodyMeanwhile) {
  append_lines(0, 1);
  keep({"--listen", "unix:" + outside("tailwater.sock")});
  const pid_t before = child();
  const std::size_t output_before = daemon().output().size();
  ::kill(before, SIGKILL);
  // Both wait, whatever becomes of it.
  SseClient client(port(), "/api/events?tail=1");
  ASSERT_TRUE(client.connect());
  EXPECT_EQ(next_lines(client, 1), lines(0, 1));
  HttpClient local("unix:" + outside("tailwater.sock"));
  ASSERT_TRUE(local.is_connected() && local.get("/healthz"));
  EXPECT_EQ(local.read_head().status, 200);
  wait_for_another(before, output_before);
  restart();
  HttpClient again("unix:" + outside("tailwater.sock"));
  ASSERT_TRUE(again.is_connected() && again.get("/healthz"));
  EXPECT_EQ(again.read_head().status, 200);
}

TEST_F(Keeper, KeepsStreamsOfUnixSockets) {
  append_lines(0, 1);
  const std::string address = "unix:" + outside("tailwater.sock");
  serve("*.log", {"--listen", address, "--keeper", "--threads", "1"});
  HttpClient client(address);
  ASSERT_TRUE(client.get("/api/events?tail=0&format=text"));
  ASSERT_TRUE(client.read_until("caught-up"));
  for (int round = 1; round <= 4; ++round) {
    append_lines(round, round + 1);
    ASSERT_TRUE(client.read_until("data: line " + std::to_string(round) + "\n")) << round;
    // How much a unix socket took nobody can ask: a stream that is killed in the very act of sending ends. The one
    // thread that sends answers this when it is through with that.
    HttpClient other(address);
    ASSERT_TRUE(other.get("/healthz"));
    ASSERT_EQ(other.read_head().status, 200);
    if (round % 2 == 0) {
      kill_child();
    } else {
      restart();
    }
  }
  append_lines(100, 101);
  EXPECT_TRUE(client.read_until("data: line 100\n"));
}

TEST_F(Keeper, RestartsOnceMoreWhereItIsAskedToInTheMiddleOfARestart) {
  append_lines(0, 1);
  keep();
  const auto client = follow("tail=0");
  ASSERT_TRUE(client->next("caught-up"));
  const auto restarts = [&] {
    const std::string output = daemon().output();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = output.find("listening on", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  const std::size_t before = restarts();
  const pid_t first = child();
  ::kill(daemon().pid(), SIGUSR2);
  ASSERT_TRUE(wait_until([&] { return child() != first && child() != 0; }));
  ::kill(daemon().pid(), SIGUSR2);
  EXPECT_TRUE(wait_until([&] { return restarts() >= before + 2; })) << daemon().failure();
  append_lines(7, 8);
  EXPECT_EQ(next_lines(*client, 1), lines(7, 8));
}

TEST_F(Keeper, LetsAReloadWaitForTheOneThatStarts) {
  append_lines(0, 1);
  keep();
  const pid_t before = child();
  const std::size_t output_before = daemon().output().size();
  ::kill(daemon().pid(), SIGUSR2);
  EXPECT_TRUE(wait_until([&] {
    ::kill(daemon().pid(), SIGHUP);
    return child() != before && daemon().output().find("listening on", output_before) != std::string::npos;
  })) << daemon().failure();
  EXPECT_TRUE(says("configuration reloaded"));
  EXPECT_EQ(daemon().errors().find("ended by signal"), std::string::npos) << daemon().errors();
}

/// Rights are looked at again.
class KeeperOfRights : public AccessDaemon {};

TEST_F(KeeperOfRights, EndsTheStreamOfATokenThatIsRevokedMeanwhile) {
  configure_access();
  const std::string stays = make_token("stays");
  const std::string goes = make_token("goes");
  serve_access({"--keeper"});
  const auto with = [&](const std::string& secret) {
    auto client = std::make_unique<SseClient>(port(), "/api/events?stream=app&tail=1");
    client->add_header("Authorization: Bearer " + secret);
    EXPECT_TRUE(client->connect());
    EXPECT_TRUE(client->next("caught-up"));
    return client;
  };
  const auto first = with(stays);
  const auto second = with(goes);
  const std::string keeper = std::to_string(daemon().pid());
  const pid_t child =
      static_cast<pid_t>(std::stol(read_whole_file("/proc/" + keeper + "/task/" + keeper + "/children")));
  // Nobody is there to notice.
  ::kill(child, SIGSTOP);
  EXPECT_EQ(run_tailwater({"token", "revoke", "goes", "--file", token_file()}).exit_code(), 0);
  ::kill(child, SIGKILL);
  EXPECT_TRUE(second->next("shutdown"));
  EXPECT_FALSE(second->next());
  EXPECT_TRUE(second->at_end());
  append_to_file(log("app.log"), "level=info still here\n");
  const auto event = first->next("log");
  ASSERT_TRUE(event);
  EXPECT_NE(event->data.find("still here"), std::string::npos);
}

}  // namespace
}  // namespace tailwater
