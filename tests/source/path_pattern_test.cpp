#include "source/path_pattern.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

PathPattern pattern(std::string_view text, int max_depth = 16) {
  auto parsed = PathPattern::parse(text, "/srv/dir", max_depth);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

TEST(PathPattern, MakesPathsAbsoluteAndNormal) {
  EXPECT_EQ(to_normal_path("app.log", "/srv"), "/srv/app.log");
  EXPECT_EQ(to_normal_path("/a//b/./c/../d/", "/x"), "/a/b/d");
  EXPECT_EQ(to_normal_path("../../../x", "/a/b"), "/x");
  EXPECT_EQ(to_normal_path("/..", "/a"), "/");
  EXPECT_EQ(pattern("app.log").match("/srv/dir/app.log"), PathMatch::kNamed);
  EXPECT_EQ(pattern("./logs/../x.log").match("/srv/dir/x.log"), PathMatch::kNamed);
}

TEST(PathPattern, ALiteralPathIsNamedAndItsTreeIsFound) {
  const PathPattern log = pattern("/var/log");
  EXPECT_EQ(log.match("/var/log"), PathMatch::kNamed);
  EXPECT_EQ(log.match("/var/log/syslog"), PathMatch::kFound);
  EXPECT_EQ(log.match("/var/log/nginx/access.log"), PathMatch::kFound);
  EXPECT_EQ(log.match("/var/logs/syslog"), PathMatch::kNo);
  EXPECT_EQ(log.match("/var"), PathMatch::kNo);
}

TEST(PathPattern, ADirectorySkipsWhatIsNoLog) {
  const PathPattern log = pattern("/var/log");
  for (const char* name : {"syslog.1", "syslog.2.gz", "a.zst", "wtmp", "btmp", "lastlog", "x.journal", ".hidden",
                           "app.log-20260101", ".dir/app.log", "sub/.hidden", "app.log.2026-01-01"}) {
    EXPECT_EQ(log.match(std::string("/var/log/") + name), PathMatch::kNo) << name;
  }
  EXPECT_EQ(pattern("/var/log/syslog.1").match("/var/log/syslog.1"), PathMatch::kNamed);
  EXPECT_EQ(pattern("/var/log/*.1").match("/var/log/syslog.1"), PathMatch::kFound);
  EXPECT_EQ(pattern("/var/log/.hidden").match("/var/log/.hidden"), PathMatch::kNamed);
}

TEST(PathPattern, AGlobTakesCompressedAndHiddenFilesOnlyIfItSaysSo) {
  EXPECT_EQ(pattern("/l/app.log*").match("/l/app.log.1"), PathMatch::kFound);
  EXPECT_EQ(pattern("/l/app.log*").match("/l/app.log.2.gz"), PathMatch::kNo);
  EXPECT_EQ(pattern("/l/*.gz").match("/l/app.log.2.gz"), PathMatch::kFound);
  EXPECT_EQ(pattern("/l/*").match("/l/.hidden"), PathMatch::kNo);
  EXPECT_EQ(pattern("/l/.*").match("/l/.hidden"), PathMatch::kFound);
  EXPECT_EQ(pattern("/l/**/x").match("/l/.git/x"), PathMatch::kNo);
  EXPECT_EQ(pattern("/l/**/.git/x").match("/l/a/.git/x"), PathMatch::kFound);
}

TEST(PathPattern, DoubleStarIsBounded) {
  const PathPattern two = pattern("/l/**/*.log", 2);
  EXPECT_EQ(two.match("/l/a.log"), PathMatch::kFound);
  EXPECT_EQ(two.match("/l/1/2/a.log"), PathMatch::kFound);
  EXPECT_EQ(two.match("/l/1/2/3/a.log"), PathMatch::kNo);
  EXPECT_EQ(two.descent("/l/1/2"), Descent::kReal);
  EXPECT_EQ(two.descent("/l/1/2/3"), Descent::kNo);
  const PathPattern tree = pattern("/l", 1);
  EXPECT_EQ(tree.match("/l/1/a.log"), PathMatch::kFound);
  EXPECT_EQ(tree.match("/l/1/2/a.log"), PathMatch::kNo);
  EXPECT_EQ(tree.descent("/l/1"), Descent::kReal);
  EXPECT_EQ(tree.descent("/l/1/2"), Descent::kNo);
  EXPECT_EQ(pattern("/l/**").match("/l/a/b/c"), PathMatch::kFound);
}

TEST(PathPattern, KnowsWhereToGoDown) {
  const PathPattern glob = pattern("/srv/*/log/**/x/*.log");
  EXPECT_EQ(glob.descent("/srv"), Descent::kFollow);
  EXPECT_EQ(glob.descent("/srv/app"), Descent::kFollow);
  EXPECT_EQ(glob.descent("/srv/app/log"), Descent::kFollow);
  EXPECT_EQ(glob.descent("/srv/app/log/deep"), Descent::kReal);
  EXPECT_EQ(glob.descent("/srv/app/log/deep/x"), Descent::kFollow);
  EXPECT_EQ(glob.descent("/srv/app/tmp"), Descent::kNo);
  EXPECT_EQ(glob.descent("/"), Descent::kNo);
  EXPECT_EQ(pattern("/l/*.log").descent("/l/x.log"), Descent::kNo);
}

TEST(PathPattern, EachBraceAlternativeHasItsRoot) {
  const PathPattern braces = pattern("/{a,b/c}/x{1,*}.log");
  ASSERT_EQ(braces.roots().size(), 4U);
  EXPECT_EQ(braces.roots()[0].directory, "/a");
  EXPECT_EQ(braces.roots()[0].named, "/a/x1.log");
  EXPECT_EQ(braces.roots()[1].named, "");
  EXPECT_EQ(braces.roots()[3].directory, "/b/c");
  EXPECT_EQ(braces.match("/b/c/x1.log"), PathMatch::kNamed);
  EXPECT_EQ(braces.match("/b/c/x2.log"), PathMatch::kFound);
}

TEST(PathPattern, ABackslashMakesAWildcardOrdinary) {
  const PathPattern odd = pattern(R"(/l/app\[1\].log)");
  EXPECT_EQ(odd.roots()[0].named, "/l/app[1].log");
  EXPECT_EQ(odd.match("/l/app[1].log"), PathMatch::kNamed);
  EXPECT_EQ(odd.match("/l/app1.log"), PathMatch::kNo);
}

TEST(PathPattern, RefusesWhatCannotBeAGlob) {
  EXPECT_FALSE(PathPattern::parse("", "/", 16));
  EXPECT_FALSE(PathPattern::parse("/l/[a", "/", 16));
  EXPECT_FALSE(PathPattern::parse("/l/{a", "/", 16));
  EXPECT_FALSE(PathPattern::parse("{,/l}", "/", 16));
}

TEST(PathPattern, ManyDoubleStarsEnd) {
  std::string text = "/l";
  std::string path = "/l";
  for (int i = 0; i < 6; ++i) text += "/**/a";
  for (int i = 0; i < 24; ++i) path += "/a";
  EXPECT_EQ(pattern(text + "/b").match(path), PathMatch::kNo);
}

TEST(PathPattern, BelowIsByWholeComponents) {
  EXPECT_TRUE(is_below("/a/b", "/a"));
  EXPECT_FALSE(is_below("/ab", "/a"));
  EXPECT_FALSE(is_below("/a", "/a"));
  EXPECT_TRUE(is_below("/a", "/"));
  EXPECT_FALSE(is_below("/", "/"));
  EXPECT_EQ(parent_of("/a/b"), "/a");
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(name_of("/a/b"), "b");
}

}  // namespace
}  // namespace tailwater
