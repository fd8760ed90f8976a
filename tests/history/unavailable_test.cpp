// What cannot be had at the moment: it is asked for again, not all the time and not for ever, and then said to be
// missing; what comes back in time is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "client/sse_parser.h"
#include "history/history_world.h"
#include "history/patience.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Place = PageRequest::Place;

/// As long as it lives nothing can be opened.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

/// A rotated generation that has to be opened again, and the one after it.
class Unavailable : public testing::Test {
 protected:
  Unavailable() : world_(options()) {
    const std::size_t file = world_.add_file("a.log");
    world_.write_turn(file, "2026-11-20T00:00:01Z old\n");
    world_.rotate(file);
    world_.write_turn(file, "2026-11-20T00:00:02Z new\n");
  }
  static StreamWorld::Options options() {
    StreamWorld::Options options = StreamWorld::roomy();
    options.catalog.retained_descriptors = 0;
    return options;
  }
  [[nodiscard]] std::shared_ptr<BodyTask> search() {
    SearchRequest request;
    request.scan.selection = selection_of({{"grep", "2026"}});
    request.scan.window.since = WallTime{};  // so that each extent is looked into before it is searched
    request.order = ScanOrder::kOldestFirst;
    return world_.service.search(request, "");
  }
  [[nodiscard]] std::shared_ptr<BodyTask> download() {
    DownloadRequest request;
    request.selection = selection_of();
    return world_.service.download(std::move(request));
  }
  /// So many turns, and no more, of a task that has begun.
  void turns(int count) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(world_.run_worker()) << i;
  }

  HistoryWorld world_;
};

TEST_F(Unavailable, APageSaysWhatIsMissingAfterAWhile) {
  const NoDescriptors none;
  for (const PageRequest& request : {HistoryWorld::newest(5), HistoryWorld::at_id(Place::kAfter, "start.0.0", 5)}) {
    const Page page = world_.page(request);
    EXPECT_THAT(page.lines, ElementsAre("2026-11-20T00:00:02Z new"));
    ASSERT_THAT(page.json["gaps"].items(), SizeIs(1));
    EXPECT_EQ(page.json["gaps"].items()[0]["reason"].text(), "unreadable");
  }
}

TEST_F(Unavailable, ASearchSaysWhatIsMissingAfterAWhile) {
  const NoDescriptors none;
  const std::string events = world_.run(search()).bytes;
  EXPECT_THAT(events, HasSubstr("\"reason\":\"unreadable\""));
  EXPECT_THAT(events, Not(HasSubstr("old")));
  EXPECT_THAT(events, HasSubstr("new"));
  EXPECT_THAT(events, HasSubstr("\"reason\":\"done\""));
}

TEST_F(Unavailable, ADownloadSaysWhatIsMissingAfterAWhile) {
  const NoDescriptors none;
  const BodyTask::Output output = world_.run(download());
  EXPECT_FALSE(output.error);
  EXPECT_THAT(output.bytes, HasSubstr("unreadable"));
  EXPECT_THAT(output.bytes, HasSubstr("new\n"));
}

TEST_F(Unavailable, WhatComesBackInTimeIsNotMissing) {
  PageRequest newest = HistoryWorld::newest(5);
  newest.selection = selection_of();
  for (const auto& task : {world_.service.page(newest), search(), download()}) {
    {
      const NoDescriptors none;
      task->begin(world_.core().workers, [] {});
      turns(Patience::kMostWaits / 2);
      EXPECT_FALSE(task->take().finished);
    }
    std::string all;
    bool finished = false;
    for (int i = 0; i < 100 && !finished; ++i) {
      EXPECT_TRUE(world_.run_worker());
      const BodyTask::Output output = task->take();
      all += output.bytes;
      finished = output.finished;
    }
    EXPECT_TRUE(finished);
    EXPECT_THAT(all, HasSubstr("old"));
    EXPECT_THAT(all, HasSubstr("new"));
    EXPECT_THAT(all, Not(HasSubstr("unreadable")));
  }
}

TEST(Patience, WaitsForWhatFailedAtOnceAndGoesOnWithWhatIsUnderWay) {
  Patience patience;
  const SteadyTime began{};
  for (int i = 0; i < Patience::kMostWaits; ++i) {
    EXPECT_FALSE(patience.is_over());
    EXPECT_TRUE(patience.failed(began, began + Milliseconds(1)));
  }
  EXPECT_TRUE(patience.is_over());
  patience.worked();
  for (int i = 0; i < Patience::kMostParts; ++i) {
    EXPECT_FALSE(patience.is_over());
    EXPECT_FALSE(patience.failed(began, began + Milliseconds(100)));
  }
  EXPECT_TRUE(patience.is_over());
}

}  // namespace
}  // namespace tailwater
