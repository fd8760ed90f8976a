#include "config/command_line.h"

#include <algorithm>
#include <deque>
#include <exception>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/client_flags.h"
#include "config/option_table.h"

namespace tailwater {
namespace {

constexpr CommandInfo kCommands[] = {
    {"serve", "tailwater serve [OPTIONS] [PATH ...]",
     "Follows files, directories and globs, and serves them to browsers and scripts. Each PATH is a stream, named "
     "after it. With no PATH and no stream in the configuration it follows /var/log."},
    {"tail", "tailwater tail [OPTIONS] URL|STREAM[/FILE] ...",
     "Follows streams of a running tailwater as `tail -f` follows files. A lost connection is made again and goes on "
     "exactly where it was; what is missing for good is told on stderr. With no STREAM it follows all that there are."},
    {"push", "tailwater push [OPTIONS] STREAM/NAME",
     "Sends its input to a stream of a running tailwater, every byte exactly once, over lost connections and restarts "
     "of "
     "the server. While the server is away the input waits."},
    {"run", "tailwater run [OPTIONS] [STREAM[/NAME]] -- CMD ...",
     "Runs a command and sends its output to a stream of a running tailwater, where it is a run: a job with a page of "
     "its "
     "own, a state and a result. Here everything is as if the command ran by itself: its output is shown, signals "
     "reach "
     "it, and its exit status is the one of `tailwater run`. It never waits for the server: what that does not have "
     "yet "
     "lies in a spool, and is sent when the server is there again."},
    {"check", "tailwater check [--config FILE]",
     "Validates the configuration and names every error with file:line:column. Exit code 0 if it is good, else 2."},
    {"token", "tailwater token add|list|revoke [NAME] [OPTIONS]",
     "Makes, lists and revokes access tokens. `add NAME` prints a new one, once: only its digest is kept. Readers and "
     "writers of streams mean it by its name and its groups. `revoke NAME` or `revoke ID` takes effect within seconds "
     "and ends streams that are open."},
    {"password", "tailwater password",
     "Reads a password from standard input and prints its hash, for `password` of a [[user]]."},
    {"help", "tailwater help [TOPIC]",
     "Tells about a command, an option, a section of the configuration, or `config`."},
};

/// The parser of CLI11 and the places that it fills. Every option is a list to it, so that the last of several given
/// wins and nothing but our own words explains what is wrong.
struct Parser {
  CLI::App app{"tailwater"};
  CLI::App* serve = nullptr;
  CLI::App* tail = nullptr;
  CLI::App* push = nullptr;
  CLI::App* run = nullptr;
  CLI::App* check = nullptr;
  CLI::App* token = nullptr;
  CLI::App* password = nullptr;
  CLI::App* help = nullptr;
  bool wants_help = false;
  bool wants_version = false;
  std::vector<std::string> generate;
  std::vector<std::string> config_files;
  std::vector<std::string> paths;
  std::vector<std::string> words;  // behind two dashes
  std::vector<std::string> topics;
  std::vector<std::string> token_words;

  struct Slot {
    std::string_view flag;
    bool keeps_all = false;  // else the last value counts
    std::vector<std::string> values;
    bool set = false;
  };
  std::deque<Slot> slots;  // a deque, since the parser holds on to their addresses

  Parser();
  CLI::App* add_command(const CommandInfo& info);
  void add_option_of(const Option& option);
  void add_client_flag(CLI::App* command, const ClientFlag& flag);
  void add_config(CLI::App* command) {
    command->add_option("--config", config_files)->allow_extra_args(false)->type_name("FILE");
  }
};

Parser::Parser() {
  app.set_help_flag();
  app.add_flag("-h,--help", wants_help);
  app.add_flag("-V,--version", wants_version);
  app.require_subcommand(0, 1);
  app.allow_extras();
  serve = add_command(kCommands[0]);
  tail = add_command(kCommands[1]);
  push = add_command(kCommands[2]);
  run = add_command(kCommands[3]);
  check = add_command(kCommands[4]);
  token = add_command(kCommands[5]);
  password = add_command(kCommands[6]);
  help = add_command(kCommands[7]);
  add_config(token);
  token->add_option("WORD", token_words);
  add_config(serve);
  add_config(check);
  serve->add_option("PATH", paths);
  tail->add_option("STREAM", paths);
  push->add_option("STREAM/NAME", paths);
  run->add_option("STREAM/NAME", paths);
  for (CLI::App* command : {tail, push, run, token}) {
    for (const ClientFlag& flag : client_flags(command->get_name())) add_client_flag(command, flag);
  }
  help->add_option("TOPIC", topics);
  help->add_option("--generate", generate)->allow_extra_args(false)->type_name("KIND");
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      if (!option.flag.empty()) add_option_of(option);
    }
  }
}

