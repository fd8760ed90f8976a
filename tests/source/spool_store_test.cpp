#include "source/spool_store.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tailwater {
namespace {

class SpoolStoreTest : public testing::Test {
 protected:
  static WallTime now() { return SystemClock().wall_now(); }
  /// Pushes to a name that was last pushed to so long ago.
  void push(SpoolStore& store, const std::string& name, std::size_t bytes, Milliseconds ago = Milliseconds(0)) {
    auto spool = store.find(name, /*make=*/true);
    ASSERT_TRUE(spool) << spool.error().message;
    ASSERT_TRUE((*spool)->append(std::string(bytes, 'x')));
    std::filesystem::last_write_time(path(name), std::filesystem::file_time_type::clock::now() - ago);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_.file("spool/" + name + ".log"); }
  [[nodiscard]] bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

  TempDir directory_;
  SpoolLimits limits_;
};

TEST_F(SpoolStoreTest, TakesNamesThatCannotLeaveItsFolder) {
  for (const char* good : {"a", "build-17", "team/app/build.17", "A_b.c/d"})
    EXPECT_TRUE(SpoolStore::is_name(good)) << good;
  for (const char* bad :
       {"", "..", "../x", "a/../b", "a//b", "/a", "a/", ".a", "a/.b", "a b", "a\nb", "a\\b", "a/b/c/d/e", "ä"}) {
    EXPECT_FALSE(SpoolStore::is_name(bad)) << bad;
  }
  EXPECT_FALSE(SpoolStore::is_name(std::string(SpoolStore::kMaxNameBytes + 1, 'a')));
  SpoolStore store(directory_.file("spool"), limits_);
  EXPECT_EQ(store.find("../x", /*make=*/true).error().code, ErrorCode::kInvalid);
}

TEST_F(SpoolStoreTest, KeepsNamesApartAndOpensThemAgain) {
  SpoolStore store(directory_.file("spool"), limits_);
  for (int i = 0; i < 100; ++i) push(store, "run/" + std::to_string(i), static_cast<std::size_t>(i) + 1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ((*store.find("run/" + std::to_string(i), /*make=*/false))->offset(), static_cast<std::uint64_t>(i) + 1);
  }
  EXPECT_EQ(store.find("run/100", /*make=*/false).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(exists("run/100"));
}

TEST_F(SpoolStoreTest, RemovesTheOldestOverItsLimits) {
  limits_.bytes = 250;
  limits_.files = 3;
  limits_.age = std::chrono::hours(1);
  SpoolStore store(directory_.file("spool"), limits_);
  push(store, "ancient", 1, std::chrono::hours(2));
  push(store, "old", 100, std::chrono::minutes(30));
  push(store, "newer", 100, std::chrono::minutes(20));
  push(store, "newest", 100);
  store.enforce(now());
  EXPECT_FALSE(exists("ancient"));
  EXPECT_FALSE(exists("old"));
  EXPECT_TRUE(exists("newer"));
  EXPECT_TRUE(exists("newest"));
  EXPECT_EQ(store.find("old", /*make=*/false).error().code, ErrorCode::kNotFound);

  limits_.bytes = 1;
  store.set_limits(limits_);
  store.enforce(now(), /*used=*/"newer");
  EXPECT_TRUE(exists("newer")) << "somebody is writing to it";
  EXPECT_FALSE(exists("newest"));
}

TEST_F(SpoolStoreTest, LooksThroughItsFolderForANewNameOnlyWhereALimitMayBeNear) {
  limits_.files = 256;
  SpoolStore store(directory_.file("spool"), limits_);
  const auto add = [&](int number) {
    const std::string name = std::to_string(number);
    store.make_room(now(), name);
    push(store, name, 1, std::chrono::seconds(1000 - number));
  };
  add(0);
  push(store, "expired", 1, limits_.age + std::chrono::hours(1));  // gone as soon as somebody looks
  for (int number = 1; number < 255; ++number) add(number);
  EXPECT_TRUE(exists("expired"));
  for (int number = 255; number < 600; ++number) add(number);
  EXPECT_FALSE(exists("expired"));
  int kept = 0;
  for (int number = 0; number < 600; ++number) kept += exists(std::to_string(number)) ? 1 : 0;
  EXPECT_GE(kept, 254);
  EXPECT_LE(kept, 257) << "the one that is made is not counted";
  EXPECT_TRUE(exists("599"));

  store.wrote(limits_.bytes);
  push(store, "expired", 1, limits_.age + std::chrono::hours(1));
  store.make_room(now(), "new");
  EXPECT_FALSE(exists("expired")) << "the limit of bytes may be reached";
}

}  // namespace
}  // namespace tailwater
