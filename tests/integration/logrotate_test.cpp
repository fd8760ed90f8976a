// The real logrotate with its usual configurations, run again and again while 20,000 lines a second are written.
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <set>

#include <fmt/format.h>

#include "support/build_kind.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Logrotate : public DaemonTest {
 protected:
  static constexpr int kFiles = 10;
  static constexpr int kRotations = 6;

  void SetUp() override {
    ChildSettings settings;
    settings.command = {"logrotate", "--version"};
    if (run_program(settings).exit_code() == 127) GTEST_SKIP() << "logrotate is not installed";
  }

  WriterSettings writer_settings() {
    WriterSettings settings;
    settings.directory = logs();
    settings.files = kFiles;
    settings.lines_per_second = load(20'000.0);
    settings.reopen_file = outside("reopen");
    return settings;
  }

  /// Writes logrotate's configuration; the script tells the writer to open its logs again and waits until it has.
  void write_configuration(const std::string& directives) {
    const std::string reopen = outside("reopen");
    append_to_file(outside("logrotate.conf"),
                   fmt::format("{}/*.log {{\n  rotate 100\n  missingok\n  {}\n  sharedscripts\n  postrotate\n"
                               "    touch {}\n    while test -e {}; do sleep 0.01; done\n  endscript\n}}\n",
                               logs(), directives, reopen, reopen));
  }

  void run_logrotate() {
    ChildSettings settings;
    settings.command = {"logrotate", "--force", "--state", outside("logrotate.state"), outside("logrotate.conf")};
    const ProgramResult result = run_program(settings);
    ASSERT_EQ(result.exit_code(), 0) << result.errors;
  }

  void rotate_under_load(LogWriter& writer, Milliseconds pause) {
    writer.start();
    for (int rotation = 0; rotation < kRotations; ++rotation) {
      std::this_thread::sleep_for(pause);
      run_logrotate();
    }
    std::this_thread::sleep_for(pause);
    writer.stop();
  }

  void expect_exact(const std::string& directives, const std::string& pattern, Milliseconds pause = Milliseconds(300)) {
    write_configuration(directives);
    LogWriter writer(writer_settings());
    serve(pattern);
    const auto live = follow("from=start");
    rotate_under_load(writer, pause);
    EXPECT_EQ(read_numbered(*live, writer.written()), "") << directives;
  }
};

TEST_F(Logrotate, Create) {
  expect_exact("create", "*.log");
}

TEST_F(Logrotate, CreateUnderAGlobThatMatchesTheRotatedFiles) {
  expect_exact("create", "*.log*");
}

TEST_F(Logrotate, NoCreate) {
  expect_exact("nocreate", "*.log");
}

TEST_F(Logrotate, Compress) {
  expect_exact("create\n  compress", "*.log");
}

TEST_F(Logrotate, DelayCompress) {
  expect_exact("create\n  compress\n  delaycompress", "*.log");
}

TEST_F(Logrotate, DateExtension) {
  expect_exact("create\n  dateext\n  dateformat -%Y%m%d-%s", "*.log", Milliseconds(1050));
}

// A program that is not told anything: the file is copied, then truncated under it. What is written between the two is
// lost by logrotate itself; what stands in a copy must have been delivered, or a gap says that it was not.
class Copytruncate : public Logrotate {
 protected:
  struct Outcome {
    std::uint64_t written = 0;
    std::size_t lost = 0;  ///< of what is still on disk
    std::string gaps;
  };
  [[nodiscard]] Outcome rotate_and_read(std::map<std::string, std::string> environment) {
    append_to_file(outside("logrotate.conf"), fmt::format("{}/*.log {{\n  rotate 100\n  copytruncate\n}}\n", logs()));
    LogWriter writer(writer_settings());
    begin({log("*.log")}, std::move(environment));
    const auto live = follow("from=start");
    NumberedLines seen;
    std::atomic<bool> written{false};
    std::thread reader([&] {
      while (!written) read_numbered(*live, UINT64_MAX, seen, Milliseconds(200));
      read_numbered(*live, UINT64_MAX, seen, Milliseconds(2000));
    });
    rotate_under_load(writer, Milliseconds(300));
    written = true;
    reader.join();

    std::set<LineNumber> on_disk;
    for (const auto& entry : std::filesystem::directory_iterator(logs())) {
      std::ifstream file(entry.path());
      std::string line;
      while (std::getline(file, line)) {
        if (const auto number = find_line_number(line)) on_disk.insert(*number);
      }
    }
    std::set<LineNumber> received;
    for (const ReceivedRecord& record : seen.records) {
      if (record.line.file < 0) continue;  // the rest of a line whose beginning was truncated away
      EXPECT_TRUE(received.insert(record.line).second) << "twice: seq " << record.line.seq;
    }
    Outcome outcome{writer.total(), 0, seen.gaps};
    for (const LineNumber& line : on_disk) outcome.lost += received.count(line) == 0 ? 1 : 0;
    std::cout << fmt::format("{} lines written, {} lost by logrotate's own window, {} by us, {}\n", outcome.written,
                             outcome.written - on_disk.size(), outcome.lost,
                             seen.gaps.empty() ? "no gap" : "announced");
    if (outcome.lost > 0) {
      EXPECT_NE(seen.gaps, "") << outcome.lost << " lines lost in silence";
    }
    return outcome;
  }
};

TEST_F(Copytruncate, LosesNothingButItsOwnWindowAndThatNotInSilence) {
  const Outcome outcome = rotate_and_read({});
  EXPECT_LE(outcome.lost, outcome.written / 1000);
}

// A file is copied and truncated twice before a daemon that is held up looks again.
TEST_F(Copytruncate, LosesNoWholeLifeOfAFileWhenCallsAreSlow) {
  const Outcome outcome = rotate_and_read(slow_calls(60));
  EXPECT_LE(outcome.lost, outcome.written / 50);
}

}  // namespace
}  // namespace tailwater
