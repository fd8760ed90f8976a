#include "source/open_followed.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tailwater {
namespace {

class OpenFollowed : public testing::Test {
 protected:
  void SetUp() override {
    root_ = dir_.folder("root");
    outside_ = dir_.folder("outside");
    put("root/a.log", "inside\n");
    put("outside/b.log", "outside\n");
    roots_ = {root_};
  }
  void put(const std::string& name, const std::string& text) const { std::ofstream(dir_.file(name)) << text; }
  void link(const std::string& target, const std::string& name) const {
    ASSERT_EQ(::symlink(target.c_str(), dir_.file(name).c_str()), 0);
  }
  tl::expected<OpenedFile, Refusal> open(const std::string& name, bool admitted = false,
                                         bool hard_links = false) const {
    return open_followed(dir_.file(name), OpenRules{roots_, admitted, hard_links});
  }
  void expect_refused(const tl::expected<OpenedFile, Refusal>& opened, Refusal::Kind kind) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, kind) << opened.error().reason;
    EXPECT_FALSE(opened.error().reason.empty());
  }

  TempDir dir_;
  std::string root_;
  std::string outside_;
  std::vector<std::string> roots_;
};

TEST_F(OpenFollowed, ARegularFileInsideARoot) {
  const auto opened = open("root/a.log");
  ASSERT_TRUE(opened) << opened.error().reason;
  char text[16];
  EXPECT_EQ(*opened->bytes->read_at(0, text), 7U);
  EXPECT_EQ(::fcntl(opened->bytes->fd(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(opened->status.st_size, 7);
}

TEST_F(OpenFollowed, NothingAndNoDirectory) {
  expect_refused(open("root/absent"), Refusal::Kind::kAbsent);
  expect_refused(open("root/a.log/x"), Refusal::Kind::kAbsent);
  expect_refused(open("root"), Refusal::Kind::kNotAllowed);
}

TEST_F(OpenFollowed, SymlinksOnlyWhereTheyLeadInside) {
  link("a.log", "root/inside");
  link(dir_.file("outside/b.log"), "root/outside");
  link("../outside/b.log", "root/relative");
  link("outside", "root/chain");
  EXPECT_TRUE(open("root/inside"));
  expect_refused(open("root/outside"), Refusal::Kind::kNotAllowed);
  expect_refused(open("root/relative"), Refusal::Kind::kNotAllowed);
  expect_refused(open("root/chain"), Refusal::Kind::kNotAllowed);
  EXPECT_TRUE(open("root/outside", /*admitted=*/true));
  roots_.push_back(outside_);
  EXPECT_TRUE(open("root/outside"));
}

TEST_F(OpenFollowed, ADirectorySymlinkDoesNotLeadOutEither) {
  link("../outside", "root/sub");
  expect_refused(open("root/sub/b.log"), Refusal::Kind::kNotAllowed);
}

TEST_F(OpenFollowed, ARootThatIsReachedBySymlinkIsFine) {
  link(root_, "link");
  EXPECT_TRUE(open("link/a.log"));
}

TEST_F(OpenFollowed, NothingOfProcAndSysEvenIfAdmitted) {
  link("/proc/self/environ", "root/environ");
  link("/proc/self/fd/0", "root/fd");
  link("/sys/kernel/uevent_seqnum", "root/sys");
  for (const char* name : {"root/environ", "root/fd", "root/sys"}) {
    expect_refused(open(name, /*admitted=*/true),
                   ::access("/sys/kernel/uevent_seqnum", R_OK) == 0 || std::string(name) != "root/sys"
                       ? Refusal::Kind::kNotAllowed
                       : Refusal::Kind::kAbsent);
  }
}

TEST_F(OpenFollowed, AnAdmittedLinkMustBelongToSomebodyOfTrust) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make a link of another user";
  link(dir_.file("outside/b.log"), "root/theirs");
  ASSERT_EQ(::lchown(dir_.file("root/theirs").c_str(), 12345, 12345), 0);
  expect_refused(open("root/theirs", /*admitted=*/true), Refusal::Kind::kNotAllowed);
  ASSERT_EQ(::chown(dir_.file("outside/b.log").c_str(), 12345, 12345), 0);
  EXPECT_TRUE(open("root/theirs", /*admitted=*/true));
}

TEST_F(OpenFollowed, ALoopOfSymlinksEnds) {
  link("loop", "root/loop");
  expect_refused(open("root/loop"), Refusal::Kind::kNotAllowed);
}

TEST_F(OpenFollowed, AFifoIsRefusedWithoutBeingOpened) {
  ASSERT_EQ(::mkfifo(dir_.file("root/fifo").c_str(), 0644), 0);
  expect_refused(open("root/fifo"), Refusal::Kind::kNotAllowed);
  expect_refused(open_followed("/dev/null", OpenRules{roots_, true}), Refusal::Kind::kNotAllowed);
}

TEST_F(OpenFollowed, HardLinksToFilesOfOthersOnlyIfAllowed) {
  ASSERT_EQ(::link(dir_.file("root/a.log").c_str(), dir_.file("root/second").c_str()), 0);
  EXPECT_TRUE(open("root/second"));
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  ASSERT_EQ(::chown(dir_.file("root/a.log").c_str(), 12345, 12345), 0);
  ASSERT_EQ(::chmod(root_.c_str(), 0775), 0);
  expect_refused(open("root/second"), Refusal::Kind::kNotAllowed);
  EXPECT_TRUE(open("root/second", /*admitted=*/false, /*hard_links=*/true));
  ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);
  EXPECT_TRUE(open("root/second"));  // nobody but root can have put it there
}

TEST_F(OpenFollowed, FindsTheFirstTextBehindNulBytesAndHoles) {
  put("root/text", "text");
  put("root/nuls", std::string(50'000, '\0') + "text");
  put("root/only", std::string(50'000, '\0'));
  const UniqueFd hole(::open(dir_.file("root/hole").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_EQ(::pwrite(hole.get(), "text", 4, 5'000'000'000), 4);
  EXPECT_EQ(first_text_offset(open("root/text")->bytes->fd(), 0), 0U);
  EXPECT_EQ(first_text_offset(open("root/nuls")->bytes->fd(), 0), 50'000U);
  EXPECT_EQ(first_text_offset(open("root/nuls")->bytes->fd(), 49'000), 50'000U);
  EXPECT_EQ(first_text_offset(open("root/only")->bytes->fd(), 0), std::nullopt);
  EXPECT_EQ(first_text_offset(hole.get(), 0), 5'000'000'000U);
  ASSERT_EQ(::ftruncate(hole.get(), 0), 0);
  ASSERT_EQ(::ftruncate(hole.get(), 5'000'000'000), 0);
  EXPECT_EQ(first_text_offset(hole.get(), 0), std::nullopt);
}

TEST(LooksBinary, ByNulBytesInTheMiddle) {
  EXPECT_FALSE(looks_binary(""));
  EXPECT_FALSE(looks_binary("text\n"));
  EXPECT_FALSE(looks_binary(std::string(100, '\0')));
  EXPECT_FALSE(looks_binary(std::string(100, '\0') + "text\n"));
  EXPECT_FALSE(looks_binary("text\n" + std::string(100, '\0')));
  EXPECT_TRUE(looks_binary(std::string("a\0b", 3)));
  EXPECT_TRUE(looks_binary(std::string("\x02\0\0\0x\n", 6)));
  EXPECT_FALSE(
      looks_binary(std::string("\xFF\xFE"
                               "a\0b\0",
                               6)));
  EXPECT_FALSE(looks_binary(std::string("\xFE\xFF\0a\0b", 6)));
  EXPECT_FALSE(looks_binary(std::string(5000, 'x') + std::string("a\0b", 3)));
}

TEST(RemoteFileSystems, AreKnownByTheirMagicNumbers) {
  EXPECT_TRUE(is_remote_file_system(0x6969));       // NFS
  EXPECT_TRUE(is_remote_file_system(0x794c7630));   // overlay
  EXPECT_TRUE(is_remote_file_system(0x65735546));   // FUSE
  EXPECT_FALSE(is_remote_file_system(0xEF53));      // ext4
  EXPECT_FALSE(is_remote_file_system(0x01021994));  // tmpfs
}

}  // namespace
}  // namespace tailwater
