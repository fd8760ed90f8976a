#include "config/load.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/option_table.h"
#include "config/option_value.h"
#include "config/path_streams.h"
#include "config/problems.h"
#include "config/public_url.h"
#include "config/toml_reader.h"
#include "config/validation.h"

namespace tailwater {
namespace {

constexpr std::string_view kDefaultPath = "/var/log";

/// The file named on the command line has to be there; the default one does not, but what is there must be readable.
void read_file(const CommandLine& command_line, const Environment& environment, Configuration& configuration,
               Problems& problems) {
  const std::string file = command_line.config_file.value_or(std::string(kDefaultConfigurationFile));
  if (!command_line.config_file && !environment.exists(file)) return;
  configuration.file = file;
  const Result<std::string> text = environment.read_file(file, kMaxConfigurationBytes);
  if (!text) {
    problems.add("--config", fmt::format("{} (name a readable TOML file)", text.error().message));
    return;
  }
  read_toml(*text, file, configuration, problems);
}

void apply_flags(const CommandLine& command_line, Configuration& configuration, Problems& problems) {
  for (const CommandLine::Given& given : command_line.given) {
    const auto [section, option] = find_option(given.flag);
    const FieldRef field = option->field(section_of(configuration, *section));
    problems.set_place(option_key(*section, *option), std::string(given.flag));
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&field)) (*list)->clear();
    for (const std::string& value : given.values) {
      if (const auto result = set_from_text(*option, field, value); !result) {
        problems.add(given.flag, result.error().message);
      }
    }
  }
}

void add_path_streams(const CommandLine& command_line, const Environment& environment, Configuration& configuration,
                      Problems& problems) {
  std::vector<std::string> paths;
  for (const std::string& path : command_line.paths) {
    if (path.empty()) {
      problems.add("PATH", "the text is empty (name a file, a directory or a glob)");
    } else {
      paths.push_back(path);
    }
  }
  if (command_line.paths.empty() && configuration.streams.empty()) paths.emplace_back(kDefaultPath);
  std::set<std::string, std::less<>> taken;
  for (const StreamConfig& stream : configuration.streams) taken.insert(stream.name);
  for (StreamConfig& stream : streams_of_paths(paths, std::move(taken), environment)) {
    const std::string& path = stream.paths.front();
    problems.set_place(fmt::format("stream[{}]", configuration.streams.size()), "PATH");
    if (path.find_first_of("*?[{\\") == std::string::npos && !environment.exists(path)) {
      configuration.warnings.push_back(fmt::format("{} does not exist; it is followed when it appears", path));
    }
    configuration.streams.push_back(std::move(stream));
  }
}

/// Values that stand for others take their place, so that nobody else has to know that they did.
void complete(Configuration& configuration, const Environment& environment) {
  ServerConfig& server = configuration.server;
  if (server.threads == 0) server.threads = std::max(1U, environment.cores);
  for (std::string* text : {&server.base_path, &server.public_url}) {
    while (!text->empty() && text->back() == '/') text->pop_back();
  }
  const std::string host = host_of_url(server.public_url).value_or("");
  if (!host.empty() &&
      std::find(server.allowed_hosts.begin(), server.allowed_hosts.end(), host) == server.allowed_hosts.end()) {
    server.allowed_hosts.push_back(host);
  }
  for (StreamConfig& stream : configuration.streams) {
    if (stream.max_record_bytes == 0) stream.max_record_bytes = configuration.limits.max_record_bytes;
    // Its lines are ours; what else the stream has may be anything.
    const bool journal_alone = stream.journal && stream.paths.empty() && !stream.push;
    if (journal_alone && stream.parse == "auto") stream.parse = "json";
  }
}

void note_places(StreamConfig& stream, const std::string& prefix, const Problems& problems) {
  std::vector<std::string> keys{"parse",       "multiline.start", "multiline.continuation", "multiline.condition",
                                "time.format", "time.zone"};
  for (std::size_t i = 0; i < stream.drop.size(); ++i) keys.push_back(fmt::format("drop[{}]", i));
  for (const char* key : {"units", "priority", "matches", "fields", "since", "directory"}) {
    keys.push_back(fmt::format("journal.{}", key));
  }
  for (const std::string& key : keys) stream.places[key] = problems.place_of(prefix + key);
}

}  // namespace

tl::expected<Configuration, Errors> load_configuration(const CommandLine& command_line,
                                                       const Environment& environment) {
  Configuration configuration;
  Problems problems;
  read_file(command_line, environment, configuration, problems);
  apply_flags(command_line, configuration, problems);
  add_path_streams(command_line, environment, configuration, problems);
  validate(configuration, problems);
  if (!problems.none()) return tl::unexpected<Errors>(problems.take());
  for (std::size_t i = 0; i < configuration.metrics.size(); ++i) {
    configuration.metrics[i].place = problems.place_of(fmt::format("metric[{}].match", i));
  }
  for (std::size_t i = 0; i < configuration.streams.size(); ++i) {
    StreamConfig& stream = configuration.streams[i];
    for (std::size_t k = 0; k < stream.redact.size(); ++k) {
      stream.redact_places.push_back(problems.place_of(fmt::format("stream[{}].redact[{}]", i, k)));
    }
    note_places(stream, fmt::format("stream[{}].", i), problems);
  }
  for (std::size_t i = 0; i < configuration.runs.size(); ++i) {
    RunsConfig& runs = configuration.runs[i];
    runs.match_place = problems.place_of(fmt::format("runs[{}].match", i));
    for (std::size_t k = 0; k < runs.rules.size(); ++k) {
      runs.rule_places.push_back(problems.place_of(fmt::format("runs[{}].rules[{}]", i, k)));
    }
  }
  complete(configuration, environment);
  return configuration;
}

std::vector<std::string> changes_for_next_start(const Configuration& running, const Configuration& loaded) {
  Configuration before = running;  // fields are reached through rows, and rows do not know const
  Configuration after = loaded;
  std::vector<std::string> keys;
  for (const OptionSection& section : option_sections()) {
    if (section.repeated) continue;
    for (const Option& option : section.options) {
      if (option.reloadable) continue;
      if (value_text(option, option.field(section_of(before, section))) !=
          value_text(option, option.field(section_of(after, section)))) {
        keys.push_back(option_key(section, option));
      }
    }
  }
  return keys;
}

}  // namespace tailwater
