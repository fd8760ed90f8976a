#include "config/completion.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/client_flags.h"
#include "config/command_line.h"
#include "config/help.h"
#include "config/option_table.h"

namespace tailwater {
namespace {

constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "critical"};

/// What may follow a flag.
enum class Operand { kNone, kWord, kFile, kChoice };

/// A flag of a command, whichever table it comes from.
struct Flag {
  std::string_view name;
  std::string_view short_name;
  Operand operand = Operand::kNone;
  std::vector<std::string_view> choices;
  std::string help;  // the first sentence, without its full stop
};

std::string short_help(std::string_view help) {
  std::string text(help.substr(0, std::min(help.find(". "), help.size())));
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

bool names_a_file(std::string_view argument) {
  return argument == "FILE" || argument == "DIR";
}

Flag flag_of(const Option& option) {
  Flag flag{option.flag, {}, Operand::kWord, {}, short_help(option.help)};
  if (option.argument.empty()) flag.operand = Operand::kNone;
  if (names_a_file(option.argument)) flag.operand = Operand::kFile;
  flag.choices.assign(option.choices.begin(), option.choices.end());
  if (!flag.choices.empty()) flag.operand = Operand::kChoice;
  return flag;
}

Flag flag_of(const ClientFlag& client_flag) {
  Flag flag{client_flag.name, client_flag.short_name, Operand::kWord, {}, short_help(client_flag.help)};
  if (client_flag.argument.empty()) flag.operand = Operand::kNone;
  if (names_a_file(client_flag.argument)) flag.operand = Operand::kFile;
  if (client_flag.argument == "LEVEL") {
    flag.choices.assign(std::begin(kLevels), std::end(kLevels));
    flag.operand = Operand::kChoice;
  }
  return flag;
}

std::vector<Flag> flags_of(std::string_view command) {
  std::vector<Flag> flags{{"--help", "-h", Operand::kNone, {}, "Tell how it is used"}};
  if (command == "serve" || command == "check") {
    flags.push_back({"--config", {}, Operand::kFile, {}, "TOML file to read"});
  }
  for (const ClientFlag& flag : client_flags(command)) flags.push_back(flag_of(flag));
  if (command != "serve") return flags;
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      if (!option.flag.empty()) flags.push_back(flag_of(option));
    }
  }
  return flags;
}

std::vector<std::string_view> names_of(const std::vector<Flag>& flags) {
  std::vector<std::string_view> names;
  for (const Flag& flag : flags) {
    if (!flag.short_name.empty()) names.push_back(flag.short_name);
    names.push_back(flag.name);
  }
  return names;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for (const CommandInfo& command : commands()) names.push_back(command.name);
  return names;
}

bool takes_paths(std::string_view command) {
  return command == "serve";
}

/// In single quotes of a shell.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash_case(const CommandInfo& command) {
  std::string out = fmt::format("    {})\n      case $previous in\n", command.name);
  const std::vector<Flag> flags = flags_of(command.name);
  for (const Flag& flag : flags) {
    const std::string pattern =
        flag.short_name.empty() ? std::string(flag.name) : fmt::format("{} | {}", flag.short_name, flag.name);
    switch (flag.operand) {
      case Operand::kNone: break;
      case Operand::kWord: out += fmt::format("        {}) return ;;\n", pattern); break;
      case Operand::kFile: out += fmt::format("        {}) compopt -o default; return ;;\n", pattern); break;
      case Operand::kChoice:
        out += fmt::format("        {}) mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\"); return ;;\n", pattern,
                           fmt::join(flag.choices, " "));
        break;
    }
  }
  out += "      esac\n";
  if (takes_paths(command.name)) out += "      [[ $word == -* ]] || { compopt -o default; return; }\n";
  return out + fmt::format("      words='{}' ;;\n", fmt::join(names_of(flags), " "));
}

std::string zsh_flag(const Flag& flag) {
  std::string help;
  for (const char c : flag.help) {
    if (std::string_view("[]:\\").find(c) != std::string_view::npos) help += '\\';
    help += c;
  }
  std::string operand;
  switch (flag.operand) {
    case Operand::kNone: break;
    case Operand::kWord: operand = ":value: "; break;
    case Operand::kFile: operand = ":file:_files"; break;
    case Operand::kChoice: operand = fmt::format(":value:({})", fmt::join(flag.choices, " ")); break;
  }
  std::string out = fmt::format("        {}\n", quoted(fmt::format("*{}[{}]{}", flag.name, help, operand)));
  if (!flag.short_name.empty()) {
    out += fmt::format("        {}\n", quoted(fmt::format("*{}[{}]{}", flag.short_name, help, operand)));
  }
  return out;
}

std::string fish_flag(std::string_view command, const Flag& flag) {
  std::string out =
      fmt::format("complete -c tailwater -n '__fish_seen_subcommand_from {}' -l {}", command, flag.name.substr(2));
  if (!flag.short_name.empty()) out += fmt::format(" -s {}", flag.short_name.substr(1));
  switch (flag.operand) {
    case Operand::kNone: break;
    case Operand::kWord: out += " -x"; break;
    case Operand::kFile: out += " -r -F"; break;
    case Operand::kChoice: out += fmt::format(" -x -a '{}'", fmt::join(flag.choices, " ")); break;
  }
  return fmt::format("{} -d {}\n", out, quoted(flag.help));
}

}  // namespace

std::string bash_completion() {
  std::string out =
      "# bash completion of tailwater, made by `tailwater help --generate bash`.\n"
      "_tailwater() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words\n"
      "  COMPREPLY=()\n"
      "  case $((COMP_CWORD == 1)):${COMP_WORDS[1]} in\n";
  out += fmt::format("    1:*) words='{} --help --version' ;;\n", fmt::join(command_names(), " "));
  for (const CommandInfo& command : commands()) out += "    0:" + bash_case(command).substr(4);
  return out +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -F _tailwater tailwater\n";
}

std::string zsh_completion() {
  std::string out =
      "#compdef tailwater\n"
      "# zsh completion of tailwater, made by `tailwater help --generate zsh`.\n"
      "_tailwater() {\n"
      "  local -a commands flags\n"
      "  commands=(\n";
  for (const CommandInfo& command : commands()) {
    out += fmt::format("    {}\n", quoted(fmt::format("{}:{}", command.name, short_help(command.help))));
  }
  out +=
      "  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  case $words[2] in\n";
  for (const CommandInfo& command : commands()) {
    out += fmt::format("    {})\n      flags=(\n", command.name);
    for (const Flag& flag : flags_of(command.name)) out += zsh_flag(flag);
    if (takes_paths(command.name)) out += "        '*:path:_files'\n";
    out += "      ) ;;\n";
  }
  return out +
         "  esac\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  _arguments -s : $flags\n"
         "}\n"
         "_tailwater \"$@\"\n";
}

std::string fish_completion() {
  std::string out =
      "# fish completion of tailwater, made by `tailwater help --generate fish`.\n"
      "complete -c tailwater -f\n"
      "complete -c tailwater -n __fish_use_subcommand -l version -s V -d 'Print the version'\n";
  for (const CommandInfo& command : commands()) {
    out += fmt::format("complete -c tailwater -n __fish_use_subcommand -a {} -d {}\n", command.name,
                       quoted(short_help(command.help)));
    if (takes_paths(command.name)) {
      out += fmt::format("complete -c tailwater -n '__fish_seen_subcommand_from {}' -F\n", command.name);
    }
    for (const Flag& flag : flags_of(command.name)) out += fish_flag(command.name, flag);
  }
  return out;
}

}  // namespace tailwater
