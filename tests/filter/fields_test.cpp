#include "filter/fields.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "filter/capture_pattern.h"

namespace tailwater {
namespace {

char mark(FieldKind kind) {
  switch (kind) {
    case FieldKind::kText: return 't';
    case FieldKind::kNumber: return 'n';
    case FieldKind::kWord: return 'w';
    case FieldKind::kJson: return 'j';
  }
  return '?';
}

/// "name=value:kind; ..." in the order in which they were found.
std::string shown(const Fields& fields) {
  std::string text;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field field = fields[i];
    text.append(field.name).append("=").append(field.value).append(":").append(1, mark(field.kind)).append("; ");
  }
  return text;
}
std::string parsed(std::string_view line, ParseAs parse = ParseAs::kAuto) {
  return shown(Fields::of(line, parse));
}

TEST(Fields, JsonMembersKeepTheirTypesAndNestedOnesGetTheirPath) {
  EXPECT_EQ(parsed(R"({"a":1,"b":"x","c":{"d":true,"e":{"f":-2.5e3}},"g":null})"),
            "a=1:n; b=x:t; c.d=true:w; c.e.f=-2.5e3:n; g=null:w; ");
}

TEST(Fields, JsonStringsAreUnescapedInNamesAndValues) {
  EXPECT_EQ(parsed(R"({"a\tb":"x\n\"y\" \u00e4 \ud83d\ude00 \ud83d!"})"),
            "a\tb=x\n\"y\" \xC3\xA4 \xF0\x9F\x98\x80 \xEF\xBF\xBD!:t; ");
}

TEST(Fields, ArraysAndEmptyObjectsStayJson) {
  EXPECT_EQ(parsed(R"({"a":[1, {"b":"]"}],"c":{},"d":2})"), R"(a=[1, {"b":"]"}]:j; c={}:j; d=2:n; )");
}

TEST(Fields, ObjectsThatAreTooDeepStayJson) {
  std::string line = "1";
  std::string path;
  for (int i = 0; i < 10; ++i) line = R"({"k":)" + line + "}";
  EXPECT_EQ(parsed(line), R"(k.k.k.k.k.k.k.k={"k":{"k":1}}:j; )");
}

TEST(Fields, JsonBehindAPrefixIsFound) {
  EXPECT_EQ(parsed(R"(2026-11-20 INFO {"a":1})"), "a=1:n; ");
  EXPECT_EQ(parsed(R"(2026-11-20 INFO {"a":1})", ParseAs::kJson), "a=1:n; ");
}

TEST(Fields, BrokenJsonIsNoJson) {
  for (const char* line : {R"({"a":1)", R"({"a":01})", R"({"a":1,})", R"({"a" 1})", R"({a:1})", R"({"a":1} x)",
                           R"({"a":.5})", R"({"a":nul})", "{\"a\":\"\n\"}", R"({"a":[1,]})", R"({"a":"\)"}) {
    EXPECT_EQ(parsed(line, ParseAs::kJson), "") << line;
  }
}

TEST(Fields, NoMoreThanTheFirstHundredAndTwentyEightAreKept) {
  std::string line = "{";
  for (int i = 0; i < 300; ++i) line += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  line.back() = '}';
  const Fields fields = Fields::of(line, ParseAs::kAuto);
  EXPECT_EQ(fields.size(), Fields::kMaxFields);
  EXPECT_TRUE(fields.find("k127"));
  EXPECT_FALSE(fields.find("k128"));
}

TEST(Fields, LogfmtPairsAreFoundBetweenOtherWords) {
  EXPECT_EQ(parsed(R"(level=warn dur=12.5 msg="it said \"no\"" ok=true id=007 http.method=GET)"),
            R"(level=warn:t; dur=12.5:n; msg=it said "no":t; ok=true:w; id=007:t; http.method=GET:t; )");
  EXPECT_EQ(parsed("took a=b, then (c=d) and x==y"), "a=b:t; c=d:t; x==y:t; ");
  EXPECT_EQ(parsed("GET /a?b=c 1=2"), "");
}

