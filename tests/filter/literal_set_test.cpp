#include "filter/literal_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tailwater {
namespace {

using Hits = std::vector<std::pair<std::size_t, std::size_t>>;

Hits hits(const LiteralSet& set, std::string_view text, std::size_t from = 0) {
  Hits found;
  set.visit(text, from, [&](std::size_t at, std::size_t literal) {
    found.emplace_back(at, literal);
    return false;
  });
  std::sort(found.begin(), found.end());
  return found;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return result;
}

Hits hits_of_model(const std::vector<LiteralSet::Literal>& literals, const std::string& text) {
  Hits found;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (std::size_t i = 0; i < literals.size(); ++i) {
      const std::string part = text.substr(at, literals[i].text.size());
      const bool same = literals[i].ignore_case ? lowered(part) == lowered(literals[i].text) : part == literals[i].text;
      if (same) found.emplace_back(at, i);
    }
  }
  return found;
}

TEST(LiteralSet, FindsNothingWithoutTexts) {
  EXPECT_TRUE(hits(LiteralSet({}), "anything").empty());
}

TEST(LiteralSet, FindsTextsAtBothEndsAndAcrossTheVectors) {
  const LiteralSet set({{"abc"}, {"abcd"}, {"XYZ", true}});
  EXPECT_EQ(hits(set, "abc"), (Hits{{0, 0}}));
  EXPECT_EQ(hits(set, "ab"), Hits());
  for (std::size_t at = 0; at < 70; ++at) {
    const std::string text = std::string(at, '.') + "abcd" + std::string(at % 7, '.') + "xyZ";
    EXPECT_EQ(hits(set, text), (Hits{{at, 0}, {at, 1}, {at + 4 + at % 7, 2}}));
    EXPECT_EQ(hits(set, text, at + 1), (Hits{{at + 4 + at % 7, 2}}));
  }
}

TEST(LiteralSet, EndsWhenItIsTold) {
  const LiteralSet set({{"abc"}});
  int visited = 0;
  EXPECT_TRUE(set.visit("abc abc", 0, [&](std::size_t, std::size_t) { return ++visited == 1; }));
  EXPECT_EQ(visited, 1);
}

TEST(LiteralSet, AgreesWithASlowSearch) {
  std::mt19937 random(7);
  const auto word = [&](std::size_t size) {
    std::string text;
    while (text.size() < size) text += "abAB.\xc3-"[random() % 7];
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<LiteralSet::Literal> literals;
    for (std::size_t i = random() % 20 + 1; i > 0; --i) literals.push_back({word(3 + random() % 5), random() % 2 == 0});
    const std::string text = word(random() % 200);
    EXPECT_EQ(hits(LiteralSet(literals), text), hits_of_model(literals, text));
  }
}

}  // namespace
}  // namespace tailwater
