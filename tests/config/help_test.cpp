#include "config/help.h"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include "config/command_line.h"
#include "config/loading.h"
#include "config/option_table.h"
#include "config/option_value.h"
#include "config/problems.h"
#include "config/toml_reader.h"

namespace tailwater {
namespace {

using testing::HasSubstr;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(OptionTable, HasDefaultsThatTheReaderTakes) {
  std::string toml;
  for (const OptionSection& section : option_sections()) {
    if (section.repeated) continue;
    toml += "[" + std::string(section.name) + "]\n";
    for (const Option& option : section.options) {
      if (option.default_text.empty()) toml += std::string(option.name) + " = " + default_text(section, option) + "\n";
    }
  }
  Configuration configuration;
  Problems problems;
  read_toml(toml, "defaults", configuration, problems);
  EXPECT_TRUE(problems.none()) << problems.take().front().message;
  EXPECT_THAT(changes_for_next_start(Configuration(), configuration), testing::IsEmpty());
}

TEST(OptionTable, HasNamesFlagsAndHelpThatAreUnique) {
  std::set<std::string> seen;
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      EXPECT_TRUE(seen.insert(option_key(section, option)).second) << option.name;
      EXPECT_FALSE(option.help.empty()) << option.name;
      EXPECT_LE(option.minimum, option.maximum) << option.name;
      ASSERT_NE(option.field, nullptr) << option.name;
      EXPECT_EQ(find_option(option_key(section, option)).option, &option);
      if (option.flag.empty()) continue;
      EXPECT_TRUE(seen.insert(std::string(option.flag)).second) << option.flag;
      EXPECT_EQ(find_option(option.flag).option, &option);
      EXPECT_EQ(option.argument.empty(), option.kind == ValueKind::kFlag) << option.flag;
    }
  }
  EXPECT_EQ(find_option("server.nothing").option, nullptr);
}

TEST(OptionTable, WritesRangesThatCanBeReadBack) {
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      if (option.kind != ValueKind::kBytes && option.kind != ValueKind::kDuration) continue;
      const std::string type = type_text(option);
      const std::string range = type.substr(type.find(", ") + 2);
      Configuration configuration;
      const SectionRef ref = section_of(configuration, section);
      for (const std::string& end : {range.substr(0, range.find(" to ")), range.substr(range.find(" to ") + 4)}) {
        EXPECT_TRUE(set_from_text(option, option.field(ref), end)) << option.name << ": " << type;
      }
    }
  }
}

TEST(Nearest, FindsWhatWasProbablyMeant) {
  const std::vector<std::string> words{"listen", "threads", "log_level", "log_format"};
  EXPECT_EQ(nearest("lisen", words), "listen");
  EXPECT_EQ(nearest("loglevel", words), "log_level");
  EXPECT_EQ(nearest("listen", words), "listen");
  EXPECT_EQ(nearest("litsen", words), "listen") << "a swap is one slip";
  EXPECT_EQ(nearest("thraeds", words), "threads");
  EXPECT_EQ(nearest("zzz", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(100'000, 'l'), words), "");
}

TEST(Help, KnowsEveryTopicThatItLists) {
  for (const CommandInfo& command : commands()) EXPECT_TRUE(help_text(command.name)) << command.name;
  for (const OptionSection& section : option_sections()) {
    EXPECT_TRUE(help_text(section.name));
    for (const Option& option : section.options) {
      EXPECT_TRUE(help_text(option.name));
      EXPECT_TRUE(help_text(option_key(section, option)));
      EXPECT_TRUE(option.flag.empty() || help_text(option.flag).has_value()) << option.flag;
    }
  }
  EXPECT_TRUE(help_text(""));
}

TEST(Help, TellsTypeDefaultAndReload) {
  EXPECT_EQ(*help_text("server.heartbeat"),
            "server.heartbeat\n"
            "    Silence on a stream after which a comment is sent, so that proxies and\n"
            "    clients see that it lives.\n"
            "    Type: a duration, 1s to 10m.\n"
            "    Default: \"15s\"\n"
            "    A change takes effect at the next start.\n");
  EXPECT_THAT(*help_text("--log-level"), HasSubstr("A change takes effect on SIGHUP."));
  EXPECT_THAT(*help_text("max_record_bytes"), HasSubstr("stream.max_record_bytes")) << "both of that name";
  EXPECT_THAT(*help_text("max_record_bytes"), HasSubstr("limits.max_record_bytes\n"));
}

TEST(Help, ListsTheFlagsOfServe) {
  const std::string help = *help_text("serve");
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      EXPECT_THAT(help, HasSubstr(std::string(option.flag)));
    }
  }
}

TEST(Help, SuggestsATopic) {
  EXPECT_EQ(help_text("lisen").error().message, "no help about lisen (did you mean listen?)");
  EXPECT_EQ(help_text("qqqqq").error().message, "no help about qqqqq (tailwater help help lists the topics)");
}

TEST(Help, FitsATerminal) {
  for (const char* topic : {"", "serve", "check", "help", "config"}) {
    std::istringstream lines(*help_text(topic));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(ConfigurationReference, IsUpToDate) {
  EXPECT_EQ(file_text(TAILWATER_SOURCE_DIR "/docs/configuration.md"), configuration_reference())
      << "./dev format writes it anew";
}

TEST(SampleConfiguration, IsValid) {
  Loading disk;
  EXPECT_EQ(disk.errors_of_toml(file_text(TAILWATER_SOURCE_DIR "/packaging/tailwater.toml")), "");
}

}  // namespace
}  // namespace tailwater