TEST(Fields, LogfmtAloneTakesAnyKey) {
  EXPECT_EQ(parsed("1=2 a?b=c,d", ParseAs::kLogfmt), "1=2:n; a?b=c,d:t; ");
}

TEST(Fields, NumbersWithMoreDigitsThanADoubleKeepsStayText) {
  EXPECT_EQ(parsed("trace=123456789012345678 n=123456789012345"), "trace=123456789012345678:t; n=123456789012345:n; ");
}

TEST(Fields, CombinedLogLines) {
  EXPECT_EQ(
      parsed(
          R"(203.0.113.7 - anna [20/Nov/2026:09:00:00 +0000] "GET /a?x=1 HTTP/1.1" 200 51 "http://e.org/" "M \"x\"")"),
      "client=203.0.113.7:t; user=anna:t; time=20/Nov/2026:09:00:00 +0000:t; method=GET:t; path=/a?x=1:t; "
      "protocol=HTTP/1.1:t; status=200:n; bytes=51:n; referer=http://e.org/:t; user_agent=M \\\"x\\\":t; ");
}

TEST(Fields, CommonLogLinesWithAVirtualHostAndWhatIsAppended) {
  EXPECT_EQ(parsed(R"(h.org:80 ::1 - - [20/Nov/2026:09:00:00 +0000] "-" 408 - "-" "-" rt=0.012)"),
            "vhost=h.org:80:t; client=::1:t; time=20/Nov/2026:09:00:00 +0000:t; status=408:n; rt=0.012:n; ");
  EXPECT_EQ(parsed(R"(::1 - - [20/Nov/2026:09:00:00 +0000] "GET /" 200 x)", ParseAs::kCombined), "");
}

TEST(Fields, SyslogHeadersOfBothKinds) {
  EXPECT_EQ(parsed("Nov 20 09:00:00 web1 sshd[123]: Failed password for root", ParseAs::kSyslog),
            "host=web1:t; app=sshd:t; pid=123:n; message=Failed password for root:t; ");
  EXPECT_EQ(parsed("<34>2026-11-20T09:00:00.123456+01:00 web1 app: x", ParseAs::kSyslog),
            "facility=4:n; severity=crit:t; host=web1:t; app=app:t; message=x:t; ");
  EXPECT_EQ(
      parsed(R"(<165>1 2026-11-20T09:00:00Z h a 8710 ID47 [e@1 k="v\"w" l="2"][f x="y"] hello)", ParseAs::kSyslog),
      "facility=20:n; severity=notice:t; host=h:t; app=a:t; pid=8710:n; msgid=ID47:t; e@1.k=v\"w:t; "
      "e@1.l=2:t; f.x=y:t; message=hello:t; ");
  EXPECT_EQ(parsed("<165>1 - - - - - -", ParseAs::kSyslog), "facility=20:n; severity=notice:t; ");
  EXPECT_EQ(parsed("<999>1 - - - - - -", ParseAs::kSyslog), "");
  EXPECT_EQ(parsed("hello world", ParseAs::kSyslog), "");
}

TEST(Fields, AMessageBehindASyslogHeaderIsParsedToo) {
  EXPECT_EQ(parsed("Nov 20 09:00:00 web1 app[1]: level=warn n=2"),
            "host=web1:t; app=app:t; pid=1:n; message=level=warn n=2:t; level=warn:t; n=2:n; ");
  EXPECT_EQ(parsed(R"(Nov 20 09:00:00 web1 app: {"a":{"b":1}})"), "a.b=1:n; ");
}

TEST(Fields, ACapturePatternNamesItsOwn) {
  const auto pattern = CapturePattern::make(R"((?P<user>\w+) took (?P<ms>\d+)(?P<unit>s)?)");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(shown(Fields::of("so anna took 12", ParseAs::kPattern, pattern->get())), "user=anna:t; ms=12:n; ");
  EXPECT_EQ(shown(Fields::of("nothing", ParseAs::kPattern, pattern->get())), "");
}

TEST(Fields, NoneMeansNone) {
  EXPECT_EQ(parsed(R"({"a":1})", ParseAs::kNone), "");
}

}  // namespace
}  // namespace tailwater
