// What runs are called.
#include <gtest/gtest.h>

#include "runs/run_names.h"

namespace tailwater {
namespace {

RunIdentity named(const std::string& file) {
  RunIdentity identity;
  name_by_default(file, identity);
  return identity;
}

TEST(RunNames, ANumberAtTheEndIsTheAttempt) {
  EXPECT_EQ(named("build-17").name, "build");
  EXPECT_EQ(named("build-17").attempt, 17U);
  EXPECT_EQ(named("web/nightly.003.log").name, "web/nightly");
  EXPECT_EQ(named("web/nightly.003.log").attempt, 3U);
  EXPECT_EQ(named("web/42").name, "web");
  EXPECT_EQ(named("build").name, "build");
  EXPECT_FALSE(named("build").attempt);
  EXPECT_FALSE(named("utf8").attempt) << "a number that belongs to the word";
  EXPECT_EQ(named("utf8").name, "utf8");
  EXPECT_EQ(named("2026").name, "2026");
  EXPECT_FALSE(named("2026").attempt) << "nothing is left for a name";
  EXPECT_FALSE(named("x-99999999999999999999").attempt);
  EXPECT_EQ(named("-7").name, "-7");
}

TEST(RunNames, AFileIsNamedFromTheFolderThatAllAreIn) {
  const auto file_of = [](const std::vector<std::string>& patterns, const std::string& path) {
    return RunNaming(patterns, "/state/spool/ci", nullptr).file_of(path);
  };
  EXPECT_EQ(file_of({"/jobs/*/builds/*/log"}, "/jobs/web/builds/7/log"), "web/builds/7/log");
  EXPECT_EQ(file_of({"/jobs/a/*.log", "/jobs/b/*.log"}, "/jobs/b/x.log"), "b/x.log");
  EXPECT_EQ(file_of({"/jobs/a1/*.log", "/jobs/a2/*.log"}, "/jobs/a2/x.log"), "a2/x.log") << "folders are whole";
  EXPECT_EQ(file_of({"/a/*", "/b/*"}, "/b/x"), "b/x");
  EXPECT_EQ(file_of({"/var/log/backup.log"}, "/var/log/backup.log"), "backup.log");
  EXPECT_EQ(file_of({"/var/ci"}, "/var/ci/web/1.log"), "web/1.log") << "a directory";
  EXPECT_EQ(file_of({}, "/state/spool/ci/web/build-1.log"), "web/build-1");
  EXPECT_EQ(file_of({"/j/*"}, "/j/a\nb\xff"), "a_b\xEF\xBF\xBD");
}

TEST(RunNames, ADirectoryOfTheSpoolsNameIsNoneOfOurs) {
  const RunNaming naming({"/state/*"}, "/state/spool/ci", nullptr);
  EXPECT_TRUE(naming.is_pushed("/state/spool/ci/a.log"));
  EXPECT_FALSE(naming.is_pushed("/state/spool/ci2/a.log"));
  EXPECT_FALSE(naming.is_pushed("/state/spool/ci/a.log.1"));
  EXPECT_EQ(naming.pushed_path("a/b"), "/state/spool/ci/a/b.log");
}

TEST(RunNames, APatternSaysMore) {
  const auto pattern = *CapturePattern::make(R"((?P<branch>[^/]+)/(?P<name>[a-z]+)[.](?P<attempt>\d+)$)");
  const RunNaming naming({"/ci/**"}, "/spool/ci", pattern);
  const RunIdentity found = naming.identity_of("ci", "main/lint.5", "/ci/main/lint.5");
  EXPECT_EQ(found.name, "lint");
  EXPECT_EQ(found.attempt, 5U);
  EXPECT_EQ(found.labels, (std::vector<std::pair<std::string, std::string>>{{"branch", "main"}}));
  const RunIdentity other = naming.identity_of("ci", "x-3", "/ci/x-3");
  EXPECT_EQ(other.name, "x") << "where it does not match, the name is as ever";
  EXPECT_EQ(other.attempt, 3U);
  EXPECT_EQ(naming.identity_of("ci", "dev/lint.6", "/spool/ci/dev/lint.6.log").attempt, 6U)
      << "of what is pushed its name is looked at";
}

}  // namespace
}  // namespace tailwater
