// DaemonTest: the fixture of integration tests: a folder of logs and, once serve() was called, a daemon that follows
// it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/daemon_process.h"
#include "support/log_writer.h"
#include "support/sse_client.h"
#include "support/temp_dir.h"

namespace tailwater {

class DaemonTest : public ::testing::Test {
 protected:
  using Milliseconds = std::chrono::milliseconds;

  /// Follows `pattern` inside the folder of logs.
  void serve(const std::string& pattern = "*.log", std::vector<std::string> arguments = {}) {
    arguments.push_back(log(pattern));
    begin(std::move(arguments));
  }
  /// The same with a stream `app` in a configuration file, and more TOML in front of it.
  void serve_configured(const std::string& toml, const std::string& pattern = "*.log") {
    configure(toml, {pattern});
    begin({"--config", config_path()});
  }
  /// Writes the configuration file that serve_configured() starts with.
  void configure(const std::string& toml, const std::vector<std::string>& patterns) {
    std::string paths;
    for (const std::string& pattern : patterns) paths += (paths.empty() ? "\"" : ", \"") + log(pattern) + "\"";
    std::filesystem::remove(config_path());
    append_to_file(config_path(), toml + "\n[[stream]]\nname = \"app\"\npaths = [" + paths + "]\n");
  }

  [[nodiscard]] std::string config_path() const { return files_.file("tailwater.toml"); }
  [[nodiscard]] std::string log(const std::string& name) const { return logs_ + "/" + name; }
  /// A path beside the folder of logs, not inside it.
  [[nodiscard]] std::string outside(const std::string& name) const { return files_.file(name); }
  [[nodiscard]] const std::string& logs() const { return logs_; }
  [[nodiscard]] DaemonProcess& daemon() { return *daemon_; }
  [[nodiscard]] std::uint16_t port() const { return daemon_->port(); }
  [[nodiscard]] HttpReply get(const std::string& target) const { return fetch(port(), target); }

  /// A client of /api/events with these parameters, connected.
  [[nodiscard]] std::unique_ptr<SseClient> follow(const std::string& parameters) const {
    auto client = std::make_unique<SseClient>(port(), "/api/events?" + parameters);
    EXPECT_TRUE(client->connect()) << client->stream().head();
    return client;
  }
  /// The next `count` lines, fewer if they do not come in time.
  [[nodiscard]] static std::vector<std::string> next_lines(SseClient& client, std::size_t count,
                                                           Milliseconds limit = SseClient::kPatience) {
    std::size_t seen = 0;
    return lines_of(client.read_until(
        [&](const SseEvent& event) { return (seen += event.type == "log" ? 1 : 0) == count; }, limit));
  }
  /// What comes within a time in which nothing should.
  [[nodiscard]] static std::vector<std::string> unexpected_lines(SseClient& client,
                                                                 Milliseconds time = Milliseconds(300)) {
    return next_lines(client, 1, time);
  }
  /// All that a client with these parameters and follow=0 is given.
  [[nodiscard]] std::vector<SseEvent> history(const std::string& parameters) const {
    return fetch_events(port(), "/api/events?follow=0&" + parameters);
  }
  /// Waits until the daemon has read everything up to this line of a file.
  void wait_for_line(const std::string& line) const {
    const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      const std::vector<std::string> last = lines_of(history("tail=1"));
      if (!last.empty() && last.back() == line) return;
      std::this_thread::sleep_for(Milliseconds(5));
    }
    ADD_FAILURE() << "the daemon never read: " << line;
  }

 private:
  void begin(std::vector<std::string> arguments) {
    daemon_ = std::make_unique<DaemonProcess>(std::move(arguments));
    ASSERT_TRUE(daemon_->start()) << daemon_->failure();
  }

  TempDir files_;
  std::string logs_ = files_.folder("logs");
  std::unique_ptr<DaemonProcess> daemon_;
};

}  // namespace tailwater
