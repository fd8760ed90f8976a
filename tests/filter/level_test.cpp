// detect_level and parse_level: a line of each kind of log that people have, and the look-alikes beside them.
#include "filter/level.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <string>

namespace tailwater {

void PrintTo(Level level, std::ostream* out) {
  *out << to_text(level);
}

namespace {

constexpr std::optional<Level> kNoLevel;

struct Example {
  std::string_view line;
  std::optional<Level> level;
};

template <std::size_t kCount>
void expect_levels(const Example (&examples)[kCount]) {
  for (const Example& example : examples) EXPECT_EQ(detect_level(example.line), example.level) << example.line;
}

TEST(ParseLevel, ReadsItsOwnNames) {
  for (const Level level :
       {Level::kTrace, Level::kDebug, Level::kInfo, Level::kWarn, Level::kError, Level::kCritical}) {
    EXPECT_EQ(parse_level(to_text(level)), level);
  }
}

TEST(ParseLevel, ReadsAliasesInAnyCase) {
  EXPECT_EQ(parse_level("TRC"), Level::kTrace);
  EXPECT_EQ(parse_level("trace3"), Level::kTrace);
  EXPECT_EQ(parse_level("dbg"), Level::kDebug);
  EXPECT_EQ(parse_level("DEBUG5"), Level::kDebug);
  EXPECT_EQ(parse_level("Notice"), Level::kInfo);
  EXPECT_EQ(parse_level("informational"), Level::kInfo);
  EXPECT_EQ(parse_level("Information"), Level::kInfo);
  EXPECT_EQ(parse_level("WARNING"), Level::kWarn);
  EXPECT_EQ(parse_level("wrn"), Level::kWarn);
  EXPECT_EQ(parse_level("Err"), Level::kError);
  EXPECT_EQ(parse_level("fatal"), Level::kCritical);
  EXPECT_EQ(parse_level("emerg"), Level::kCritical);
  EXPECT_EQ(parse_level("emergency"), Level::kCritical);
  EXPECT_EQ(parse_level("panic"), Level::kCritical);
  EXPECT_EQ(parse_level("crit"), Level::kCritical);
  EXPECT_EQ(parse_level("alert"), Level::kCritical);
}

TEST(ParseLevel, RefusesEverythingElse) {
  for (const std::string_view name : {"", "e", "errors", "error ", "warn1", "information!", "30", "loud", "trace9"}) {
    EXPECT_EQ(parse_level(name), kNoLevel) << name;
  }
  EXPECT_EQ(parse_level(std::string_view("\0err", 4)), kNoLevel);
}

TEST(DetectLevel, ReadsJsonKeys) {
  expect_levels({
      {R"({"level":"warn","msg":"error reading"})", Level::kWarn},
      {R"({"msg":"an error","Level": "INFO"})", Level::kInfo},
      {R"({"log.level":"error","message":"x"})", Level::kError},
      {R"({"log":{"level":"debug"},"message":"x"})", Level::kDebug},
      {R"({"severity":"ERROR","message":"x"})", Level::kError},
      {R"({"SeverityText":"Warning"})", Level::kWarn},
      {R"({"severity_text":"fatal"})", Level::kCritical},
      {R"({"LVL":"trc"})", Level::kTrace},
      {R"({"levelname":"CRITICAL"})", Level::kCritical},
      {R"(   { "level" : "err" } )", Level::kError},
      {R"({"text":"say \"level\":\"error\" twice \\","level":"info"})", Level::kInfo},
      {R"({"tags":["level","error"],"level":"info"})", Level::kInfo},
  });
}

TEST(DetectLevel, ReadsPinoAndBunyanNumbers) {
  expect_levels({
      {R"({"level":10,"msg":"x"})", Level::kTrace},
      {R"({"level":20})", Level::kDebug},
      {R"({"level":30,"time":1531171074631})", Level::kInfo},
      {R"({"name":"app","level":40,"v":0})", Level::kWarn},
      {R"({"level":50})", Level::kError},
      {R"({"level":60})", Level::kCritical},
      {R"({"level":35})", Level::kInfo},
      {R"({"level":70})", kNoLevel},
      {R"({"level":3})", kNoLevel},
      {R"({"level":true,"msg":"x"})", kNoLevel},
  });
}

TEST(DetectLevel, ReadsTheSystemdJournalsPriority) {
  expect_levels({{R"({"MESSAGE":"an error","PRIORITY":"6"})", Level::kInfo},
                 {R"({"PRIORITY":"3","MESSAGE":"x"})", Level::kError}});
}

TEST(DetectLevel, PrefersAJsonKeyOfTheOutermostObject) {
  expect_levels({
      {R"({"user":{"level":"debug"},"level":"error"})", Level::kError},
      {R"({"user":{"level":"debug"},"msg":"x"})", Level::kDebug},
      {R"({"a":{"b":{"level":"error"}},"msg":"x"})", Level::kError},  // too deep for a key, but a bounded word
      {R"({"a":{"b":{"level":50}},"msg":"x"})", kNoLevel},
  });
}

TEST(DetectLevel, ReadsJsonBehindAPrefix) {
  expect_levels({
      {R"(2026-11-20T09:00:00.1Z stdout F {"msg":"error budget","level":"info"})", Level::kInfo},
      {R"(app[12]: {"msg":"x","level":50})", Level::kError},
  });
}

TEST(DetectLevel, TakesNoJsonFieldNameForALevel) {
  expect_levels({
      {R"({"msg":"done","error":null})", kNoLevel},
      {R"({"msg":"done","error" : null,"warn":1})", kNoLevel},
      {R"({"log":"{\"error\":null,\"msg\":\"x\"}\n"})", kNoLevel},
      {R"({"log":"{\"level\":\"error\",\"msg\":\"x\"}\n"})", Level::kError},
      {R"({'error': None, 'n': 1})", kNoLevel},
      {R"({"log":"request failed: ERROR\n","stream":"stderr"})", Level::kError},
  });
}

TEST(DetectLevel, ReadsLogfmtKeys) {
  expect_levels({
      {R"(ts=2026-11-20T09:00:00Z level=warn msg="an error occurred")", Level::kWarn},
      {R"(msg="an error" lvl=dbug level=info)", Level::kInfo},
      {R"(time="2026-11-20T09:00:00Z" level="error" msg=x)", Level::kError},
      {R"(LEVEL=Debug err=nil)", Level::kDebug},
      {R"(severity=critical)", Level::kCritical},
      {R"(log.level=info)", Level::kInfo},
      {R"({"log":"t=1 level=error msg=\"x\"\n"})", Level::kError},
      {R"({"log":"t=1 level=\"error\" msg=x\n"})", Level::kError},
      {R"(a=b,level=info,c=error)", Level::kInfo},
  });
}

