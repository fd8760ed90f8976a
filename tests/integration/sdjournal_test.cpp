// The system's journal as a source: real journal files, written by systemd-journal-remote, followed from a directory.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/build_kind.h"
#include "support/scrape.h"
#include "support/system_journal.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(SystemJournal, GivesEntriesOldAndNewWithTheirFields) {
  write(0, 3);
  serve_journal();
  const auto client = follow("from=start&fields=1");
  const auto first = client->read_until([](const SseEvent& event) { return event.type == "log"; });
  ASSERT_FALSE(first.empty());
  EXPECT_THAT(first.back().data, HasSubstr(R"("level":"critical")"));
  EXPECT_THAT(first.back().data, HasSubstr(R"("time":"2025-11-24T16:00:00.000Z")"));
  EXPECT_THAT(first.back().data, HasSubstr(R"("unit":"app0.service")"));
  EXPECT_THAT(first.back().data, HasSubstr(R"("message":"line 0 of the test")"));
  EXPECT_EQ(next_lines(*client, 2).size(), 2U);
  write(3, 4);
  const auto live = next_lines(*client, 1);
  ASSERT_EQ(live.size(), 1U);
  EXPECT_EQ(number_of(live.front()), 3);
  EXPECT_THAT(get("/metrics").body, HasSubstr("tailwater_sdjournal_entries_total{stream=\"journal\"} 4\n"));
  EXPECT_THAT(get("/metrics").body, HasSubstr("tailwater_sdjournal_readable{stream=\"journal\"} 1\n"));
}

TEST_F(SystemJournal, FiltersByItsRulesAndByTheClientsQuery) {
  write(0, 240);
  serve_journal("since = \"all\", units = [\"app1\"], priority = \"warning\"");
  std::vector<int> kept;
  for (int i = 0; i < 240; ++i) {
    if (i % 3 == 1 && i % 8 <= 4) kept.push_back(i);
  }
  EXPECT_EQ(numbers(kept.size()), kept);
  const auto errors =
      static_cast<std::size_t>(std::count_if(kept.begin(), kept.end(), [](int i) { return i % 8 <= 3; }));
  EXPECT_EQ(lines_of(history("from=start&level=error")).size(), errors);
  EXPECT_EQ(lines_of(history("from=start&where=unit%3D%22app1.service%22")).size(), kept.size());
  EXPECT_EQ(lines_of(history("from=start&where=priority%3D3%20and%20transport%3Dkernel")).size(), 2U);
}

