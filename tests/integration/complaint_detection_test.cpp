// Complaints from the trackers of other tailers about noticing: overflow, many files, a flood beside quiet files.
#include <algorithm>
#include <atomic>
#include <fstream>

#include "support/build_kind.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Steady = std::chrono::steady_clock;

class ComplaintAboutDetection : public DaemonTest {
 protected:
  std::size_t inotify_instances() {
    const auto files = open_files(daemon().pid());
    return static_cast<std::size_t>(std::count(files.begin(), files.end(), "anon_inode:inotify"));
  }
};

/// A kernel setting of inotify, changed for as long as the object lives; instances made then keep it.
class InotifyLimit {
 public:
  InotifyLimit(const std::string& name, int value) : path_("/proc/sys/fs/inotify/" + name) {
    std::ifstream(path_) >> before_;
    std::ofstream file(path_);
    file << value;
    changed_ = static_cast<bool>(file.flush());
  }
  ~InotifyLimit() {
    if (changed_) std::ofstream(path_) << before_;
  }
  InotifyLimit(const InotifyLimit&) = delete;
  InotifyLimit& operator=(const InotifyLimit&) = delete;
  [[nodiscard]] bool changed() const { return changed_; }

 private:
  std::string path_;
  int before_ = 0;
  bool changed_ = false;
};

// 2: a queue of 16 events, 30 busy files that rotate.
TEST_F(ComplaintAboutDetection, C02AnOverflowingQueueLosesNothing) {
  {
    const InotifyLimit queue("max_queued_events", 16);
    if (!queue.changed()) GTEST_SKIP() << "only root may shrink the queue";
    serve_configured("[limits]\nsweep_interval = \"1s\"\n");
  }
  WriterSettings settings;
  settings.directory = logs();
  settings.files = 30;
  settings.lines_per_second = 20'000;
  settings.rotate_every = Milliseconds(20);
  LogWriter writer(settings);
  const auto client = follow("from=start");
  writer.start();
  std::this_thread::sleep_for(Milliseconds(3000));
  writer.stop();
  EXPECT_EQ(read_numbered(*client, writer.written()), "");
}

// 13: 5,000 idle files cost under 1 % of a core and 40 MB.
TEST_F(ComplaintAboutDetection, C13FiveThousandIdleFilesCostNothing) {
  for (int folder = 0; folder < 50; ++folder) {
    std::filesystem::create_directory(log(std::to_string(folder)));
    for (int file = 0; file < 100; ++file) {
      append_to_file(log(std::to_string(folder) + "/" + std::to_string(file) + ".log"), "a line\n");
    }
  }
  serve("**/*.log");
  ASSERT_EQ(lines_of(history("from=start")).size(), 5000U);
  std::this_thread::sleep_for(Milliseconds(500));
  const double before = process_cpu_seconds(daemon().pid());
  std::this_thread::sleep_for(Milliseconds(6000));
  const double used = process_cpu_seconds(daemon().pid()) - before;
  EXPECT_LT(used / 6.0, 0.01) << "share of a core";
  if (!kSanitized) {
    EXPECT_LT(process_status(daemon().pid(), "VmRSS"), 40U * 1024) << "KiB";
  }
}

// 13: `**` does not wander for ever.
TEST_F(ComplaintAboutDetection, C13AStarStarIsBounded) {
  std::string deep = logs();
  for (int level = 0; level < 40; ++level) deep += "/d";
  std::filesystem::create_directories(deep);
  append_to_file(deep + "/far.log", "far\n");
  append_to_file(log("d/d/near.log"), "near\n");
  std::filesystem::create_directory_symlink(logs(), log("d/loop"));
  serve("**/*.log");
  EXPECT_EQ(lines_of(history("from=start")), std::vector<std::string>{"near"});
}

// 14: one file at 200 MB/s beside a hundred quiet ones.
TEST_F(ComplaintAboutDetection, C14AFloodDoesNotDelayQuietFiles) {
  for (int file = 0; file < 100; ++file) append_to_file(log("quiet-" + std::to_string(file) + ".log"), "");
  serve();
  const auto client = follow("tail=0&file=quiet-*&file=new-*");
  ASSERT_TRUE(client->next("caught-up"));
  std::atomic<bool> stopping{false};
  std::thread flood([&] {
    std::string megabyte;
    while (megabyte.size() < 1'000'000) megabyte += std::string(149, 'f') + "\n";
    const auto begin = Steady::now();
    for (int written = 0; !stopping; ++written) {
      append_to_file(log("flood.log"), megabyte);
      std::this_thread::sleep_until(begin + Milliseconds(5 * written));
    }
  });
  Milliseconds slowest{0};
  for (int round = 0; round < 30; ++round) {
    const std::string name = round % 10 == 9 ? "new-" : "quiet-";
    const auto begin = Steady::now();
    append_to_file(log(name + std::to_string(round) + ".log"), "quiet " + std::to_string(round) + "\n");
    const auto lines = next_lines(*client, 1, Milliseconds(5000));
    slowest = std::max(slowest, std::chrono::ceil<Milliseconds>(Steady::now() - begin));
    EXPECT_EQ(lines, std::vector<std::string>{"quiet " + std::to_string(round)});
    std::this_thread::sleep_for(Milliseconds(50));
  }
  stopping = true;
  flood.join();
  EXPECT_LT(slowest, Milliseconds(1000));
  std::filesystem::remove(log("flood.log"));
}

// 15: one inotify instance however many targets.
TEST_F(ComplaintAboutDetection, C15OneInotifyInstanceForAllTargets) {
  std::string streams;
  for (int folder = 0; folder < 60; ++folder) {
    const std::string name = "folder-" + std::to_string(folder);
    std::filesystem::create_directory(log(name));
    append_to_file(log(name + "/app.log"), "a line\n");
    streams += "[[stream]]\nname = \"" + name + "\"\npaths = [\"" + log(name) + "/*.log\"]\n";
  }
  serve_configured(streams);
  ASSERT_EQ(lines_of(history("from=start")).size(), 60U);
  EXPECT_EQ(inotify_instances(), 1U);
}

}  // namespace
}  // namespace tailwater
