#include "filter/literal_search.h"

#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

TEST(FindLiteral, SearchesFromAPlaceOn) {
  EXPECT_EQ(find_literal("abcabc", "bc", 0), 1U);
  EXPECT_EQ(find_literal("abcabc", "bc", 2), 4U);
  EXPECT_EQ(find_literal("abcabc", "bc", 5), std::string_view::npos);
  EXPECT_EQ(find_literal("abc", "bc", 9), std::string_view::npos);
  EXPECT_EQ(find_literal("abc", "", 1), 1U);
  EXPECT_EQ(find_literal("", "x", 0), std::string_view::npos);
}

// Beside std::string_view::find, in blocks on both sides of the size from which on vectors are used.
TEST(FindLiteral, FindsWhatAPlainSearchFinds) {
  std::mt19937 random(11);
  int found = 0;
  for (int round = 0; round < 20'000; ++round) {
    // Few letters make many beginnings of the text that are none.
    const std::size_t letters = 1 + random() % 12;
    const auto text = [&](std::size_t size) {
      std::string made;
      while (made.size() < size) made += "e0z tq\xff=A\n\"7"[random() % letters];
      return made;
    };
    std::string block = text(random() % 6000);
    const std::string literal = text(1 + random() % (random() % 8 == 0 ? 60 : 6));
    if (random() % 2 == 0 && block.size() > literal.size()) {
      block.replace(random() % (block.size() - literal.size() + 1), literal.size(), literal);
    }
    const std::size_t from = random() % (block.size() + 1);
    const std::size_t expected = std::string_view(block).find(literal, from);
    ASSERT_EQ(find_literal(block, literal, from), expected) << round;
    found += expected != std::string_view::npos ? 1 : 0;
  }
  EXPECT_GT(found, 5000);
  EXPECT_LT(found, 15'000);
}

}  // namespace
}  // namespace tailwater
