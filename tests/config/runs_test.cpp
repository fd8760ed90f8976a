// [[runs]]: what is read, and what is refused where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/loading.h"

namespace tailwater {
namespace {

using testing::HasSubstr;

constexpr const char* kStream = "[[stream]]\nname='ci'\npush=true\n";

TEST(RunsConfig, IsReadWithItsDefaults) {
  Loading loading;
  const auto loaded = loading.load_toml(std::string(kStream) +
                                        "[[runs]]\nstream='ci'\nmatch='(?P<name>x)'\nrules=['^= (?P<stage>.+)']\n"
                                        "idle='5m'\npublic=true\nkeep_runs=7\nkeep_bytes='1GiB'\n");
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->runs.size(), 1U);
  const RunsConfig& runs = loaded->runs.front();
  EXPECT_EQ(runs.idle, std::chrono::minutes(5));
  EXPECT_TRUE(runs.open_to_all);
  EXPECT_EQ(runs.keep_runs, 7U);
  EXPECT_EQ(runs.keep_bytes, 1ULL << 30);
  EXPECT_EQ(runs.keep_age, std::chrono::hours(24 * 90));
  EXPECT_EQ(runs.match_place, "/t.toml:6:7");
  EXPECT_EQ(runs.rule_places, std::vector<std::string>{"/t.toml:7:8"});
}

TEST(RunsConfig, NamesWhatIsWrongAndWhere) {
  Loading loading;
  const std::string stream = kStream;
  EXPECT_THAT(loading.errors_of_toml("[[runs]]\nidle='1s'\n"), HasSubstr("/t.toml:1:1: the runs has no stream"));
  EXPECT_THAT(loading.errors_of_toml(stream + "[[runs]]\nstream='cd'\n"),
              HasSubstr("/t.toml:5:8: runs.stream: there is no stream 'cd'"));
  EXPECT_THAT(loading.errors_of_toml(stream + "[[runs]]\nstream='ci'\n[[runs]]\nstream='ci'\n"),
              HasSubstr("/t.toml:7:8: runs.stream: 'ci' has its [[runs]] at /t.toml:5:8 already"));
  EXPECT_THAT(loading.errors_of_toml(stream + "[[runs]]\nstream='ci'\nidle='1ms'\n"),
              HasSubstr("/t.toml:6:6: runs.idle"));
  EXPECT_THAT(loading.errors_of_toml(stream + "[[runs]]\nstream='ci'\nkeep=1\n"), HasSubstr("unknown key runs.keep"));
}

}  // namespace
}  // namespace tailwater
