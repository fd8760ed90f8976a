#include "base/bytes.h"

#include <random>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

TEST(Bytes, ReadsSizesWithUnits) {
  EXPECT_EQ(parse_byte_count("65536").value(), 65536U);
  EXPECT_EQ(parse_byte_count("64KiB").value(), 65536U);
  EXPECT_EQ(parse_byte_count("64 K").value(), 65536U);
  EXPECT_EQ(parse_byte_count("1MB").value(), 1'000'000U);
  EXPECT_EQ(parse_byte_count("1.5GiB").value(), 1'610'612'736U);
}

TEST(Bytes, RefusesWhatIsNoSize) {
  for (const char* text : {"", "x", "-1", "1.2.3", "5 potatoes", "1e3", "99999999TB", "."}) {
    EXPECT_FALSE(parse_byte_count(text)) << text;
  }
}

TEST(Bytes, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parse_number<std::uint32_t>("4294967295"), 4294967295U);
  EXPECT_FALSE(parse_number<std::uint32_t>("4294967296"));
  EXPECT_FALSE(parse_number<std::uint32_t>("-1"));
  EXPECT_FALSE(parse_number<std::uint32_t>("+1"));
  EXPECT_FALSE(parse_number<std::uint32_t>(" 1"));
  EXPECT_FALSE(parse_number<std::uint32_t>("1 "));
  EXPECT_FALSE(parse_number<std::uint32_t>(""));
}

TEST(Utf8, ReplacesMaximalSubpartsAsBrowsersDo) {
  // The examples of Unicode 15, section 3.9, tables 3-8 to 3-11.
  EXPECT_EQ(to_valid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  EXPECT_EQ(to_valid_utf8("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41\uFFFD\uFFFD\x42");
  EXPECT_EQ(to_valid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "\uFFFD\uFFFD\uFFFD\uFFFD\x41");
}

TEST(Utf8, LeavesValidTextAlone) {
  const std::string text = "plain, \u00e9, \u20ac, \U0001F600, NUL follows: " + std::string(1, '\0');
  EXPECT_EQ(valid_utf8_prefix(text), text.size());
  EXPECT_EQ(to_valid_utf8(text), text);
}

TEST(Utf8, WhatItReturnsIsAlwaysValid) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 24, '\0');
    for (char& c : text) c = static_cast<char>(random() % 4 == 0 ? random() % 128 : 128 + random() % 128);
    const std::string valid = to_valid_utf8(text);
    EXPECT_EQ(valid_utf8_prefix(valid), valid.size());
  }
}

}  // namespace
}  // namespace tailwater