CLI::App* Parser::add_command(const CommandInfo& info) {
  CLI::App* command = app.add_subcommand(std::string(info.name));
  command->set_help_flag();
  command->add_flag("-h,--help", wants_help);
  command->allow_extras();
  return command;
}

void Parser::add_option_of(const Option& option) {
  Slot& slot = slots.emplace_back();
  slot.flag = option.flag;
  slot.keeps_all = option.kind == ValueKind::kTextList;
  if (option.kind == ValueKind::kFlag) {
    serve->add_flag(std::string(option.flag), slot.set);
  } else {
    serve->add_option(std::string(option.flag), slot.values)
        ->allow_extra_args(false)
        ->type_name(std::string(option.argument));
  }
}

void Parser::add_client_flag(CLI::App* command, const ClientFlag& flag) {
  Slot& slot = slots.emplace_back();
  slot.flag = flag.name;
  slot.keeps_all = flag.repeatable;
  const std::string names =
      flag.short_name.empty() ? std::string(flag.name) : fmt::format("{},{}", flag.short_name, flag.name);
  if (flag.argument.empty()) {
    command->add_flag(names, slot.set);
  } else {
    command->add_option(names, slot.values)->allow_extra_args(false)->type_name(std::string(flag.argument));
  }
}

std::vector<std::string> known_flags(std::string_view command) {
  std::vector<std::string> flags{"--help"};
  for (const ClientFlag& flag : client_flags(command)) flags.emplace_back(flag.name);
  if (command != "serve" && command != "check" && command != "token") return flags;
  flags.emplace_back("--config");
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      if (command == "serve" && !option.flag.empty()) flags.emplace_back(option.flag);
    }
  }
  return flags;
}

/// A word that nothing takes: a misspelt option or command, a PATH without its command, one word too many.
Error unexpected(const std::string& word, const CLI::App* command) {
  std::string text;
  if (command != nullptr && word.size() > 1 && word.front() == '-') {
    const std::string name = word.substr(0, word.find('='));
    const std::string meant = nearest(name, known_flags(command->get_name()));
    text = fmt::format("unknown option {} ({})", name,
                       meant.empty() ? fmt::format("tailwater help {} lists all", command->get_name())
                                     : fmt::format("did you mean {}?", meant));
  } else if (command != nullptr) {
    text = fmt::format("{} takes no further argument, but there is '{}' (tailwater help {} says what it takes)",
                       command->get_name(), word, command->get_name());
  } else {
    std::vector<std::string> names;
    for (const CommandInfo& info : kCommands) names.emplace_back(info.name);
    const std::string meant = nearest(word, names);
    const bool path = word.find('/') != std::string::npos;
    text = fmt::format("unknown command {} ({})", word,
                       path             ? fmt::format("to follow it: tailwater serve {}", word)
                       : !meant.empty() ? fmt::format("did you mean {}? tailwater --help lists all", meant)
                                        : "tailwater --help lists all");
  }
  return {ErrorCode::kInvalid, text};
}

Result<CommandLine> help_about(std::string topic, std::string generate = {}) {
  CommandLine line;
  line.topic = std::move(topic);
  line.generate = std::move(generate);
  return line;
}

void set_token_flag(const Parser::Slot& slot, CommandLine::TokenRequest& token) {
  if (slot.set && slot.flag == "--admin") token.administrator = true;
  if (slot.values.empty()) return;
  if (slot.flag == "--file") token.file = slot.values.back();
  if (slot.flag == "--expires") token.expires = slot.values.back();
  if (slot.flag == "--group") token.groups = slot.values;
  if (slot.flag == "--stream") token.streams = slot.values;
}

