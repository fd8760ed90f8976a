#include "journal/catalog.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tailwater {
namespace {

using Bytes = std::shared_ptr<const GenerationBytes>;

class CatalogOnDisk : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return dir_.path() + "/" + name; }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::app | std::ios::binary) << text;
  }
  Bytes open_file(const std::string& name) const {
    return std::make_shared<PlainFile>(UniqueFd(::open(path(name).c_str(), O_RDONLY | O_CLOEXEC)));
  }
  FileIdentity identity_of(const std::string& name) const {
    const UniqueFd fd(::open(path(name).c_str(), O_RDONLY | O_CLOEXEC));
    return *identify(fd.get(), std::filesystem::file_size(path(name)));
  }
  static std::string text_of(const Result<Bytes>& bytes) {
    if (!bytes) return "error: " + bytes.error().message;
    std::string text(1000, '\0');
    text.resize(*(*bytes)->read_at(0, text));
    return text;
  }

  TempDir dir_;
  Catalog catalog_;
};

TEST(Catalog, GivesEachPathAKeyForLife) {
  Catalog catalog;
  const auto first = catalog.add("app", "/var/log/app.log");
  EXPECT_EQ(catalog.add("app", "/var/log/app.log"), first);
  EXPECT_NE(catalog.add("other", "/var/log/app.log")->key, first->key);
  EXPECT_TRUE(FileKey::parse(first->key.text()));
  EXPECT_EQ(catalog.find(first->key), first);
  EXPECT_EQ(catalog.find(first->index), first);
}

TEST(Catalog, MakesKeysThatAreUniqueAndNotReserved) {
  Catalog catalog;
  std::set<std::string> keys;
  for (int i = 0; i < 5000; ++i) {
    const auto info = catalog.add("app", "/log/" + std::to_string(i));
    EXPECT_FALSE(info->key.is_start());
    EXPECT_TRUE(keys.insert(std::string(info->key.text())).second);
  }
  EXPECT_EQ(catalog.list().size(), 5000U);
}

TEST(Catalog, ListsInTheOrderOfIndices) {
  Catalog catalog;
  for (int i = 0; i < 100; ++i) catalog.add("app", "/log/" + std::to_string(99 - i));
  FileIndex last = 0;
  for (const FileStatus& status : catalog.list()) {
    EXPECT_GT(status.info->index, last);
    last = status.info->index;
  }
}

TEST(Catalog, RefusesToRestoreAClash) {
  Catalog catalog;
  const auto info = std::make_shared<FileInfo>(FileInfo{7, *FileKey::parse("abcd"), "s", "/a"});
  const auto same_key = std::make_shared<FileInfo>(FileInfo{8, *FileKey::parse("abcd"), "s", "/b"});
  const auto same_index = std::make_shared<FileInfo>(FileInfo{7, *FileKey::parse("abce"), "s", "/c"});
  FileStatus status;
  status.info = info;
  ASSERT_TRUE(catalog.restore(status));
  for (const auto& clash : {same_key, same_index}) {
    status.info = clash;
    const auto restored = catalog.restore(status);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, ErrorCode::kCorrupt);
  }
  EXPECT_EQ(catalog.add("s", "/new")->index, 8U);
}

TEST(Catalog, DoesNotUseAnIndexAgain) {
  Catalog catalog;
  const auto first = catalog.add("s", "/a");
  catalog.retire(first->index);
  EXPECT_EQ(catalog.find(first->key), nullptr);
  EXPECT_EQ(catalog.find(first->index), nullptr);
  EXPECT_FALSE(catalog.status(first->index));
  EXPECT_GT(catalog.add("s", "/a")->index, first->index);
  catalog.reserve_indices(100);
  EXPECT_EQ(catalog.add("s", "/b")->index, 100U);
}

