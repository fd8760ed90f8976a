#include "source/rotated_siblings.h"

#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tailwater {
namespace {

TEST(RotatedSiblings, KnowsTheNamesThatRotationsMake) {
  for (const char* name :
       {"app.log.1", "app.log.12", "app.log-20260101", "app.log.old", "app.1.log", "app-20260101.log",
        "app-2026-01-01.log", "app_3.log", "app.log.2.gz", "app.log-20260101.xz", "app.1.log.zst"}) {
    EXPECT_TRUE(is_rotation_of(name, "app.log")) << name;
  }
  for (const char* name : {"app.log", "app.log.bak", "app2.log", "app-a.log", "apple.log", "app.log1", "other.log.1",
                           "app.-.log", "x-app.log.1", "app.log.gz", ""}) {
    EXPECT_FALSE(is_rotation_of(name, "app.log")) << name;
  }
  EXPECT_TRUE(is_rotation_of("syslog.1", "syslog"));
  EXPECT_FALSE(is_rotation_of("syslog1", "syslog"));
  EXPECT_FALSE(is_rotation_of("mail.log.1", "mail"));
  EXPECT_FALSE(is_rotation_of("mail.err-20260101", "mail"));
}

TEST(RotatedSiblings, KnowWhatTheyMayHaveBeen) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(possible_originals("app.log.1"), (Names{"app.log"}));
  EXPECT_EQ(possible_originals("app.log.1.gz"), (Names{"app.log"}));
  EXPECT_EQ(possible_originals("app.3.log"), (Names{"app.log"}));
  EXPECT_EQ(possible_originals("app-20260101.log"), (Names{"app.log"}));
  EXPECT_EQ(possible_originals("app.log-20260101"), (Names{"app.log"}));
  EXPECT_EQ(possible_originals("app.log"), Names{});
  EXPECT_EQ(possible_originals("f123.log"), Names{});
  EXPECT_EQ(possible_originals(""), Names{});
}

TEST(RotatedSiblings, ComeOldestFirstByNumber) {
  const TempDir dir;
  const auto make = [&](const std::string& name) {
    std::ofstream(dir.file(name)) << name;
    // Births have the grain of a clock tick.
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(12)) {
    }
  };
  for (const char* name : {"a.log.2", "a.log.3", "a.log.1", "a.log", "b.log.1"}) make(name);
  const auto all = rotated_siblings(dir.file("a.log"));
  if (all.empty()) GTEST_SKIP() << "no birth times here";
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].path, dir.file("a.log.3"));
  EXPECT_EQ(all[1].path, dir.file("a.log.2"));
  EXPECT_EQ(all[2].path, dir.file("a.log.1"));
  EXPECT_LT(all[1].birth_ns, all[0].birth_ns);
}

TEST(RotatedSiblings, WithoutNumbersTheLastWriteDecides) {
  std::vector<RotatedSibling> siblings(3);
  siblings[0] = {"a-20260103", 1, 1, 10, 300, 0};
  siblings[1] = {"a.1", 1, 2, 30, 100, 1};
  siblings[2] = {"a-20260102", 1, 3, 20, 200, 0};
  sort_oldest_first(siblings);
  EXPECT_EQ(siblings[0].path, "a.1");
  EXPECT_EQ(siblings[1].path, "a-20260102");
  EXPECT_EQ(siblings[2].path, "a-20260103");
}

TEST(RotatedSiblings, NumbersAreReadFromEitherPlace) {
  EXPECT_EQ(rotation_number("app.log.12", "app.log"), 12U);
  EXPECT_EQ(rotation_number("app.3.log", "app.log"), 3U);
  EXPECT_EQ(rotation_number("app.log.4.gz", "app.log"), 4U);
  EXPECT_EQ(rotation_number("app.log-20260101", "app.log"), 0U);
  EXPECT_EQ(rotation_number("app.log.old", "app.log"), 0U);
  EXPECT_EQ(rotation_number("syslog.1", "syslog"), 1U);
}

TEST(RotatedSiblings, ACopyBeginsAndEndsAsItsOriginalDoesThere) {
  const TempDir dir;
  const auto make = [&](const char* name, const std::string& text) {
    std::ofstream(dir.file(name)) << text;
    return std::make_shared<PlainFile>(UniqueFd(::open(dir.file(name).c_str(), O_RDONLY | O_CLOEXEC)));
  };
  const std::string head(2000, 'h');
  const auto original = make("original", head + "one\ntwo\n");
  EXPECT_TRUE(is_copy_of(*make("whole", head + "one\ntwo\n"), *original));
  EXPECT_TRUE(is_copy_of(*make("earlier", head + "one\n"), *original));
  EXPECT_TRUE(is_copy_of(*make("longer", head + "one\ntwo\nthree\n"), *original));
  EXPECT_FALSE(is_copy_of(*make("other", head + "two\none\n"), *original));
  EXPECT_FALSE(is_copy_of(*make("empty", ""), *original));
  EXPECT_FALSE(is_copy_of(*make("few", "hhh"), *original));
  EXPECT_TRUE(is_copy_of(*make("three", "hhh"), *make("same three", "hhh")));
}

}  // namespace
}  // namespace tailwater