TEST_F(SystemJournal, BeginsWithTheLastEntriesOrWhereItIsTold) {
  write(0, 10'050);
  serve_journal("since = \"now\"");
  ASSERT_TRUE(says("follows the system's journal"));
  write(10'050, 10'052);
  EXPECT_EQ(numbers(2), range(10'050, 10'052));
  serve_journal("");
  const auto all = numbers(10'000);
  ASSERT_EQ(all.size(), 10'000U);
  EXPECT_EQ(all.front(), 52);
  serve_journal("kernel = true");
  const auto kernel = numbers(1005);
  ASSERT_EQ(kernel.size(), 1005U);
  EXPECT_EQ(kernel.front(), 9);
}

TEST_F(SystemJournal, GivesEachEntryOnceOverKillsRotationAndVacuum) {
  const int files = 10;
  const int each = kSanitized ? 200 : 2000;
  write(0, each, "f0.journal");
  serve_journal();
  for (int file = 1; file < files; ++file) {
    const std::string name = fmt::format("f{}.journal", file);
    write(file * each, file * each + each / 2, name);
    std::this_thread::sleep_for(Milliseconds(file % 3 * 5));  // so that kills meet all that it does
    daemon().kill();
    write(file * each + each / 2, (file + 1) * each, name);
    if (file % 3 == 2) {  // a rotation and a vacuum of what has been read for certain
      std::filesystem::rename(journal() + "/" + name, journal() + fmt::format("/f{}@old.journal", file));
      std::filesystem::remove(journal() + fmt::format("/f{}.journal", file - 2));
    }
    ASSERT_TRUE(daemon().start()) << daemon().failure();
    if (file % 3 == 1) continue;
    EXPECT_EQ(numbers(static_cast<std::size_t>((file + 1) * each)).size(), static_cast<std::size_t>((file + 1) * each));
  }
  EXPECT_EQ(numbers(static_cast<std::size_t>(files * each)), range(0, files * each));
  EXPECT_THAT(daemon().errors(), Not(HasSubstr("removed from the system's journal")));
}

TEST_F(SystemJournal, FinishesALineThatAKillBrokeOff) {
  write(0, 20);
  serve_journal();
  EXPECT_EQ(numbers(20), range(0, 20));
  daemon().kill();
  // As if it had been killed inside of its first write: no checkpoint yet, and half a line.
  const std::string spool = daemon().state_dir() + "/sdjournal/journal.jsonl";
  std::string bytes = read_whole_file(spool);
  std::size_t cut = 0;
  for (int line = 0; line < 7; ++line) cut = bytes.find('\n', cut) + 1;
  std::filesystem::remove_all(daemon().state_dir());
  std::filesystem::create_directories(daemon().state_dir() + "/sdjournal");
  append_to_file(spool, bytes.substr(0, cut + 50));
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  EXPECT_EQ(numbers(20), range(0, 20));
  EXPECT_EQ(read_whole_file(spool), bytes);
}

TEST_F(SystemJournal, SaysWhatWasRemovedBeforeItWasRead) {
  write(0, 10, "a.journal");
  serve_journal();
  EXPECT_EQ(numbers(10), range(0, 10));
  daemon().kill();
  write(10, 30, "b.journal");
  std::filesystem::remove(journal() + "/a.journal");
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  const auto client = follow("from=start");
  const auto lines = next_lines(*client, 31);
  ASSERT_EQ(lines.size(), 31U);
  EXPECT_THAT(lines[10], HasSubstr("removed from the system's journal before they were read"));
  EXPECT_EQ(number_of(lines[11]), 10);
  EXPECT_TRUE(says("removed from the system's journal"));
}

TEST_F(SystemJournal, TakesAnotherFilterAtAReload) {
  write(0, 30);
  serve_journal("since = \"all\", units = [\"app0\"]");
  EXPECT_EQ(numbers(10).size(), 10U);
  configure_journal("since = \"all\", units = [\"app1\"]");
  daemon().send_signal(SIGHUP);
  ASSERT_TRUE(says("configuration reloaded"));
  write(30, 60);
  const auto all = numbers(20);
  ASSERT_EQ(all.size(), 20U);
  EXPECT_EQ(all[9], 27);
  EXPECT_EQ(all[10], 31) << "what was before the reload is not read again";
}

TEST_F(SystemJournal, CheckNamesWhatIsWrong) {
  append_to_file(config_path(),
                 "[[stream]]\nname = \"j\"\n[stream.journal]\npriority = \"loud\"\nmatches = [\"x\"]\nsince = \"ago\"\n"
                 "fields = [\"uid\"]\ndirectory = \"var\"\n");
  const ProgramResult checked = run_tailwater({"check", "--config", config_path()});
  EXPECT_EQ(checked.exit_code(), 2);
  for (const char* problem : {":4:12: stream j: journal.priority: 'loud' is no priority", ":5:", "'x' is no match",
                              ":6:", "'ago' is no place", "'uid' is no field", "'var' is not absolute"}) {
    EXPECT_THAT(checked.errors, HasSubstr(problem));
  }
  const ProgramResult served = run_tailwater({"serve", "--config", config_path(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(served.exit_code(), 2);
}

TEST_F(SystemJournal, SaysThatItMayNotBeRead) {
  if (unprivileged_user() == 0) GTEST_SKIP() << "needs root";
  write(0, 3);
  ::chmod((journal() + "/system.journal").c_str(), 0600);
  configure_journal("");
  ::chmod(config_path().c_str(), 0644);
  TempDir state;
  ::chmod(state.path().c_str(), 0777);
  DaemonSettings settings;
  settings.arguments = {"--config", config_path()};
  settings.user = unprivileged_user();
  settings.state_dir = state.path();
  DaemonProcess unprivileged(settings);
  EXPECT_FALSE(unprivileged.start());
  EXPECT_THAT(unprivileged.errors(), HasSubstr("system.journal may not be read by this user (add it to the group"));
  write(3, 6, "user-1000.journal");
  DaemonProcess partly(settings);
  ASSERT_TRUE(partly.start()) << partly.failure();
  EXPECT_THAT(partly.errors(), HasSubstr("system.journal may not be read by this user, others may: its entries are"));
}

TEST(SystemJournalLibrary, IsNotLoadedWhereNoStreamNeedsIt) {
  TempDir directory;
  append_to_file(directory.file("a.log"), "one\n");
  DaemonProcess daemon(std::vector<std::string>{directory.file("a.log")});
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  EXPECT_THAT(read_whole_file(fmt::format("/proc/{}/maps", daemon.pid())), Not(HasSubstr("libsystemd")));
}

}  // namespace
}  // namespace tailwater