TEST(DetectLevel, TakesNoOtherKeyForALevelKey) {
  expect_levels({
      {"GET /search?level=error&x=1", kNoLevel},
      {"water_level=high", kNoLevel},
      {"sealevel=info2", kNoLevel},
      {"err=nil trace=4bf92f3577b34da6", kNoLevel},
      {"=level=", kNoLevel},
      {"level=", kNoLevel},
      {"level", kNoLevel},
  });
}

TEST(DetectLevel, ReadsSyslogPriorities) {
  expect_levels({
      {"<34>1 2026-10-11T22:14:15.003Z mymachine su - ID47 - BOM'su root' failed", Level::kCritical},
      {"<11>Nov 20 09:00:00 host app: info", Level::kError},
      {"<12>x", Level::kWarn},
      {"<13>x", Level::kInfo},
      {"<191>x", Level::kDebug},
      {"<192>x", kNoLevel},
      {"<>x", kNoLevel},
      {"<1", kNoLevel},
      {"<-1>x", kNoLevel},
  });
}

TEST(DetectLevel, ReadsGlogLetters) {
  expect_levels({
      {"E0512 12:34:56.123456 1234 file.cc:12] info", Level::kError},
      {"I1120 09:00:00.123456       1 main.go:1] error", Level::kInfo},
      {"W1231 x", Level::kWarn},
      {"F0101 x", Level::kCritical},
      {"E1320 x", kNoLevel},
      {"E0500 x", kNoLevel},
      {"E0512x", kNoLevel},
      {"A0512 x", kNoLevel},
      {"E-512 x", kNoLevel},
  });
}

