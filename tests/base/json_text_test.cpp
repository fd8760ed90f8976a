#include "base/json_text.h"

#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

/// Byte by byte, with UTF-8 mended beforehand: slow and plain to see.
std::string slow_json_text(const std::string& text) {
  std::string out;
  for (const char c : to_valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (byte < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", byte);
          out += escape;
        } else {
          out += c;
        }
    }
  }
  return out;
}

void expect_as_slow(const std::string& text) {
  std::string out;
  const bool valid = append_json_text(out, text);
  EXPECT_EQ(out, slow_json_text(text));
  EXPECT_EQ(valid, valid_utf8_prefix(text) == text.size());
}

TEST(JsonText, EscapesQuotesBackslashesAndControls) {
  std::string out;
  EXPECT_TRUE(append_json_string(out, std::string_view("a\"b\\c\n\r\t\b\f\x01\x1f\0z", 14)));
  EXPECT_EQ(out, R"("a\"b\\c\n\r\t\b\f\u0001\u001f\u0000z")");
}

TEST(JsonText, ReplacesEachMaximalInvalidPart) {
  std::string out;
  EXPECT_FALSE(append_json_text(out,
                                "a\xE2\x82"
                                "b\xFF\xC0\xAF"
                                "c\xED\xA0\x80"));
  EXPECT_EQ(out,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
            "c\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(JsonText, KeepsValidUtf8) {
  expect_as_slow("grüße, 日本, 😀, \x7f");
}

TEST(JsonText, AgreesWithTheSlowWayAtEveryOffsetOfASpecialByte) {
  for (const char special : {'"', '\\', '\n', '\x80', '\xC3', '\x1f'}) {
    for (std::size_t at = 0; at < 40; ++at) {
      std::string text(40, 'x');
      text[at] = special;
      expect_as_slow(text);
    }
  }
}

TEST(JsonText, AgreesWithTheSlowWayOnRandomBytes) {
  std::mt19937 random(7);
  const std::string likely = "ab \"\\\n\x01\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xF4\xFF";
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 70, '\0');
    for (char& c : text) c = random() % 2 == 0 ? static_cast<char>(random()) : likely[random() % likely.size()];
    expect_as_slow(text);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tailwater
