// A configuration file and a command line from anybody: they give a configuration or errors in words, never a crash,
// an exception or a line break inside a message. The first line's words are the command line, the rest is the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/command_line.h"
#include "config/help.h"
#include "config/load.h"
#include "config/toml_reader.h"
#include "config/validation.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void fuzz_file(std::string_view text) {
  tailwater::Configuration configuration;
  tailwater::Problems problems;
  tailwater::read_toml(text, "file", configuration, problems);
  tailwater::validate(configuration, problems);
  for (const tailwater::Error& error : problems.take()) {
    require(!error.message.empty() && error.message.find('\n') == std::string::npos);
  }
}

void fuzz_command_line(std::string_view text) {
  std::vector<std::string> words{"tailwater"};
  for (const char c : text) {
    if (c == ' ') {
      words.emplace_back();
    } else if (c != '\0') {
      words.back() += c;
    }
  }
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const auto line = tailwater::parse_command_line(arguments);
  if (!line) return require(!line.error().message.empty());
  if (line->command == tailwater::CommandLine::Command::kHelp) {
    const auto help = tailwater::help_text(line->topic);
    return require(help ? !help->empty() : !help.error().message.empty());
  }
  if (line->config_file) return;  // the disk is not fuzzed
  tailwater::Environment environment;
  environment.root = "/nonexistent";
  const auto loaded = tailwater::load_configuration(*line, environment);
  require(loaded ? !loaded->streams.empty() && loaded->server.threads > 0 : !loaded.error().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = input.find('\n');
  fuzz_command_line(input.substr(0, line_end));
  if (line_end != std::string_view::npos) fuzz_file(input.substr(line_end + 1));
  return 0;
}