TEST(DetectLevel, ReadsTheStatusOfAccessLogs) {
  expect_levels({
      {R"(127.0.0.1 - - [20/Nov/2026:09:00:00 +0000] "GET /error HTTP/1.1" 200 12 "-" "curl")", Level::kInfo},
      {R"(127.0.0.1 - bob [20/Nov/2026:09:00:00 +0000] "GET /a error b HTTP/1.1" 404 12)", Level::kWarn},
      {R"(example.org:80 ::1 - - [20/Nov/2026:09:00:00 +0000] "POST / HTTP/2.0" 503 0 "-" "-")", Level::kError},
      {R"(1.1.1.1 - - [20/Nov/2026:09:00:00 +0000] "GET /\"x\" HTTP/1.1" 502)", Level::kError},
      {R"(1.1.1.1 - - [20/Nov/2026:09:00:00 +0000] "" 400 0 "-" "-")", Level::kWarn},
      {R"(1.1.1.1 - - [20/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1" 999 0)", kNoLevel},
      {R"(1.1.1.1 - - [20/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1" 5000 0)", kNoLevel},
      {R"(1.1.1.1 - - [20/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1)", kNoLevel},
  });
}

TEST(DetectLevel, ReadsTheUsualTextFormats) {
  expect_levels({
      {"2026/11/20 09:00:00 [error] 31#31: *1 open() failed, client: 1.1.1.1", Level::kError},
      {"2026/11/20 09:00:00 [notice] 31#31: signal", Level::kInfo},
      {"2026/11/20 09:00:00 [crit] 31#31: SSL_do_handshake() failed", Level::kCritical},
      {"2026/11/20 09:00:00 [emerg] 31#31: bind() failed", Level::kCritical},
      {"[Fri Nov 20 09:00:00.123456 2026] [core:error] [pid 35:tid 1] AH00082", Level::kError},
      {"[Fri Nov 20 09:00:00.123456 2026] [mpm_event:notice] [pid 35:tid 1] AH00489", Level::kInfo},
      {"[Fri Nov 20 09:00:00.123456 2026] [ssl:trace3] [pid 35]", Level::kTrace},
      {"ERROR:root:something", Level::kError},
      {"2026-11-20 09:00:00,123 - app - WARNING - x", Level::kWarn},
      {"2026-11-20 09:00:00,123 ERROR [main] c.e.App: x", Level::kError},
      {"20-Nov-2026 09:00:00.123 SEVERE [main] org.apache.catalina x", Level::kError},
      {"[2026-11-20 09:00:00.123] [app] [debug] x", Level::kDebug},
      {"2026-11-20 09:00:00.000 UTC [12] FATAL:  terminating", Level::kCritical},
      {"2026-11-20 09:00:00.000 UTC [12] PANIC:  could not write", Level::kCritical},
      {"Nov 20 09:00:00 host app[1]: warning: low disk", Level::kWarn},
      {"app|INFO|started", Level::kInfo},
      {"(trace) x", Level::kTrace},
      {"error", Level::kError},
      {"error!", Level::kError},
      {"x\terr\ty", Level::kError},
  });
}

