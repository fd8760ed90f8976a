#include "base/glob.h"

#include <fnmatch.h>

#include <random>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const auto glob = Glob::parse(pattern);
  EXPECT_TRUE(glob) << pattern;
  return glob && glob->matches(path);
}

TEST(Glob, StarStaysWithinOneComponent) {
  EXPECT_TRUE(matches("/var/log/*.log", "/var/log/a.log"));
  EXPECT_TRUE(matches("/var/log/*.log", "/var/log/.log"));
  EXPECT_FALSE(matches("/var/log/*.log", "/var/log/nginx/a.log"));
  EXPECT_FALSE(matches("/var/*/x", "/var/a/b/x"));
}

TEST(Glob, DoubleStarSpansAnyNumberOfComponents) {
  EXPECT_TRUE(matches("/a/**/x.log", "/a/x.log"));
  EXPECT_TRUE(matches("/a/**/x.log", "/a/b/x.log"));
  EXPECT_TRUE(matches("/a/**/x.log", "/a/b/c/x.log"));
  EXPECT_FALSE(matches("/a/**/x.log", "/a/bx.log"));
  EXPECT_TRUE(matches("/a/**", "/a/b/c"));
  EXPECT_TRUE(matches("/a/**/*.log", "/a/b/c.log"));
  EXPECT_FALSE(matches("/a/**/b/*.log", "/a/c/d.log"));
  EXPECT_TRUE(matches("/a/**/b/*.log", "/a/b/c/b/d.log"));
}

TEST(Glob, BracketsAndBraces) {
  EXPECT_TRUE(matches("[a-c]?[!x]", "b1y"));
  EXPECT_FALSE(matches("[a-c]?[!x]", "b1x"));
  EXPECT_FALSE(matches("a[!b]c", "a/c"));
  EXPECT_TRUE(matches("[]]", "]"));
  EXPECT_TRUE(matches("{app,web{1,2}}.log", "web2.log"));
  EXPECT_FALSE(matches("{app,web{1,2}}.log", "web3.log"));
  EXPECT_TRUE(matches("a{,b}c", "ac"));
}

TEST(Glob, BackslashTakesTheNextCharacterAsItIs) {
  EXPECT_TRUE(matches(R"(a\*b)", "a*b"));
  EXPECT_FALSE(matches(R"(a\*b)", "axb"));
}

TEST(Glob, ErrorsNameThePosition) {
  for (const auto& [pattern, text] :
       {std::pair{"/a[b", "'[' at position 3"}, std::pair{"/a{b,c", "'{' at position 3"}}) {
    const auto glob = Glob::parse(pattern);
    ASSERT_FALSE(glob);
    EXPECT_NE(glob.error().message.find(text), std::string::npos) << glob.error().message;
  }
  EXPECT_FALSE(Glob::parse(""));
  EXPECT_FALSE(Glob::parse(std::string(5000, 'a')));
  EXPECT_FALSE(Glob::parse("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"));
}

TEST(Glob, AgreesWithFnmatchOnRandomPatterns) {
  std::mt19937 random(20261120);
  constexpr std::string_view kPatternParts[] = {"a", "b", "/", "*", "?", "[ab]", "[!a]", "."};
  constexpr std::string_view kTextParts[] = {"a", "b", "/", "."};
  for (int round = 0; round < 50'000; ++round) {
    std::string pattern;
    std::string text;
    const auto parts = random() % 8 + 1;
    for (unsigned i = 0; i < parts; ++i) {
      const auto part = kPatternParts[random() % std::size(kPatternParts)];
      if (part == "*" && pattern.ends_with('*')) continue;
      pattern += part;
    }
    for (unsigned i = random() % 8; i > 0; --i) text += kTextParts[random() % std::size(kTextParts)];
    EXPECT_EQ(matches(pattern, text), ::fnmatch(pattern.c_str(), text.c_str(), FNM_PATHNAME) == 0)
        << pattern << " on " << text;
  }
}

TEST(Glob, ManyStarsStayLinear) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(4000, 'a')));
}

}  // namespace
}  // namespace tailwater
