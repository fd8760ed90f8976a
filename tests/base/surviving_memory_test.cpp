#include "base/surviving_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tailwater {
namespace {

constexpr std::size_t kFront = 4096;

std::unique_ptr<SurvivingMemory> make_memory(std::size_t bytes = 1U << 20) {
  auto memory = SurvivingMemory::create(kFront + bytes, kFront);
  EXPECT_TRUE(memory) << memory.error().message;
  return std::move(*memory);
}

std::shared_ptr<const SurvivedMemory> survived(const SurvivingMemory& memory) {
  auto mapped = SurvivedMemory::map(UniqueFd(::fcntl(memory.fd(), F_DUPFD_CLOEXEC, 0)));
  EXPECT_TRUE(mapped) << mapped.error().message;
  return std::move(*mapped);
}

TEST(SurvivingMemory, IsThereForWhoeverHoldsItsDescriptor) {
  auto memory = make_memory();
  SurvivingBytes bytes(memory.get());
  (void)bytes.append(0, "remember me");
  const auto offset = static_cast<std::ptrdiff_t>(memory->offset_of(bytes.view().data()));
  const auto other = survived(*memory);
  const std::size_t size = bytes.size();
  memory->keep_all();
  bytes.clear();
  memory.reset();
  EXPECT_EQ(std::string(other->bytes().data() + offset, size), "remember me");
}

TEST(SurvivingMemory, HandsOutNothingTwice) {
  const auto memory = make_memory();
  std::mt19937 random(4711);
  struct Piece {
    char* at;
    std::size_t size;
    char mark;
  };
  std::vector<Piece> pieces;
  for (int step = 0; step < 20'000; ++step) {
    if (pieces.size() > 100 || (random() % 2 == 0 && !pieces.empty())) {
      std::swap(pieces[random() % pieces.size()], pieces.back());
      const Piece piece = pieces.back();
      pieces.pop_back();
      ASSERT_EQ(std::count(piece.at, piece.at + piece.size, piece.mark), static_cast<std::ptrdiff_t>(piece.size));
      memory->free(piece.at, piece.size);
    } else {
      const std::size_t size = 1 + random() % 9000;
      auto* at = static_cast<char*>(memory->allocate(size));
      if (at == nullptr) continue;
      ASSERT_TRUE(memory->contains(at) && memory->contains(at + size - 1));
      ASSERT_GE(memory->offset_of(at), kFront);
      pieces.push_back({at, size, static_cast<char>(step)});
      std::fill_n(at, size, static_cast<char>(step));
    }
  }
  for (const Piece& piece : pieces) memory->free(piece.at, piece.size);
  EXPECT_EQ(memory->used(), 0U);
  EXPECT_NE(memory->allocate(1U << 20), nullptr) << "all of it is in one piece again";
}

TEST(SurvivingMemory, ThatIsFullIsDoneWithout) {
  const auto memory = make_memory(4096);
  SurvivingBytes inside(memory.get());
  (void)inside.append(0, std::string(4000, 'a'));
  EXPECT_TRUE(memory->contains(inside.view().data()));
  SurvivingBytes outside(memory.get());
  (void)outside.append(0, std::string(4000, 'b'));
  EXPECT_FALSE(memory->contains(outside.view().data()));
  EXPECT_EQ(outside.view(), std::string(4000, 'b'));
}

TEST(SurvivingMemory, KeepsWhatIsFreedAsItWasOnceAllIsKept) {
  const auto memory = make_memory();
  auto* piece = static_cast<char*>(memory->allocate(100));
  std::fill_n(piece, 100, 'x');
  memory->keep_all();
  memory->free(piece, 100);
  for (int i = 0; i < 100; ++i) {
    if (auto* other = static_cast<char*>(memory->allocate(100))) std::fill_n(other, 100, 'y');
  }
  EXPECT_EQ(std::count(piece, piece + 100, 'x'), 100);
}

TEST(SurvivingBytes, KeepWhatTheyHeldUntilItIsLetGoOf) {
  const auto memory = make_memory();
  SurvivingBytes bytes(memory.get());
  (void)bytes.append(0, "one two");
  const char* held = bytes.view().data();
  {
    const SurvivingBytes before = bytes.append(4, " three");
    EXPECT_EQ(bytes.view(), "two three");
    EXPECT_EQ(before.view(), "one two");
    EXPECT_EQ(before.view().data(), held);
  }
  bytes.clear();
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(memory->used(), 0U);
}

TEST(SurvivedMemory, RefusesWhatSomebodyCouldTakeAway) {
  UniqueFd fd(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(fd.get(), 4096), 0);
  EXPECT_FALSE(SurvivedMemory::map(std::move(fd)));
  EXPECT_FALSE(SurvivedMemory::map(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC))));
}

}  // namespace
}  // namespace tailwater
