#include "config/help.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "config/client_flags.h"
#include "config/command_line.h"
#include "config/option_table.h"

namespace tailwater {
namespace {

constexpr std::size_t kWidth = 80;

/// `text` broken into lines of at most kWidth, each after `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::string line;
  const auto flush = [&] {
    out += std::string(indent, ' ') + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) flush();
    if (!line.empty()) line += ' ';
    line += word;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  flush();
  return out;
}

std::string_view first_sentence(std::string_view text) {
  const std::size_t end = text.find(". ");
  return end == std::string_view::npos ? text : text.substr(0, end + 1);
}

std::string flag_text(const Option& option) {
  return option.argument.empty() ? std::string(option.flag) : fmt::format("{} {}", option.flag, option.argument);
}

std::string flag_line(std::string_view left, std::string_view help) {
  constexpr std::size_t kColumn = 22;
  return fmt::format("  {:<20}{}", left, wrapped(help, kColumn).substr(kColumn));
}

std::string serve_flags() {
  std::string out = "\nOptions:\n";
  out += flag_line("--config FILE",
                   fmt::format("TOML file to read (default: {}, if it exists).", kDefaultConfigurationFile));
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      if (!option.flag.empty()) out += flag_line(flag_text(option), first_sentence(option.help));
    }
  }
  return out +
         "\nFlags win over the file. tailwater help --listen tells more about one of them,\n"
         "tailwater help config about everything that a file can say.\n";
}

std::string client_flag_lines(std::string_view command) {
  std::string out;
  for (const ClientFlag& flag : client_flags(command)) {
    std::string left = flag.short_name.empty() ? "" : fmt::format("{}, ", flag.short_name);
    left += flag.argument.empty() ? std::string(flag.name) : fmt::format("{} {}", flag.name, flag.argument);
    out += flag_line(left, flag.help);
  }
  return out.empty() ? out : "\nOptions:\n" + out;
}

/// How `tail` ends, for scripts.
constexpr std::string_view kTailExitCodes =
    "\nExit codes: 0 the end that was asked for (--no-follow), or the server says that nothing more will come;\n"
    "1 the server cannot be reached or the output not be written; 2 bad usage, also where the server refuses\n"
    "a parameter; 3 not signed in, or not allowed; 4 there is no such stream or file. Signals end it as usual.\n"
    "With --exit-status that of the run, once it is over: of its command, 128+N for a signal, else 0 or 1.\n";

constexpr std::string_view kPushExitCodes =
    "\nExit codes: 0 the server has all of the input; 1 it cannot be reached, or has lost what it had; 2 bad usage;\n"
    "3 not signed in, or not allowed; 4 there is no such stream, or nothing can be pushed to it.\n";

constexpr std::string_view kRunExitCodes =
    "\nExit codes: that of the command, 128+N where signal N ended it; 126 and 127 where it cannot be run or found;\n"
    "125 where nothing could be set up, or with --strict; 2 bad usage. What becomes of the output changes no code\n"
    "without --strict. With --send those of push. The command finds its run in $TAILWATER_RUN and its page in\n"
    "$TAILWATER_RUN_URL; --to, --token-file and the stream can stand in $TAILWATER_URL, $TAILWATER_TOKEN and\n"
    "$TAILWATER_STREAM (default: ci).\n";

std::string overview() {
  std::string out = "Tailwater streams log files to browsers and terminals as Server-Sent Events.\n\n";
  for (const CommandInfo& command : commands()) {
    out += fmt::format("  {}\n{}", command.synopsis, wrapped(first_sentence(command.help), 6));
  }
  out += "  tailwater --version\n      Prints the version.\n";
  return out +
         "\nThe first look: tailwater serve /var/log/syslog, then open http://127.0.0.1:8245/\n"
         "Exit codes: 0 clean stop, 1 failure at run time, 2 bad usage or configuration.\n";
}

std::string about_command(const CommandInfo& command) {
  std::string out = fmt::format("Usage: {}\n\n{}", command.synopsis, wrapped(command.help, 0));
  if (command.name == "serve") out += serve_flags();
  out += client_flag_lines(command.name);
  if (command.name == "tail") out += kTailExitCodes;
  if (command.name == "push") out += kPushExitCodes;
  if (command.name == "run") out += kRunExitCodes;
  if (command.name == "check") {
    out += "\nOptions:\n" +
           flag_line("--config FILE", fmt::format("TOML file to check (default: {}).", kDefaultConfigurationFile));
  }
  if (command.name == "help") {
    std::string topics = "Topics: config";
    for (const CommandInfo& other : commands()) topics += fmt::format(", {}", other.name);
    for (const OptionSection& section : option_sections()) topics += fmt::format(", {}", section.name);
    out += "\n" + wrapped(topics + ", and every option, such as server.listen or --listen.", 0);
  }
  return out;
}