/// The words after `token`.
Result<CommandLine> token_command(Parser& parser) {
  using Verb = CommandLine::TokenRequest::Verb;
  CommandLine line;
  line.command = CommandLine::Command::kToken;
  if (!parser.config_files.empty()) line.config_file = parser.config_files.back();
  for (const Parser::Slot& slot : parser.slots) set_token_flag(slot, line.token);
  std::vector<std::string>& words = parser.token_words;
  const std::string verb = words.empty() ? "" : words.front();
  if (verb != "add" && verb != "list" && verb != "revoke") {
    return fail(ErrorCode::kInvalid, verb.empty() ? "token needs to be told what to do (token add NAME, token list, "
                                                    "token revoke NAME)"
                                                  : fmt::format("token cannot {} (it can add, list and revoke)", verb));
  }
  line.token.verb = verb == "add" ? Verb::kAdd : verb == "list" ? Verb::kList : Verb::kRevoke;
  const std::size_t wanted = line.token.verb == Verb::kList ? 1 : 2;
  if (words.size() > wanted) return fail(unexpected(words[wanted], parser.token));
  if (words.size() < wanted) return fail(ErrorCode::kInvalid, fmt::format("token {} needs a name", verb));
  if (wanted == 2) line.token.name = words[1];
  const bool grants = !line.token.groups.empty() || !line.token.streams.empty() || !line.token.expires.empty();
  if (line.token.verb != Verb::kAdd && (grants || line.token.administrator)) {
    return fail(ErrorCode::kInvalid, fmt::format("token {} takes no --group, --stream, --expires or --admin (they are "
                                                 "set when a token is added)",
                                                 verb));
  }
  return line;
}

Result<CommandLine> sort_out(Parser& parser) {
  const CLI::App* command = nullptr;
  for (const CLI::App* each :
       {parser.serve, parser.tail, parser.push, parser.run, parser.check, parser.token, parser.password, parser.help}) {
    if (each->parsed()) command = each;
  }
  if (parser.wants_help) return help_about(command == nullptr ? "" : command->get_name());
  std::vector<std::string> extras = parser.app.remaining(/*recurse=*/true);
  if (command != nullptr && command == parser.help) {  // `help --listen`: a flag can be a topic
    parser.topics.insert(parser.topics.end(), extras.begin(), extras.end());
    extras.clear();
  }
  if (!extras.empty()) return fail(unexpected(extras.front(), command));
  const bool takes_paths =
      command == parser.serve || command == parser.tail || command == parser.push || command == parser.run;
  if (command != nullptr && command != parser.run) {  // to all others they are PATHs, whatever they look like
    parser.paths.insert(parser.paths.end(), parser.words.begin(), parser.words.end());
  }
  if (!takes_paths && !parser.paths.empty()) return fail(unexpected(parser.paths.front(), command));
  if (parser.topics.size() > 1) return fail(unexpected(parser.topics[1], command));
  if (command != nullptr && command == parser.help) {
    return help_about(parser.topics.empty() ? "" : parser.topics.front(),
                      parser.generate.empty() ? "" : parser.generate.back());
  }

  CommandLine line;
  if (parser.wants_version) {
    line.command = CommandLine::Command::kVersion;
    return line;
  }
  if (command == nullptr) {
    return fail(ErrorCode::kInvalid,
                "no command (tailwater serve follows /var/log; tailwater --help lists all commands)");
  }
  if (command == parser.token) return token_command(parser);
  if (command == parser.password) {
    line.command = CommandLine::Command::kPassword;
    return line;
  }
  line.command = command == parser.serve  ? CommandLine::Command::kServe
                 : command == parser.tail ? CommandLine::Command::kTail
                 : command == parser.push ? CommandLine::Command::kPush
                 : command == parser.run  ? CommandLine::Command::kRun
                                          : CommandLine::Command::kCheck;
  if (!parser.config_files.empty()) line.config_file = parser.config_files.back();
  line.paths = parser.paths;
  if (command == parser.run) line.words = parser.words;
  for (const Parser::Slot& slot : parser.slots) {
    if (slot.set) line.given.push_back({slot.flag, {"true"}});
    if (slot.values.empty()) continue;
    line.given.push_back({slot.flag, slot.keeps_all ? slot.values : std::vector<std::string>{slot.values.back()}});
  }
  return line;
}

}  // namespace

std::span<const CommandInfo> commands() {
  return kCommands;
}

Result<CommandLine> parse_command_line(std::span<const char* const> arguments) {
  // What follows `--` is no option of ours, whatever it looks like.
  const auto marker =
      std::find_if(arguments.begin(), arguments.end(), [](const char* word) { return std::string_view(word) == "--"; });
  const auto words = static_cast<std::size_t>(marker - arguments.begin());
  try {
    Parser parser;
    if (words > 0) parser.app.parse(static_cast<int>(words), arguments.data());
    for (const char* word : arguments.subspan(std::min(words + 1, arguments.size()))) parser.words.emplace_back(word);
    return sort_out(parser);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();  // "--threads: 1 required N missing"
    return fail(ErrorCode::kInvalid,
                fmt::format("{} needs a value (tailwater help serve says which)", text.substr(0, text.find(':'))));
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kInvalid, fmt::format("{} (tailwater --help lists all commands and options)", error.what()));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, error.what());
  }
}

}  // namespace tailwater
