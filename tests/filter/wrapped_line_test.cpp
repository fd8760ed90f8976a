#include "filter/wrapped_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "filter/record_facts.h"
#include "filter/record_rules_of.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

std::string docker(std::string_view log, std::string_view output = "stdout") {
  return R"({"log":")" + std::string(log) + R"(","stream":")" + std::string(output) +
         R"(","time":"2026-01-02T03:04:05.123456789Z"})" + "\n";
}
std::string cri(std::string_view tag, std::string_view text, std::string_view output = "stdout") {
  return "2026-01-02T03:04:05.123456789Z " + std::string(output) + " " + std::string(tag) + " " + std::string(text) +
         "\n";
}

TEST(WrappedLine, DockerLinesAreUnwrapped) {
  EXPECT_EQ(
      lines_cut(docker(R"(plain\n)") + docker(R"(say \"hi\" \u00e4\\n\n)") + docker(R"(crlf\r\n)") + docker("\\n"),
                rules_of(ParseAs::kDocker)),
      (Lines{"plain", "say \"hi\" \xC3\xA4\\n", "crlf", ""}));
}

TEST(WrappedLine, CriLinesAreUnwrapped) {
  EXPECT_EQ(lines_cut(cri("F", "plain") + cri("F", "") + cri("F:x", "{\"a\":1}"), rules_of(ParseAs::kCri)),
            (Lines{"plain", "", "{\"a\":1}"}));
}

TEST(WrappedLine, PartialLinesAreJoined) {
  EXPECT_EQ(lines_cut(docker("one ") + docker("two ") + docker(R"(three\n)") + docker(R"(next\n)"),
                      rules_of(ParseAs::kDocker)),
            (Lines{"one two three", "next"}));
  EXPECT_EQ(
      lines_cut(cri("P", "one ") + cri("P", "two ") + cri("F", "three") + cri("F", "next"), rules_of(ParseAs::kCri)),
      (Lines{"one two three", "next"}));
}

TEST(WrappedLine, OffsetsAreThoseOfTheFile) {
  const std::string bytes = cri("P", "a") + cri("F", "b") + cri("F", "c");
  const auto records = cut(bytes, rules_of(ParseAs::kCri));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].end, 2 * cri("P", "a").size());
  EXPECT_EQ(records[1].end, bytes.size());
}

TEST(WrappedLine, OutputsAreNotMixedInOneRecord) {
  const auto records =
      cut(cri("P", "a", "stdout") + cri("F", "b", "stderr") + cri("F", "c", "stdout"), rules_of(ParseAs::kCri));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].line, "a");
  EXPECT_TRUE(records[0].truncated);
  EXPECT_FALSE(records[1].truncated);
}

TEST(WrappedLine, WhatIsNotWrappedIsShownAsItIs) {
  for (const char* line : {"plain text", "{\"msg\":\"no log\"}", "{\"log\":1", "2026-01-02T03:04:05Z stdout X x",
                           "2026-01-02T03:04:05Z", "{}"}) {
    EXPECT_EQ(lines_cut(std::string(line) + "\n", rules_of(ParseAs::kDocker)), Lines{line});
    EXPECT_EQ(lines_cut(std::string(line) + "\n", rules_of(ParseAs::kCri)), Lines{line});
  }
}

TEST(WrappedLine, AnOpenLineIsNoWholeRecord) {
  const RecordRules rules = rules_of(ParseAs::kCri);
  EXPECT_EQ(whole_records(cri("P", "a"), rules), 0U);
  EXPECT_EQ(whole_records(cri("F", "x") + cri("P", "a"), rules), cri("F", "x").size());
  EXPECT_EQ(whole_records(cri("P", "a") + cri("F", "b"), rules), 2 * cri("P", "a").size());
}

TEST(WrappedLine, StackTracesOfContainersAreJoined) {
  Multiline::Rule rule = *Multiline::built_in("java");
  EXPECT_EQ(lines_cut(docker(R"(it broke\n)") + docker(R"(\tat A.f(A.java:1)\n)") + docker("\\tat B.g") +
                          docker(R"((B.java:2)\n)") + docker(R"(next\n)"),
                      rules_of(rule, RecordRules::kDefaultMaxBytes, ParseAs::kDocker)),
            (Lines{"it broke\n\tat A.f(A.java:1)\n\tat B.g(B.java:2)", "next"}));
}

TEST(WrappedLine, OutputAndTimeAreFactsOfTheRecord) {
  const RecordRules rules = rules_of(ParseAs::kDocker);
  const std::string bytes = docker(R"(n=1\n)", "stderr");
  RecordSplitter splitter(bytes, 0, /*continues=*/false, /*partial=*/false, rules);
  const auto record = splitter.next();
  ASSERT_TRUE(record);
  const RecordFacts facts(*record, {"s", "/p", {}, &rules});
  ASSERT_TRUE(facts.fields().find("output"));
  EXPECT_EQ(facts.fields().find("output")->value, "stderr");
  EXPECT_EQ(facts.fields().find("n")->value, "1");
  EXPECT_EQ(facts.time(), WallTime(Milliseconds(1'767'323'045'123)));
}

}  // namespace
}  // namespace tailwater