TEST_F(CatalogOnDisk, ReadsTheCurrentGenerationFromItsDescriptor) {
  put("a.log", "one\n");
  const auto info = catalog_.add("s", path("a.log"));
  EXPECT_EQ(catalog_.open(info->index, 0).error().code, ErrorCode::kGone);
  const Bytes bytes = open_file("a.log");
  catalog_.begin_generation(info->index, 0, identity_of("a.log"), bytes);
  EXPECT_EQ(*catalog_.open(info->index, 0), bytes);
  EXPECT_EQ(catalog_.open(info->index, 1).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(catalog_.status(info->index)->present);
}

TEST_F(CatalogOnDisk, KeepsAnEndedGenerationReadableWhenItsFileIsUnlinked) {
  put("a.log", "one\n");
  const auto info = catalog_.add("s", path("a.log"));
  catalog_.begin_generation(info->index, 0, identity_of("a.log"), open_file("a.log"));
  catalog_.update(info->index, 4, WallTime{}, identity_of("a.log"));
  std::filesystem::remove(path("a.log"));
  put("a.log", "two\n");
  catalog_.begin_generation(info->index, 1, identity_of("a.log"), open_file("a.log"));
  EXPECT_EQ(catalog_.status(info->index)->end, 0U);
  EXPECT_EQ(text_of(catalog_.open(info->index, 0)), "one\n");
  EXPECT_EQ(text_of(catalog_.open(info->index, 1)), "two\n");
}

TEST_F(CatalogOnDisk, LetsGoOfDescriptorsBeyondTheCountOldestFirst) {
  Catalog catalog(
      CatalogLimits{.retained_descriptors = 2, .retained_bytes = 1 << 30, .retained_age = std::chrono::hours(1)});
  const auto info = catalog.add("s", path("a.log"));
  for (std::uint32_t generation = 0; generation < 4; ++generation) {
    std::filesystem::remove(path("a.log"));
    put("a.log", "generation " + std::to_string(generation) + "\n");
    catalog.begin_generation(info->index, generation, identity_of("a.log"), open_file("a.log"));
  }
  EXPECT_EQ(catalog.open(info->index, 0).error().code, ErrorCode::kGone);
  EXPECT_EQ(text_of(catalog.open(info->index, 1)), "generation 1\n");
  EXPECT_EQ(text_of(catalog.open(info->index, 2)), "generation 2\n");
}

TEST_F(CatalogOnDisk, LetsGoOfDescriptorsPastTheirAge) {
  const auto info = catalog_.add("s", path("a.log"));
  put("a.log", "one\n");
  catalog_.begin_generation(info->index, 0, identity_of("a.log"), open_file("a.log"));
  std::filesystem::remove(path("a.log"));
  put("a.log", "two\n");
  catalog_.begin_generation(info->index, 1, identity_of("a.log"), open_file("a.log"));
  const SteadyTime now{};
  catalog_.trim(now);
  catalog_.trim(now + std::chrono::seconds(3599));
  EXPECT_TRUE(catalog_.open(info->index, 0));
  catalog_.trim(now + std::chrono::seconds(3600));
  EXPECT_EQ(catalog_.open(info->index, 0).error().code, ErrorCode::kGone);
  EXPECT_TRUE(catalog_.open(info->index, 1));
}

TEST_F(CatalogOnDisk, LetsGoOfUnlinkedBytesBeyondTheBudgetButNotOfRenamedOnes) {
  Catalog catalog(
      CatalogLimits{.retained_descriptors = 100, .retained_bytes = 100 << 10, .retained_age = std::chrono::hours(1)});
  const auto info = catalog.add("s", path("a.log"));
  for (std::uint32_t generation = 0; generation < 4; ++generation) {
    put("a.log", std::string(64 << 10, static_cast<char>('0' + generation)));
    catalog.begin_generation(info->index, generation, identity_of("a.log"), open_file("a.log"));
    if (generation == 0) std::filesystem::rename(path("a.log"), path("kept"));
    if (generation > 0) std::filesystem::remove(path("a.log"));
  }
  catalog.set_present(info->index, false);
  catalog.trim(SteadyTime{});
  EXPECT_EQ(text_of(catalog.open(info->index, 3)).front(), '3');
  EXPECT_EQ(catalog.open(info->index, 2).error().code, ErrorCode::kGone);
  EXPECT_EQ(catalog.open(info->index, 1).error().code, ErrorCode::kGone);
  EXPECT_EQ(text_of(catalog.open(info->index, 0)).front(), '0');
}

TEST_F(CatalogOnDisk, FindsARenamedGenerationAfterARestart) {
  put("a.log", "one\n");
  const FileIdentity identity = identity_of("a.log");
  std::filesystem::rename(path("a.log"), path("a.log.1"));
  put("a.log", "two\n");
  FileStatus status;
  status.info = std::make_shared<FileInfo>(FileInfo{1, *FileKey::parse("abcd"), "s", path("a.log")});
  status.generation = 1;
  status.identity = identity_of("a.log");
  ASSERT_TRUE(catalog_.restore(status));
  catalog_.remember_generation({1, 0, 0, identity});
  EXPECT_EQ(text_of(catalog_.open(1, 0)), "one\n");
  EXPECT_EQ(text_of(catalog_.open(1, 1)), "two\n");
  put("a.log.1", "more\n");  // a rotated file may still grow
  EXPECT_EQ(text_of(catalog_.open(1, 0)), "one\nmore\n");
}

TEST_F(CatalogOnDisk, FindsTheCopyThatCopytruncateMade) {
  put("a.log", "one\n");
  const FileIdentity identity = identity_of("a.log");
  std::filesystem::copy_file(path("a.log"), path("a.log.1"));
  std::filesystem::resize_file(path("a.log"), 0);
  put("a.log", "two\n");
  const auto info = catalog_.add("s", path("a.log"));
  catalog_.begin_generation(info->index, 0, identity, nullptr);
  catalog_.begin_generation(info->index, 1, identity_of("a.log"), open_file("a.log"));
  EXPECT_EQ(text_of(catalog_.open(info->index, 0)), "one\n");
}

TEST_F(CatalogOnDisk, DoesNotTakeAnotherFileForTheGeneration) {
  put("a.log", "one\n");
  const FileIdentity identity = identity_of("a.log");
  const auto info = catalog_.add("s", path("a.log"));
  catalog_.begin_generation(info->index, 0, identity, nullptr);
  std::filesystem::resize_file(path("a.log"), 0);
  put("a.log", "two, in the same inode\n");
  EXPECT_EQ(catalog_.open(info->index, 0).error().code, ErrorCode::kGone);
}

TEST_F(CatalogOnDisk, FollowsNoSymlinkAndWaitsForNoFifo) {
  put("real", "one\n");
  const FileIdentity identity = identity_of("real");
  std::filesystem::create_symlink(path("real"), path("a.log"));
  const auto info = catalog_.add("s", path("a.log"));
  catalog_.begin_generation(info->index, 0, identity, nullptr);
  std::filesystem::create_directory(path("elsewhere"));
  std::filesystem::rename(path("real"), path("elsewhere/real"));
  std::filesystem::remove(path("a.log"));
  std::filesystem::create_symlink(path("elsewhere/real"), path("a.log"));
  EXPECT_EQ(catalog_.open(info->index, 0).error().code, ErrorCode::kGone);
  std::filesystem::remove(path("a.log"));
  ASSERT_EQ(::mkfifo(path("a.log").c_str(), 0600), 0);
  EXPECT_EQ(catalog_.open(info->index, 0).error().code, ErrorCode::kGone);
}

TEST_F(CatalogOnDisk, RemembersTheLastGenerationsOnly) {
  const auto info = catalog_.add("s", path("a.log"));
  for (std::uint32_t generation = 0; generation <= 70; ++generation)
    catalog_.begin_generation(info->index, generation, {}, nullptr);
  EXPECT_EQ(catalog_.open(info->index, 5).error().code, ErrorCode::kGone);
  EXPECT_NE(catalog_.open(info->index, 5).error().message.find("any more"), std::string::npos);
}

TEST_F(CatalogOnDisk, MayBeReadWhileItChanges) {
  put("a.log", "one\n");
  const auto info = catalog_.add("s", path("a.log"));
  catalog_.begin_generation(info->index, 0, identity_of("a.log"), open_file("a.log"));
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      for (const FileStatus& status : catalog_.list())
        (void)catalog_.open(status.info->index, status.generation == 0 ? 0 : status.generation - 1);
      (void)catalog_.find(info->key);
    }
  });
  for (std::uint32_t generation = 1; generation < 300; ++generation) {
    catalog_.begin_generation(info->index, generation, identity_of("a.log"), open_file("a.log"));
    catalog_.update(info->index, generation, WallTime{}, {});
    catalog_.set_present(info->index, generation % 2 == 0);
    const auto other = catalog_.add("s", path("b" + std::to_string(generation)));
    catalog_.trim(SteadyTime(std::chrono::seconds(generation * 100)));
    if (generation % 3 == 0) catalog_.retire(other->index);
  }
  stop = true;
  reader.join();
}

