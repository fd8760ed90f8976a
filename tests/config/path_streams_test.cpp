#include "config/path_streams.h"

#include <gmock/gmock.h>

#include "config/loading.h"

namespace tailwater {
namespace {

using testing::ElementsAre;

TEST(StreamName, IsTheLastFixedComponentOfAPath) {
  EXPECT_EQ(stream_name_of("/var/log/syslog"), "syslog");
  EXPECT_EQ(stream_name_of("/var/log"), "log");
  EXPECT_EQ(stream_name_of("/var/log/"), "log");
  EXPECT_EQ(stream_name_of("/var/log/nginx/*.log"), "nginx");
  EXPECT_EQ(stream_name_of("/var/log/**/*.log"), "log");
  EXPECT_EQ(stream_name_of("/srv/app-[0-9]/out.log"), "srv");
  EXPECT_EQ(stream_name_of("/srv/{a,b}/out.log"), "srv");
  EXPECT_EQ(stream_name_of("/srv/x?"), "srv");
  EXPECT_EQ(stream_name_of("/srv/a\\[1].log"), "a-1-.log");
  EXPECT_EQ(stream_name_of("/srv/my app (2).log"), "my-app--2-.log");
  EXPECT_EQ(stream_name_of("/home/ann/.xsession-errors"), ".xsession-errors");
  EXPECT_EQ(stream_name_of("/"), "root");
  EXPECT_EQ(stream_name_of("/*.log"), "root");
  EXPECT_EQ(stream_name_of("/" + std::string(100, 'a')), std::string(64, 'a'));
}

TEST(StreamName, IsValidWhateverThePath) {
  for (const char* path : {"/var/log/\xff\xfe", "/ü", "/a\nb", "//", "/..", "/.", "/\\", "", "x"}) {
    EXPECT_TRUE(is_stream_name(stream_name_of(path))) << path;
  }
  for (const char* wrong : {"", ".", "..", "a/b", "a b", "a\n", "ü"}) EXPECT_FALSE(is_stream_name(wrong)) << wrong;
  EXPECT_TRUE(is_stream_name(std::string(64, 'a')));
  EXPECT_FALSE(is_stream_name(std::string(65, 'a')));
}

std::vector<std::string> names(const std::vector<StreamConfig>& streams) {
  std::vector<std::string> all;
  for (const StreamConfig& stream : streams) all.push_back(stream.name);
  return all;
}

TEST(PathStreams, NumbersNamesThatAreTaken) {
  Loading disk;
  const std::vector<std::string> paths{"/a/log", "/b/log", "/c/log", "/d/log-2"};
  EXPECT_THAT(names(streams_of_paths(paths, {}, disk.environment())), ElementsAre("log", "log-2", "log-3", "log-2-2"));
  EXPECT_THAT(names(streams_of_paths(paths, {"log", "log-3"}, disk.environment())),
              ElementsAre("log-2", "log-4", "log-5", "log-2-2"));
}

TEST(PathStreams, KeepsNumberedNamesWithinTheLimit) {
  Loading disk;
  const std::string name(64, 'a');
  EXPECT_THAT(names(streams_of_paths(std::vector<std::string>{"/1/" + name, "/2/" + name}, {}, disk.environment())),
              ElementsAre(name, name.substr(2) + "-2"));
}

TEST(PathStreams, CountARepeatedPathOnce) {
  Loading disk;
  const std::vector<std::string> paths{"/var/log", "/var/log/", "/var/./log", "/var/x/../log"};
  EXPECT_THAT(names(streams_of_paths(paths, {}, disk.environment())), ElementsAre("log"));
}

TEST(PathStreams, MakePathsAbsolute) {
  Loading disk;
  const auto streams =
      streams_of_paths(std::vector<std::string>{"app.log", "../bob/*.log", "."}, {}, disk.environment());
  ASSERT_EQ(streams.size(), 3U);
  EXPECT_THAT(streams[0].paths, ElementsAre("/home/ann/app.log"));
  EXPECT_THAT(streams[1].paths, ElementsAre("/home/bob/*.log"));
  EXPECT_THAT(streams[2].paths, ElementsAre("/home/ann"));
  EXPECT_THAT(names(streams), ElementsAre("app.log", "bob", "ann"));
}

TEST(PathStreams, MeanTheFileThatIsNamedLikeAGlob) {
  Loading disk;
  disk.write("/srv/app[1].log", "");
  const auto streams =
      streams_of_paths(std::vector<std::string>{"/srv/app[1].log", "/srv/app[2].log"}, {}, disk.environment());
  ASSERT_EQ(streams.size(), 2U);
  EXPECT_THAT(streams[0].paths, ElementsAre("/srv/app\\[1].log"));
  EXPECT_THAT(streams[1].paths, ElementsAre("/srv/app[2].log"));
  EXPECT_THAT(names(streams), ElementsAre("app-1-.log", "srv"));
}

}  // namespace
}  // namespace tailwater
