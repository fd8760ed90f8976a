#include "source/appearing_directories.h"

#include <poll.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tailwater {
namespace {

TEST(AppearingDirectories, TellOfOneThatAppears) {
  TempDir directory;
  AppearingDirectories places({directory.path() + "/log/journal", directory.path() + "/other"});
  EXPECT_FALSE(places.has_changed());
  std::filesystem::create_directory(directory.file("unrelated"));
  EXPECT_FALSE(places.has_changed());
  std::filesystem::create_directory(directory.file("log"));
  pollfd ready{places.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 1);
  EXPECT_TRUE(places.has_changed());
  EXPECT_FALSE(places.has_changed());
  std::filesystem::create_directory(directory.file("other"));
  EXPECT_TRUE(places.has_changed());
}

}  // namespace
}  // namespace tailwater
