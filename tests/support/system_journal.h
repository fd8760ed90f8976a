// SystemJournal: a daemon whose stream follows a folder of real journal files, which systemd-journal-remote writes.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "support/daemon_test.h"

namespace tailwater {

inline constexpr const char* kWriter = "/lib/systemd/systemd-journal-remote";

class SystemJournal : public DaemonTest {
 protected:
  void SetUp() override {
    if (::access(kWriter, X_OK) != 0) GTEST_SKIP() << "systemd-journal-remote is not installed";
  }

  [[nodiscard]] const std::string& journal() const { return journal_; }
  [[nodiscard]] std::string spool() const { return daemon().state_dir() + "/sdjournal/journal.jsonl"; }
  /// Entries `begin` to `end` (not included) of the test, appended to a file of the journal's directory.
  void write(int begin, int end, const std::string& file = "system.journal") {
    std::string text;
    for (int i = begin; i < end; ++i) {
      text += fmt::format(
          "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
          "_TRANSPORT={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=app\n_PID=42\n_HOSTNAME=web1\n_SYSTEMD_UNIT=app{}.service\n"
          "MESSAGE=line {} of the test\n\n",
          1'764'000'000'000'000LL + i * 100LL, 1'000'000LL + i * 100LL, i % 10 == 9 ? "kernel" : "stdout", i % 8, i % 3,
          i);
    }
    const std::string export_file = outside("export");
    std::filesystem::remove(export_file);
    append_to_file(export_file, text);
    const ProgramResult made =
        run_program({{kWriter, "-o", journal_ + "/" + file, export_file}, {}, {}, {}, -1, -1, {}, 0, 0});
    ASSERT_EQ(made.exit_code(), 0) << made.errors;
    ::chmod((journal_ + "/" + file).c_str(), 0644);
  }
  void configure_journal(const std::string& rules) {
    std::filesystem::remove(config_path());
    append_to_file(config_path(), "[[stream]]\nname = \"journal\"\njournal = { directory = \"" + journal_ + "\"" +
                                      (rules.empty() ? "" : ", ") + rules + " }\n");
  }
  void serve_journal(const std::string& rules = "since = \"all\"") {
    configure_journal(rules);
    begin({"--config", config_path()});
  }
  /// The numbers of the entries that a client is given in all, once there are `count`.
  [[nodiscard]] std::vector<int> numbers(std::size_t count, const std::string& parameters = {}) const {
    const auto client = follow("from=start&stream=journal" + parameters);
    std::vector<int> found;
    for (const std::string& line : next_lines(*client, count, Milliseconds(20'000))) found.push_back(number_of(line));
    while (const auto event = client->next(Milliseconds(200))) {
      if (event->type == "log") found.push_back(-1);  // more than there should be
    }
    return found;
  }
  [[nodiscard]] static int number_of(const std::string& line) {
    const std::size_t at = line.find("\"message\":\"line ");
    return at == std::string::npos ? -1 : std::atoi(line.c_str() + at + 16);
  }
  [[nodiscard]] static std::vector<int> range(int begin, int end) {
    std::vector<int> all;
    for (int i = begin; i < end; ++i) all.push_back(i);
    return all;
  }

 private:
  TempDir journal_files_;
  std::string journal_ = journal_files_.folder("journal");
};

}  // namespace tailwater
