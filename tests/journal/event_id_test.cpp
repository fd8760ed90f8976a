#include "journal/event_id.h"

#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

FileKey key(std::string_view text) {
  return *FileKey::parse(text);
}

TEST(FileKey, TakesFourToTenLowercaseLettersAndDigits) {
  EXPECT_EQ(key("k3x9").text(), "k3x9");
  EXPECT_EQ(key("abcdefghi0").text(), "abcdefghi0");
  for (const char* bad : {"", "abc", "abcdefghij1", "ABCD", "ab-d", "ab d", "abc\n", "abc."})
    EXPECT_FALSE(FileKey::parse(bad)) << bad;
}

TEST(FileKey, KnowsTheStart) {
  EXPECT_TRUE(key("start").is_start());
  EXPECT_FALSE(key("starta").is_start());
  EXPECT_FALSE(FileKey().is_start());
}

TEST(FileKey, OrdersAsItsText) {
  EXPECT_LT(key("abcd"), key("abce"));
  EXPECT_LT(key("abcd"), key("abcda"));
}

TEST(EventId, WritesAPosition) {
  EXPECT_EQ(to_text(Position{key("k3x9"), 0, 48213}), "k3x9.0.48213");
  EXPECT_EQ(to_text(EventId{{key("k3x9"), 2, 48213}, true}), "k3x9.2.048213");
  EXPECT_EQ(to_text(EventId{{FileKey::start(), 0, 0}, true}), "start.0.00");
  std::string line = "id: ";
  append_text({key("k3x9"), 4294967295, 18446744073709551615ULL}, line);
  EXPECT_EQ(line, "id: k3x9.4294967295.18446744073709551615");
}

TEST(EventId, TheLongestFitsTheBound) {
  const EventId longest{{key("abcdefghi0"), 4294967295, 18446744073709551615ULL}, true};
  EXPECT_LE(to_text(longest).size(), EventId::kMaxLength);
  EXPECT_EQ(*parse_event_id(to_text(longest)), longest);
}

TEST(EventId, RefusesWhatItCouldNotHaveWritten) {
  const std::string too_long = "k3x9.0." + std::string(64, '1');
  for (const std::string& bad : {std::string(""),
                                 std::string("."),
                                 std::string(".."),
                                 std::string("k3x9"),
                                 std::string("k3x9.0"),
                                 std::string("k3x9.0."),
                                 std::string("k3x9..1"),
                                 std::string(".0.1"),
                                 std::string("k3x9.0.1."),
                                 std::string("k3x9.0.1.2"),
                                 std::string("k3x9.00.1"),
                                 std::string("k3x9.01.1"),
                                 std::string("k3x9.0.001"),
                                 std::string("k3x9.0.000"),
                                 std::string("k3x9.+0.1"),
                                 std::string("k3x9.0.-1"),
                                 std::string("k3x9.0. 1"),
                                 std::string("k3x9.0.1 "),
                                 std::string("k3x9.0.0x1"),
                                 std::string("K3X9.0.1"),
                                 std::string("k3x.0.1"),
                                 std::string("k3x9.4294967296.1"),
                                 std::string("k3x9.0.18446744073709551616"),
                                 std::string("k3x9.0.1\n"),
                                 std::string("k3x9.0.1\0", 9),
                                 too_long}) {
    const auto id = parse_event_id(bad);
    ASSERT_FALSE(id) << bad;
    EXPECT_EQ(id.error().code, ErrorCode::kInvalid);
  }
}

TEST(EventId, ReadsBackWhatItWrites) {
  std::mt19937_64 random(1);
  const std::string characters = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (int i = 0; i < 20000; ++i) {
    std::string text(4 + random() % 7, ' ');
    for (char& c : text) c = characters[random() % characters.size()];
    EventId id;
    id.position.file = key(text);
    id.position.generation = static_cast<std::uint32_t>(random() >> (32 + random() % 32));
    id.position.offset = random() >> (random() % 64);
    id.ended = random() % 2 == 0;
    const auto again = parse_event_id(to_text(id));
    ASSERT_TRUE(again) << to_text(id);
    EXPECT_EQ(*again, id);
  }
}

TEST(EventId, EveryTextThatIsAcceptedIsTheOneThatWouldBeWritten) {
  std::mt19937 random(2);
  const std::string characters = "a9.0k3x1";
  int accepted = 0;
  for (int i = 0; i < 300000; ++i) {
    std::string text(random() % 12, ' ');
    for (char& c : text) c = characters[random() % characters.size()];
    const auto id = parse_event_id(text);
    if (!id) continue;
    ++accepted;
    EXPECT_EQ(to_text(*id), text);
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace tailwater
