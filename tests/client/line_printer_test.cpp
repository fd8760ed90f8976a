#include "client/line_printer.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailwater {
namespace {

std::string printed(const RecordView& record, const LineStyle& style) {
  std::string out;
  append_line(out, record, style);
  return out;
}

constexpr RecordView kError{"k.0.1",          "app", "/var/log/app/a.log", "error", "2026-01-02T03:04:05.678Z",
                            "it\x1b[2J broke"};

TEST(LinePrinter, PrintsTheLineAlone) {
  EXPECT_EQ(printed(kError, {}), "it broke\n");
}

TEST(LinePrinter, PutsTimeAndNamesInFront) {
  LineStyle style;
  style.time = true;
  EXPECT_EQ(printed(kError, style), "2026-01-02T03:04:05.678Z it broke\n");
  style.names = LineStyle::Names::kStreamAndFile;
  EXPECT_EQ(printed(kError, style), "2026-01-02T03:04:05.678Z app/a.log it broke\n");
  style.time = false;
  style.names = LineStyle::Names::kStream;
  EXPECT_EQ(printed(kError, style), "app it broke\n");
}

TEST(LinePrinter, ColorsByLevelAndResetsAtTheEndOfTheLine) {
  LineStyle style;
  style.colors = true;
  EXPECT_EQ(printed(kError, style), "\x1b[31mit broke\x1b[0m\n");
  RecordView info = kError;
  info.level = "info";
  EXPECT_EQ(printed(info, style), "it broke\n");
  info.line = "\x1b[32mgreen";
  EXPECT_EQ(printed(info, style), "\x1b[32mgreen\x1b[0m\n");
}

TEST(LinePrinter, AddsTheIdToJson) {
  std::string out;
  append_json_line(out, "k.0.9", R"({"line":"x"})");
  EXPECT_EQ(out, "{\"id\":\"k.0.9\",\"line\":\"x\"}\n");
}

TEST(RecordView, TakesLogAndLinesApart) {
  std::vector<std::string> seen;
  const auto take = [&](const RecordView& record) {
    seen.push_back(std::string(record.id) + " " + std::string(record.level) + " " + std::string(record.line));
  };
  ASSERT_TRUE(for_each_record("log", R"({"level":null,"line":"a\u0000\"b"})", "k.0.1", take));
  ASSERT_TRUE(for_each_record("lines", R"([{"id":"k.0.2","level":"warn","line":"c"},{"id":"k.0.3","line":""}])",
                              "k.0.3", take));
  EXPECT_THAT(seen, testing::ElementsAre(std::string("k.0.1  a\0\"b", 11), "k.0.2 warn c", "k.0.3  "));
  for (const char* wrong : {"", "{", "[1]", "{\"line\":1}", "null"}) {
    EXPECT_FALSE(for_each_record("log", wrong, "", take)) << wrong;
    EXPECT_FALSE(for_each_record("lines", wrong, "", take)) << wrong;
  }
}

TEST(JsonObject, IsWithoutMembersWhereItIsNoObject) {
  const JsonObject object(R"({"a":"x","n":7,"l":[1,2]})");
  EXPECT_EQ(object.text("a"), "x");
  EXPECT_EQ(object.text("n"), "");
  EXPECT_EQ(object.number("n", -1), 7);
  EXPECT_EQ(object.number("a", -1), -1);
  EXPECT_EQ(object.array_size("l"), 2U);
  for (const char* wrong : {"", "7", "[]", "{"}) EXPECT_EQ(JsonObject(wrong).text("a"), "") << wrong;
}

}  // namespace
}  // namespace tailwater
