// DaemonTest: the fixture of integration tests: a folder of logs and, once serve() was called, a daemon that follows
// it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/daemon_process.h"
#include "support/log_writer.h"
#include "support/resuming_reader.h"
#include "support/sse_client.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

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
  [[nodiscard]] DaemonProcess& daemon() const { return *daemon_; }
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
  /// Reads on until every numbered line was seen, then a moment longer. Empty if each came once, in the order of its
  /// file, and no gap between them; else what is wrong. `written`: how many lines each file got.
  [[nodiscard]] static std::string read_numbered(SseClient& client, const std::vector<std::uint64_t>& written,
                                                 Milliseconds limit = Milliseconds(30'000)) {
    NumberedLines seen;
    read_numbered(client, count_wanted(written, every_line), seen, limit);
    return seen.gaps + compare_with_oracle(seen.records, written, every_line);
  }
  /// The same where a gap is right that says that nobody can know how much was lost: the file was replaced or truncated
  /// while the daemon was away.
  [[nodiscard]] static std::string read_numbered_after_absence(SseClient& client,
                                                               const std::vector<std::uint64_t>& written) {
    NumberedLines seen;
    read_numbered(client, count_wanted(written, every_line), seen);
    const bool unknown_only = seen.gaps.empty() || seen.gaps.find("\"bytes\":null") != std::string::npos;
    return (unknown_only ? "" : seen.gaps) + compare_with_oracle(seen.records, written, every_line);
  }
  struct NumberedLines {
    std::vector<ReceivedRecord> records;
    std::string gaps;
  };
  /// The same over several connections: adds to `seen` until it holds `count` records.
  static void read_numbered(SseClient& client, std::uint64_t count, NumberedLines& seen,
                            Milliseconds limit = Milliseconds(30'000)) {
    const auto take = [&](const SseEvent& event) {
      if (event.type == "gap") seen.gaps += "gap " + event.data + "; ";
      if (event.type == "log") seen.records.push_back({find_line_number(event.data).value_or(LineNumber{-1, 0}), 0});
    };
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (seen.records.size() < count) {
      const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
      const auto event = client.next(std::max(Milliseconds(0), left));
      if (!event) return;
      take(*event);
    }
    while (const auto event = client.next(Milliseconds(150))) take(*event);
  }
  /// Waits until the daemon has read everything up to this line of a file.
  void wait_for_line(const std::string& line) const {
    const auto is_last = [&] {
      const std::vector<std::string> last = lines_of(history("tail=1"));
      return !last.empty() && last.back() == line;
    };
    EXPECT_TRUE(wait_until(is_last, SseClient::kPatience)) << "the daemon never read: " << line;
  }
  /// Waits until the daemon's own log holds this; false if it does not come.
  [[nodiscard]] bool says(const std::string& text) const {
    return wait_until([&] { return daemon().errors().find(text) != std::string::npos; }, SseClient::kPatience);
  }

  void begin(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) {
    daemon_ =
        std::make_unique<DaemonProcess>(DaemonSettings{std::move(arguments), {}, std::move(environment), 0, 0, {}});
    ASSERT_TRUE(daemon_->start()) << daemon_->failure();
  }

 private:
  TempDir files_;
  std::string logs_ = files_.folder("logs");
  std::unique_ptr<DaemonProcess> daemon_;
};

}  // namespace tailwater
