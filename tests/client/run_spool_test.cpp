#include "client/run_spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/output_lines.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr ByteCount kLimit = 1U << 20;

class RunSpoolTest : public testing::Test {
 protected:
  [[nodiscard]] static RunSpool::Target target() {
    return {"http://h/api/ingest/ci/a/b", "/s", "ci/a/b", "state=running&name=x"};
  }
  [[nodiscard]] std::unique_ptr<RunSpool> make(ByteCount limit = kLimit) {
    auto spool = RunSpool::create(folder(), target(), limit);
    EXPECT_TRUE(spool) << spool.error().message;
    return std::move(*spool);
  }
  [[nodiscard]] std::string folder() const { return directory_.file("deep/runs"); }
  void append(RunSpool& spool, std::string_view text) const {
    std::string lines;
    append_marked_note(lines, text, clock_.wall_now());
    spool.append(lines, clock_.wall_now());
  }
  /// What it holds from its place on, which moves behind it.
  static std::string take(RunSpool& spool) {
    const auto lines = spool.read(1U << 20);
    EXPECT_TRUE(lines);
    RunSpool::Place place = spool.place();
    place.bytes += lines->size();
    place.offset = place.offset.value_or(0) + lines->size();
    spool.acknowledge(place);
    std::string plain;
    append_plain(plain, *lines);
    return plain;
  }
  TempDir directory_;
  FakeClock clock_;
};

TEST_F(RunSpoolTest, GivesBackWhatWasAppendedFromItsPlaceOn) {
  const auto spool = make();
  append(*spool, "one");
  append(*spool, "two");
  EXPECT_EQ(take(*spool), "one\ntwo\n");
  EXPECT_EQ(take(*spool), "");
  append(*spool, "three");
  EXPECT_GT(spool->unsent_bytes(), 0U);
  EXPECT_EQ(take(*spool), "three\n");
  EXPECT_EQ(spool->unsent_bytes(), 0U);
}

TEST_F(RunSpoolTest, IsPickedUpByAnotherProcessWithAllThatItKnows) {
  std::string path;
  {
    const auto spool = make();
    path = spool->path();
    EXPECT_THAT(path, HasSubstr("/ci-a-b-"));
    append(*spool, "one");
    take(*spool);
    append(*spool, "two");
    EXPECT_EQ(RunSpool::open(path).error().code, ErrorCode::kUnavailable) << "its run is still there";
    EXPECT_THAT(RunSpool::list(folder()), ElementsAre(path));
    spool->set_end("state=failed&exit_code=1", clock_.wall_now());
  }
  const auto spool = RunSpool::open(path);
  ASSERT_TRUE(spool) << spool.error().message;
  EXPECT_EQ((*spool)->target().url, target().url);
  EXPECT_EQ((*spool)->target().unix_socket, target().unix_socket);
  EXPECT_EQ((*spool)->target().name, target().name);
  EXPECT_EQ((*spool)->target().start, target().start);
  EXPECT_EQ((*spool)->end(), "state=failed&exit_code=1");
  EXPECT_EQ((*spool)->place().offset, (*spool)->place().bytes);
  EXPECT_EQ(take(**spool), "two\n");
  (*spool)->remove();
  EXPECT_THAT(RunSpool::list(folder()), ElementsAre());
}

TEST_F(RunSpoolTest, DropsWhatDoesNotFitAndSaysSo) {
  const auto spool = make(4096);
  for (int i = 0; i < 1000; ++i) append(*spool, fmt::format("line {}", i));
  EXPECT_GT(spool->dropped_bytes(), 0U);
  EXPECT_LE(spool->size(), 4096U);
  std::string all = take(*spool);
  EXPECT_THAT(all, StartsWith("line 0\nline 1\n"));
  EXPECT_THAT(all, testing::Not(HasSubstr("missing")));
  spool->set_end("state=passed", clock_.wall_now());
  EXPECT_THAT(take(*spool), HasSubstr("of the output are missing here"));
}

TEST_F(RunSpoolTest, TakesMoreOnceThereIsRoomAgain) {
  const auto spool = make(8U << 20);
  const std::string long_line(10'000, 'x');
  while (spool->dropped_bytes() == 0) append(*spool, long_line);
  append(*spool, "dropped");
  while (!take(*spool).empty()) {
  }
  struct stat status {};
  ASSERT_EQ(::stat(spool->path().c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 4 << 20) << "the disk has its space back";
  append(*spool, "after");
  EXPECT_THAT(take(*spool), testing::MatchesRegex("tailwater: .* of the output are missing here.*\nafter\n"));
}

TEST_F(RunSpoolTest, KeepsAllInMemoryWhereThereIsNoDirectory) {
  const auto spool = RunSpool::create("", target(), kLimit);
  ASSERT_TRUE(spool);
  EXPECT_EQ((*spool)->path(), "");
  append(**spool, "one");
  EXPECT_EQ(take(**spool), "one\n");
}

TEST_F(RunSpoolTest, PassesOverALineThatWasBrokenOffByAKill) {
  const auto spool = make();
  append(*spool, "one");
  spool->append("half a line\n", clock_.wall_now());
  const std::string path = spool->path();
  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(20'480 + spool->size() - 3)), 0);
  std::string plain;
  append_plain(plain, *spool->read(1U << 20));
  EXPECT_EQ(plain, "one\n");
}

TEST_F(RunSpoolTest, RefusesWhatIsNoSpool) {
  const std::string path = directory_.file("other.run");
  EXPECT_EQ(RunSpool::open(path).error().code, ErrorCode::kNotFound);
  const UniqueFd fd(::creat(path.c_str(), 0600));
  EXPECT_EQ(RunSpool::open(path).error().code, ErrorCode::kCorrupt);
  const auto nowhere = RunSpool::create("/proc/none", target(), kLimit);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("/proc/none"));
}

}  // namespace
}  // namespace tailwater
