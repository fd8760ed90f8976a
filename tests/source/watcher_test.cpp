#include "source/watcher.h"

#include <fcntl.h>

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "source/inotify_watcher.h"
#include "source/poll_watcher.h"
#include "source/watch_set.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using Kind = WatchEvent::Kind;

/// Both kinds behind one interface: what each must say, in its own way.
class WatcherTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    loop_ = std::move(*EventLoop::create());
    const auto collect = [this](std::span<const WatchEvent> events) {
      for (const WatchEvent& event : events) {
        kinds_[event.id].insert(event.kind);
        if (event.kind == Kind::kName) names_.insert(std::string(event.name));
        if (on_event_) on_event_(event);
      }
    };
    if (GetParam()) {
      watcher_ = std::move(*InotifyWatcher::create(*loop_, collect));
    } else {
      watcher_ = std::make_unique<PollWatcher>(*loop_, Milliseconds(2), collect);
    }
  }
  UniqueFd make(const std::string& name) const {
    return UniqueFd(::open(dir_.file(name).c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  }
  static void append(const UniqueFd& fd) { ASSERT_EQ(::write(fd.get(), "x", 1), 1); }
  [[nodiscard]] bool hears(WatchId id, Kind kind) {
    const Kind expected = GetParam() ? kind : Kind::kLook;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!kinds_[id].contains(expected)) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop_->run_once();
    }
    return true;
  }
  [[nodiscard]] bool is_quiet(WatchId id) {
    kinds_.clear();
    const auto until = std::chrono::steady_clock::now() + Milliseconds(10);
    while (std::chrono::steady_clock::now() < until) loop_->run_once();
    return kinds_[id].empty();
  }

  TempDir dir_;
  std::unique_ptr<EventLoop> loop_;
  std::map<WatchId, std::set<Kind>> kinds_;
  std::set<std::string> names_;
  std::function<void(const WatchEvent&)> on_event_;
  std::unique_ptr<Watcher> watcher_;
};
INSTANTIATE_TEST_SUITE_P(Kinds, WatcherTest, testing::Bool(),
                         [](const auto& inotify) { return inotify.param ? "Inotify" : "Poll"; });

TEST_P(WatcherTest, TellsOfBytes) {
  const UniqueFd file = make("a");
  ASSERT_TRUE(watcher_->watch_file(1, file.get()));
  append(file);
  EXPECT_TRUE(hears(1, Kind::kData));
}

TEST_P(WatcherTest, TellsOfNamesAndAttributes) {
  const UniqueFd file = make("a");
  ASSERT_TRUE(watcher_->watch_directory(1, dir_.path()));
  ASSERT_TRUE(watcher_->watch_file(2, file.get()));
  ::rename(dir_.file("a").c_str(), dir_.file("b").c_str());
  EXPECT_TRUE(hears(1, Kind::kName));
  EXPECT_TRUE(hears(2, Kind::kGone));
  ::fchmod(file.get(), 0600);
  EXPECT_TRUE(hears(2, Kind::kStatus));
  if (GetParam()) {
    EXPECT_TRUE(names_.contains("a"));
    EXPECT_TRUE(names_.contains("b"));
  }
}

TEST_P(WatcherTest, FollowsTheFileAndNotItsName) {
  const UniqueFd file = make("a");
  ASSERT_TRUE(watcher_->watch_file(1, file.get()));
  ::unlink(dir_.file("a").c_str());
  append(file);
  EXPECT_TRUE(hears(1, Kind::kData));
}

TEST_P(WatcherTest, IsQuietAfterUnwatch) {
  const UniqueFd file = make("a");
  ASSERT_TRUE(watcher_->watch_file(1, file.get()));
  watcher_->unwatch(1);
  watcher_->unwatch(1);
  append(file);
  EXPECT_TRUE(is_quiet(1));
}

TEST_P(WatcherTest, TwoIdsOfOneFileBothHear) {
  const UniqueFd file = make("a");
  ASSERT_TRUE(watcher_->watch_file(1, file.get()));
  ASSERT_TRUE(watcher_->watch_file(2, file.get()));
  append(file);
  EXPECT_TRUE(hears(1, Kind::kData));
  EXPECT_TRUE(hears(2, Kind::kData));
  watcher_->unwatch(1);
  EXPECT_TRUE(is_quiet(1));
  kinds_.clear();
  append(file);
  EXPECT_TRUE(hears(2, Kind::kData));
}

TEST_P(WatcherTest, RefusesADirectoryThatIsNone) {
  const UniqueFd file = make("a");
  EXPECT_FALSE(watcher_->watch_directory(1, dir_.file("absent")));
  EXPECT_FALSE(watcher_->watch_directory(1, dir_.file("a")));
}

TEST_P(WatcherTest, TellsOfADirectoryThatGoes) {
  const std::string folder = dir_.folder("f");
  ASSERT_TRUE(watcher_->watch_directory(1, folder));
  ::rmdir(folder.c_str());
  EXPECT_TRUE(hears(1, Kind::kGone));
}

TEST_P(WatcherTest, MayBeUnwatchedFromWithinAnEvent) {
  const UniqueFd one = make("a");
  const UniqueFd two = make("b");
  ASSERT_TRUE(watcher_->watch_file(1, one.get()));
  ASSERT_TRUE(watcher_->watch_file(2, two.get()));
  on_event_ = [&](const WatchEvent&) {
    watcher_->unwatch(1);
    watcher_->unwatch(2);
  };
  append(one);
  append(two);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (kinds_.empty() && std::chrono::steady_clock::now() < deadline) loop_->run_once();
  EXPECT_FALSE(kinds_.empty());
  EXPECT_TRUE(is_quiet(1));
}

TEST(InotifyWatcher, ABurstToOneFileIsOneEvent) {
  const TempDir dir;
  auto loop = std::move(*EventLoop::create());
  std::size_t events = 0;
  auto watcher = std::move(*InotifyWatcher::create(*loop, [&](auto batch) { events += batch.size(); }));
  const UniqueFd one(::open(dir.file("a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const UniqueFd two(::open(dir.file("b").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_TRUE(watcher->watch_file(1, one.get()));
  ASSERT_TRUE(watcher->watch_file(2, two.get()));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(::write(one.get(), "x", 1), 1);
  watcher->deliver_pending();
  EXPECT_EQ(events, 1U);
}

TEST(WatchSet, PollsWhatInotifyCannotBeTrustedWith) {
  const TempDir dir;
  auto loop = std::move(*EventLoop::create());
  std::set<Kind> kinds;
  WatchSet watches(*loop, Milliseconds(2), WatchSet::Kind::kBest, [&](auto batch) {
    for (const WatchEvent& event : batch) kinds.insert(event.kind);
  });
  const UniqueFd file(::open(dir.file("a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const auto local = watches.watch_file(file.get(), /*remote=*/false);
  EXPECT_FALSE(local.polled);
  watches.unwatch(local.id);
  const auto remote = watches.watch_file(file.get(), /*remote=*/true);
  EXPECT_TRUE(remote.polled);
  EXPECT_NE(local.id, remote.id);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  ASSERT_EQ(::write(file.get(), "x", 1), 1);
  while (kinds.size() < 2 && std::chrono::steady_clock::now() < deadline) loop->run_once();
  EXPECT_EQ(kinds, (std::set<Kind>{Kind::kData, Kind::kLook}));
}

}  // namespace
}  // namespace tailwater
