#include "config/generated_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/client_flags.h"
#include "config/command_line.h"
#include "config/option_table.h"

namespace tailwater {
namespace {

using testing::HasSubstr;

TEST(GeneratedText, NamesEveryCommandAndEveryFlagInTheManualAndInEachShell) {
  for (const char* kind : {"man1", "bash", "zsh", "fish"}) {
    const auto text = generated_text(kind);
    ASSERT_TRUE(text) << kind;
    const bool fish = std::string_view(kind) == "fish";  // writes --lines as -l lines
    const auto expect = [&](std::string_view flag) {
      EXPECT_THAT(*text, HasSubstr(std::string(fish ? "-l " : "--") + std::string(flag.substr(2)))) << kind;
    };
    for (const CommandInfo& command : commands()) {
      EXPECT_THAT(*text, HasSubstr(std::string(command.name))) << kind;
      for (const ClientFlag& flag : client_flags(command.name)) expect(flag.name);
    }
    for (const OptionSection& section : option_sections()) {
      for (const Option& option : section.options) {
        if (!option.flag.empty()) expect(option.flag);
      }
    }
  }
}

TEST(GeneratedText, NamesEveryKeyInTheManualOfTheConfiguration) {
  const auto text = generated_text("man5");
  ASSERT_TRUE(text);
  for (const OptionSection& section : option_sections()) {
    EXPECT_THAT(*text, HasSubstr("[" + std::string(section.name) + "]"));
    for (const Option& option : section.options) {
      std::string name;
      for (const char c : option.name) name += c == '_' ? std::string("\\_") : std::string(1, c);
      EXPECT_THAT(*text, HasSubstr("*" + name + "*")) << "underscores are escaped, or scdoc underlines what follows";
    }
  }
}

TEST(GeneratedText, SaysWhichKindsThereAre) {
  const auto text = generated_text("html");
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("markdown, man1, man5, bash, zsh, fish"));
}

}  // namespace
}  // namespace tailwater