std::string about_option(const OptionSection& section, const Option& option) {
  std::string out = option_key(section, option);
  if (!option.flag.empty()) out += fmt::format("  ({})", flag_text(option));
  out += "\n" + wrapped(option.help, 4);
  out += wrapped(fmt::format("Type: {}.", type_text(option)), 4);
  out += wrapped(option.required ? std::string("Required.") : fmt::format("Default: {}", default_text(section, option)),
                 4);
  out +=
      wrapped(option.reloadable ? "A change takes effect on SIGHUP." : "A change takes effect at the next start.", 4);
  return out;
}

std::string heading(const OptionSection& section) {
  return section.repeated ? fmt::format("[[{}]]", section.name) : fmt::format("[{}]", section.name);
}

std::string about_section(const OptionSection& section) {
  std::string out = heading(section) + "\n" + wrapped(section.help, 4);
  for (const Option& option : section.options) out += "\n" + about_option(section, option);
  return out;
}

std::string about_configuration() {
  std::string out = wrapped(fmt::format("The configuration is a TOML file, {} or that of --config. Every key is "
                                        "optional but those that are said to be required; an unknown key is an error.",
                                        kDefaultConfigurationFile),
                            0);
  for (const OptionSection& section : option_sections()) out += "\n" + about_section(section);
  return out;
}

std::vector<std::string> topics() {
  std::vector<std::string> all{"config"};
  for (const CommandInfo& command : commands()) all.emplace_back(command.name);
  for (const OptionSection& section : option_sections()) {
    all.emplace_back(section.name);
    for (const Option& option : section.options) {
      all.push_back(option_key(section, option));
      all.emplace_back(option.name);
      if (!option.flag.empty()) all.emplace_back(option.flag);
    }
  }
  return all;
}

/// In a cell of a Markdown table a bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string reference_of(const OptionSection& section) {
  std::string out = fmt::format("\n## `{}`\n\n{}\n\n", heading(section), section.help);
  out += "| key | type | default | reload | what it does |\n|---|---|---|---|---|\n";
  for (const Option& option : section.options) {
    const std::string fallback = option.required ? "required" : fmt::format("`{}`", default_text(section, option));
    const std::string flag = option.flag.empty() ? "" : fmt::format(" Flag: `{}`.", flag_text(option));
    out += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", option.name, cell(type_text(option)), cell(fallback),
                       option.reloadable ? "yes" : "no", cell(option.help), flag);
  }
  return out;
}

}  // namespace

Result<std::string> help_text(std::string_view topic) {
  if (topic.empty()) return overview();
  if (topic == "config") return about_configuration();
  for (const CommandInfo& command : commands()) {
    if (command.name == topic) return about_command(command);
  }
  for (const OptionSection& section : option_sections()) {
    if (section.name == topic) return about_section(section);
  }
  std::string options;
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      const bool named = topic == option.name || topic == option_key(section, option) ||
                         (!option.flag.empty() && topic == option.flag);
      if (named) options += (options.empty() ? "" : "\n") + about_option(section, option);
    }
  }
  if (!options.empty()) return options;
  const std::string meant = nearest(topic, topics());
  return fail(ErrorCode::kInvalid, fmt::format("no help about {} ({})", topic,
                                               meant.empty() ? "tailwater help help lists the topics"
                                                             : fmt::format("did you mean {}?", meant)));
}

std::string configuration_reference() {
  std::string out = fmt::format(
      "# Configuration\n\n"
      "Made by `tailwater help --generate markdown` from the option table; `./dev format` writes it anew.\n\n"
      "The configuration is a TOML file: the one that `--config` names, else `{}` if it exists. It is never needed:\n"
      "`tailwater serve PATH ...` makes a stream of each PATH, beside those of the file. Flags win over the file, the\n"
      "file over the defaults. `tailwater check` names every error with file, line and column; an unknown key is one.\n"
      "Options with \"reload: yes\" take effect on SIGHUP; a file with errors is refused whole and the old "
      "configuration stays.\n\n"
      "Bytes are numbers or texts such as `\"64KiB\"`, `\"1.5GiB\"` or `\"10MB\"` (1000-based); durations are texts "
      "such as\n"
      "`\"500ms\"`, `\"15s\"` or `\"1h30m\"`.\n",
      kDefaultConfigurationFile);
  for (const OptionSection& section : option_sections()) out += reference_of(section);
  return out;
}

}  // namespace tailwater