TEST_F(CatalogOnDisk, IdentityChangesWithTheHeadAndTheTail) {
  put("a.log", std::string(2000, 'a'));
  const UniqueFd fd(::open(path("a.log").c_str(), O_RDWR | O_CLOEXEC));
  const FileIdentity identity = *identify(fd.get(), 1990);
  EXPECT_EQ(identity.head_length, 1024U);
  EXPECT_EQ(identity.tail_length, FileIdentity::kTailLength);
  EXPECT_TRUE(same_file(identity, fd.get()));
  put("a.log", "grown");
  EXPECT_TRUE(same_file(identity, fd.get()));
  ASSERT_EQ(::pwrite(fd.get(), "b", 1, 1930), 1);
  EXPECT_FALSE(same_file(identity, fd.get()));
  ASSERT_EQ(::pwrite(fd.get(), "a", 1, 1930), 1);
  EXPECT_TRUE(same_file(identity, fd.get()));
  ASSERT_EQ(::pwrite(fd.get(), "b", 1, 1023), 1);
  EXPECT_FALSE(same_file(identity, fd.get()));
  ASSERT_EQ(::ftruncate(fd.get(), 100), 0);
  EXPECT_FALSE(same_file(identity, fd.get()));
}

TEST_F(CatalogOnDisk, IdentityOfAnEmptyFileIsItsInode) {
  put("a.log", "");
  put("b.log", "");
  const UniqueFd a(::open(path("a.log").c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd b(::open(path("b.log").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(same_file(*identify(a.get(), 0), a.get()));
  EXPECT_FALSE(same_file(*identify(a.get(), 0), b.get()));
}

}  // namespace
}  // namespace tailwater
