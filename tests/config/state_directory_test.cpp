#include "config/state_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tailwater {
namespace {

/// Root may write everywhere: while one of these lives, root is somebody else.
class Unprivileged {
 public:
  Unprivileged() {
    if (was_root_ && ::seteuid(65534) != 0) ADD_FAILURE() << "seteuid";
  }
  ~Unprivileged() {
    if (was_root_ && ::seteuid(0) != 0) ADD_FAILURE() << "seteuid";
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool was_root_ = ::geteuid() == 0;
};

class StateDirectoryOf : public testing::Test {
 protected:
  StateDirectoryOf() {
    environment_.root = disk_.path();
    environment_.current_directory = "/srv";
    environment_.variables["HOME"] = "/home/ann";
  }
  std::string chosen(std::string_view configured = "") { return state_directory(configured, environment_).path; }
  void make_directory(const std::string& path) { std::filesystem::create_directories(disk_.path() + path); }

  TempDir disk_;
  Environment environment_;
};

TEST_F(StateDirectoryOf, TheConfigurationComesFirst) {
  environment_.variables["STATE_DIRECTORY"] = "/var/lib/private/tailwater";
  EXPECT_EQ(chosen("/data"), "/data");
  EXPECT_EQ(chosen("data"), "/srv/data");
  EXPECT_EQ(chosen("none"), "");
  EXPECT_NE(state_directory("none", environment_).reason, "");
}

TEST_F(StateDirectoryOf, SystemdComesBeforeTheSystemsFolder) {
  make_directory("/var/lib/tailwater");
  environment_.variables["STATE_DIRECTORY"] = "/s/tailwater";
  EXPECT_EQ(chosen(), "/s/tailwater");
  environment_.variables["STATE_DIRECTORY"] = "/s/one:/s/two";
  EXPECT_EQ(chosen(), "/s/one");
  environment_.variables["STATE_DIRECTORY"] = "";
  EXPECT_EQ(chosen(), "/var/lib/tailwater");
}

TEST_F(StateDirectoryOf, TheSystemsFolderCountsIfItCanBeMade) {
  make_directory("/var/lib");
  EXPECT_EQ(chosen(), "/var/lib/tailwater");
}

TEST_F(StateDirectoryOf, AFileIsNoFolder) {
  make_directory("/var/lib");
  ASSERT_EQ(::symlink("/dev/null", (disk_.path() + "/var/lib/tailwater").c_str()), 0);
  EXPECT_EQ(chosen(), "/home/ann/.local/state/tailwater");
}

TEST_F(StateDirectoryOf, UsersWhoMayNotWriteThereHaveTheirOwn) {
  make_directory("/var/lib/tailwater");
  ASSERT_EQ(::chmod((disk_.path() + "/var/lib/tailwater").c_str(), 0555), 0);
  const Unprivileged nobody;
  EXPECT_EQ(chosen(), "/home/ann/.local/state/tailwater");
}

TEST_F(StateDirectoryOf, XdgNamesAUsersFolder) {
  EXPECT_EQ(chosen(), "/home/ann/.local/state/tailwater");
  environment_.variables["XDG_STATE_HOME"] = "/home/ann/state";
  EXPECT_EQ(chosen(), "/home/ann/state/tailwater");
  environment_.variables["XDG_STATE_HOME"] = "relative";
  EXPECT_EQ(chosen(), "/home/ann/.local/state/tailwater") << "relative paths are to be ignored";
}

TEST_F(StateDirectoryOf, NobodyKeepsStateInMemory) {
  environment_.variables.clear();
  const StateDirectory none = state_directory("", environment_);
  EXPECT_EQ(none.path, "");
  EXPECT_EQ(none.reason, "/var/lib/tailwater is not writable and $HOME is not set");
}

}  // namespace
}  // namespace tailwater
