// What a client asks to see: level, grep, exclude, case, unknown, file and stream.
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class FilterOf : public DaemonTest {
 protected:
  Lines shown(const std::string& parameters) { return lines_of(history("from=start&" + parameters)); }
};

TEST_F(FilterOf, LevelIsThatLevelAndAbove) {
  append_to_file(log("app.log"), "DEBUG a\nINFO b\nWARN c\nERROR d\nFATAL e\nno level at all\n");
  serve();
  EXPECT_EQ(shown("level=warn"), (Lines{"WARN c", "ERROR d", "FATAL e"}));
  EXPECT_EQ(shown("level=error"), (Lines{"ERROR d", "FATAL e"}));
  EXPECT_EQ(shown("level=critical"), (Lines{"FATAL e"}));
}

TEST_F(FilterOf, UnknownLevelsPassOnlyWhenAskedFor) {
  append_to_file(log("app.log"), "INFO b\nERROR d\nno level at all\n");
  serve();
  EXPECT_EQ(shown("level=error"), (Lines{"ERROR d"}));
  EXPECT_EQ(shown("level=error&unknown=pass"), (Lines{"ERROR d", "no level at all"}));
}

TEST_F(FilterOf, LevelsAreFoundInEveryUsualForm) {
  append_to_file(log("app.log"),
                 "{\"time\":1,\"level\":\"error\",\"msg\":\"json\"}\n"
                 "ts=1 level=error msg=logfmt\n"
                 "<11>Nov 20 09:00:00 host app: syslog\n"
                 "E1120 09:00:00.000000 1 main.cc:1] glog\n"
                 "10.0.0.1 - - [20/Nov/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 503 12 \"-\" \"access\"\n"
                 "2026/11/20 09:00:00 [error] 1#1: nginx\n"
                 "ERROR:root:python\n"
                 "misc:error is no level\n");
  serve();
  EXPECT_EQ(shown("level=error").size(), 7U);
}

TEST_F(FilterOf, AllGrepsMustMatchAndNoExcludeMay) {
  append_to_file(log("app.log"), "red apple\nred cherry\ngreen apple\nred apple pie\n");
  serve();
  EXPECT_EQ(shown("grep=red&grep=apple"), (Lines{"red apple", "red apple pie"}));
  EXPECT_EQ(shown("grep=apple&exclude=pie"), (Lines{"red apple", "green apple"}));
  EXPECT_EQ(shown("exclude=red&exclude=green"), Lines{});
  EXPECT_EQ(shown("grep=%5Ered.*y%24"), (Lines{"red cherry"}));
}

TEST_F(FilterOf, CaseCountsUnlessItIsSaidNotTo) {
  append_to_file(log("app.log"), "Timeout\ntimeout\nTIMEOUT\n");
  serve();
  EXPECT_EQ(shown("grep=timeout"), (Lines{"timeout"}));
  EXPECT_EQ(shown("grep=timeout&case=insensitive").size(), 3U);
  EXPECT_EQ(shown("exclude=timeout&case=insensitive").size(), 0U);
}

TEST_F(FilterOf, FilesAreChosenByGlob) {
  append_to_file(log("web-1.log"), "web 1\n");
  append_to_file(log("web-2.log"), "web 2\n");
  append_to_file(log("db.log"), "db\n");
  serve();
  EXPECT_EQ(shown("file=web-*.log").size(), 2U);
  EXPECT_EQ(shown("file=web-1.log&file=db.log").size(), 2U);
  EXPECT_EQ(shown("file=" + log("db.log")), (Lines{"db"}));
  EXPECT_EQ(shown("file=*.txt"), Lines{});
}

TEST_F(FilterOf, StreamsAreChosenByName) {
  append_to_file(log("web.log"), "web\n");
  append_to_file(log("db.log"), "db\n");
  serve_configured("[[stream]]\nname = \"db\"\npaths = [\"" + log("db.log") + "\"]\n", "web.log");
  EXPECT_EQ(shown("stream=db"), (Lines{"db"}));
  EXPECT_EQ(shown("stream=app"), (Lines{"web"}));
  EXPECT_EQ(shown("stream=app&stream=db").size(), 2U);
  EXPECT_EQ(shown("").size(), 2U);
}

TEST_F(FilterOf, LiveRecordsAreFilteredAsHistoryIs) {
  serve();
  const auto warnings = follow("level=warn&exclude=noise");
  const auto everything = follow("");
  ASSERT_TRUE(warnings->next("caught-up"));
  append_to_file(log("app.log"), "INFO a\nWARN b\nWARN noise\nERROR c\n");
  EXPECT_EQ(next_lines(*warnings, 2), (Lines{"WARN b", "ERROR c"}));
  EXPECT_EQ(next_lines(*everything, 4).size(), 4U);
  EXPECT_EQ(shown("level=warn&exclude=noise"), (Lines{"WARN b", "ERROR c"}));
}

}  // namespace
}  // namespace tailwater