TEST(DetectLevel, ReadsColouredWords) {
  expect_levels({
      {"\x1b[31mERROR\x1b[0m x", Level::kError},
      {"09:00 \x1b[1;32mINFO\x1b[0m an error", Level::kInfo},
      {"\x1b[2m2026-11-20T09:00:00Z\x1b[0m \x1b[33m WARN\x1b[0m app: x", Level::kWarn},
      {"merror x", kNoLevel},
      {"31merror x", kNoLevel},
  });
}

TEST(DetectLevel, TakesTheEarliestWord) {
  expect_levels({{"INFO no error", Level::kInfo}, {"error, not info", Level::kError}});
}

TEST(DetectLevel, LeavesWordsAloneThatAreNotBounded) {
  expect_levels({
      {"misc:error", kNoLevel},
      {"x misc:error y", kNoLevel},
      {"[misc:error y", kNoLevel},
      {"misc:error] y", kNoLevel},
      {"errors happened", kNoLevel},
      {"error-handler", kNoLevel},
      {"no_error", kNoLevel},
      {"/var/log/error.log", kNoLevel},
      {"information about warnings", kNoLevel},
      {"terror", kNoLevel},
      {"debugging", kNoLevel},
  });
}

TEST(DetectLevel, TakesOrdinaryWordsForLevelsOnlyInCapitalsOrBrackets) {
  expect_levels({
      {"please notice the alert, do not panic, all is fine", kNoLevel},
      {"NOTICE: x", Level::kInfo},
      {"[alert] x", Level::kCritical},
      {"[alert x", kNoLevel},
      {"FINE: x", Level::kDebug},
  });
}

TEST(DetectLevel, LooksAtTheFirstTwoKibibytesOnly) {
  EXPECT_EQ(detect_level(std::string(2000, '.') + " error "), Level::kError);
  EXPECT_EQ(detect_level(std::string(2048, '.') + " error "), kNoLevel);
}

TEST(DetectLevel, FindsNothingInNothing) {
  expect_levels({{"", kNoLevel},
                 {" ", kNoLevel},
                 {"{", kNoLevel},
                 {"{\"", kNoLevel},
                 {"[", kNoLevel},
                 {"}", kNoLevel},
                 {"\"\\", kNoLevel},
                 {"{\"level\":", kNoLevel},
                 {"{\"level\":\"er", kNoLevel}});
}

/// The rule for words, said as simply as it can be: each level word in turn, at each place, earliest place wins.
std::optional<Level> obvious_word_level(const std::string& line) {
  constexpr std::string_view kWords[] = {"trace",    "debug", "info", "warn", "warning", "error", "err",
                                         "critical", "fatal", "trc",  "dbg",  "inf",     "wrn",   "crit"};
  constexpr std::string_view kLeft = " \t[({\"'|";
  constexpr std::string_view kRight = " \t[({\"'|])},!";
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (at > 0 && kLeft.find(line[at - 1]) == kLeft.npos) continue;
    for (const std::string_view word : kWords) {
      const std::size_t end = at + word.size();
      if (line.compare(at, word.size(), word) != 0) continue;
      if (end == line.size() || kRight.find(line[end]) != kRight.npos) return parse_level(word);
    }
  }
  return std::nullopt;
}

TEST(DetectLevelModel, FindsTheSameWordsAsTheObviousSearch) {
  constexpr std::string_view kPieces[] = {"trace", "debug", "info", "warn", "warning", "error", "err", "critical",
                                          "fatal", "inf",   "s",    "x",    " ",       "\t",    "[",   "]",
                                          "(",     ")",     "}",    "|",    ",",       "!",     "-",   "."};
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string line = ".";  // keeps forms that are found at the start of a line out of the way
    for (std::size_t pieces = random() % 12; pieces > 0; --pieces) line += kPieces[random() % std::size(kPieces)];
    ASSERT_EQ(detect_level(line), obvious_word_level(line)) << line;
  }
}

}  // namespace
}  // namespace tailwater
