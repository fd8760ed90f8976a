#include <gmock/gmock.h>

#include <fstream>

#include "source/rotated_siblings.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

void make(const TempDir& folder, const std::string& name) {
  std::ofstream(folder.file(name)) << name;
}

std::vector<std::string> names(std::span<const std::string> all) {
  return {all.begin(), all.end()};
}

TEST(RotatedNames, KnowsEachRotatedFileByWhatItWasMadeOf) {
  const TempDir folder;
  for (const char* name : {"app.log", "app.log.1", "app.log.2.gz", "app-20260101.log", "other.log", "other.log.1"}) {
    make(folder, name);
  }
  const RotatedNames rotated = RotatedNames::in(folder.path());
  EXPECT_THAT(names(rotated.of("app.log")), UnorderedElementsAre("app.log.1", "app.log.2.gz", "app-20260101.log"));
  EXPECT_THAT(names(rotated.of("other.log")), ElementsAre("other.log.1"));
  EXPECT_THAT(names(rotated.of("third.log")), IsEmpty());
}

TEST(RotatedNames, FindsTheSiblingsThatAreFoundWithoutIt) {
  const TempDir folder;
  for (const char* name : {"app.log", "app.log.1", "app.log.2.gz", "app.log.10", "app.logs"}) make(folder, name);
  const std::string path = folder.file("app.log");
  const auto paths = [](const std::vector<RotatedSibling>& siblings) {
    std::vector<std::string> all;
    for (const RotatedSibling& one : siblings) all.push_back(one.path);
    return all;
  };
  const RotatedNames rotated = RotatedNames::in(folder.path());
  EXPECT_EQ(paths(rotated_siblings(path, rotated.of("app.log"))), paths(rotated_siblings(path)));
  EXPECT_THAT(paths(rotated_siblings(path)), ElementsAre(path + ".10", path + ".2.gz", path + ".1"));
}

}  // namespace
}  // namespace tailwater
