#include "config/manual.h"

#include <string_view>

#include <fmt/format.h>

#include "config/client_flags.h"
#include "config/command_line.h"
#include "config/help.h"
#include "config/option_table.h"

namespace tailwater {
namespace {

/// Text as scdoc takes it for text.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\*_").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string bold(std::string_view text) {
  return fmt::format("*{}*", escaped(text));
}

/// An entry of a list of definitions.
std::string entry(std::string_view term, std::string_view text) {
  return fmt::format("{}\n\t{}\n\n", term, text);
}

std::string title(std::string_view page, std::string_view purpose) {
  return fmt::format("{} \"\" \"Tailwater\"\n\n# NAME\n\n{} - {}\n\n", page, page.substr(0, page.find('(')), purpose);
}

std::string flag_term(std::string_view short_name, std::string_view name, std::string_view argument) {
  std::string term = short_name.empty() ? "" : bold(short_name) + ", ";
  term += bold(name);
  return argument.empty() ? term : fmt::format("{} _{}_", term, argument);
}

std::string serve_flags() {
  std::string out = entry(flag_term("", "--config", "FILE"),
                          fmt::format("TOML file to read; {} if it exists.", kDefaultConfigurationFile));
  for (const OptionSection& section : option_sections()) {
    for (const Option& option : section.options) {
      if (option.flag.empty()) continue;
      out += entry(flag_term("", option.flag, option.argument),
                   fmt::format("{} Default: {}. In the file: {}.", escaped(option.help),
                               escaped(default_text(section, option)), bold(option_key(section, option))));
    }
  }
  return out;
}

std::string client_flag_entries(std::string_view command) {
  std::string out;
  for (const ClientFlag& flag : client_flags(command)) {
    out += entry(flag_term(flag.short_name, flag.name, flag.argument), escaped(flag.help));
  }
  return out;
}

std::string about_command(const CommandInfo& command) {
  std::string out = fmt::format("## {}\n\n{}\n\n{}\n\n", command.name, bold(command.synopsis), escaped(command.help));
  return out + (command.name == "serve" ? serve_flags() : client_flag_entries(command.name));
}

std::string about_option(const OptionSection& section, const Option& option) {
  const std::string fallback =
      option.required ? "Required." : fmt::format("Default: {}.", escaped(default_text(section, option)));
  return entry(fmt::format("{} ({})", bold(option.name), escaped(type_text(option))),
               fmt::format("{} {} {}", escaped(option.help), fallback,
                           option.reloadable ? "Reloaded on SIGHUP." : "A change waits for the next start."));
}

}  // namespace

std::string command_manual() {
  std::string out = title("tailwater(1)", "streams log files and vital signs as Server-Sent Events");
  out += "# SYNOPSIS\n\n";
  for (const CommandInfo& command : commands()) out += bold(command.synopsis) + "++\n";
  out += "*tailwater* *--version*\n\n# DESCRIPTION\n\n";
  out +=
      "Follows log files and the vital signs of a server and streams them, filtered, to browsers, terminals and "
      "scripts. The log files themselves are the buffer: a client that reconnects after any pause gets every record "
      "that it missed, exactly once, also across rotation and restarts. What it serves is told in "
      "*tailwater-events*(7), how it is configured in *tailwater.toml*(5).\n\n# COMMANDS\n\n";
  for (const CommandInfo& command : commands()) out += about_command(command);
  out += "# SIGNALS\n\n";
  out += entry("*SIGHUP*",
               "Reads the configuration again without dropping a client. A file with errors is refused "
               "whole, and the log says why.");
  out +=
      entry("*SIGTERM*",
            "Stops. Where a service manager or the keeper keeps the connections of streams, they are left as they are "
            "for the next start; else every client is told when to come back.");
  out += entry("*SIGINT*", "Tells every client when to come back, and stops.");
  out +=
      entry("*SIGUSR2*",
            "To the keeper (*serve --keeper*): restarts the daemon without a client noticing, with the binary that is "
            "at its path by then.");
  out += "# EXIT STATUS\n\n";
  out +=
      "0 for a clean stop, 1 for a failure at run time, 2 for bad usage or a bad configuration. *tailwater tail* "
      "also: 3 where the server does not let the caller in, 4 where there is no such stream or file. *tailwater run* "
      "exits as its command does (128+N where signal N ended it, 126 and 127 where it cannot be run or found), or, "
      "with *--strict*, with 125 where not all of the output has arrived.\n\n";
  out += "# ENVIRONMENT\n\n";
  out += entry("*LISTEN_FDS*, *LISTEN_FDNAMES*",
               "Sockets that a service manager hands over take the place of *--listen*: see *sd_listen_fds*(3).");
  out +=
      entry("*NOTIFY_SOCKET*, *WATCHDOG_USEC*, *FDSTORE*",
            "Where the service manager is told what happens, how often it wants to hear of every event loop, and how "
            "many descriptors it keeps: see *sd_notify*(3).");
  out += "# FILES\n\n";
  out += entry(fmt::format("_{}_", kDefaultConfigurationFile), "The configuration, if it exists.");
  out += entry("_/var/lib/tailwater_",
               "The journal of arrivals and the history of metrics; *--state-dir* names another "
               "place.");
  out += entry("_~/.local/state/tailwater/runs_",
               "What *tailwater run* could not send yet; *--spool* names another place.");
  out += "# SEE ALSO\n\n*tailwater.toml*(5), *tailwater-events*(7), *journalctl*(1), *logrotate*(8)\n";
  return out;
}

std::string configuration_manual() {
  std::string out = title("tailwater.toml(5)", "configuration of tailwater");
  out += fmt::format(
      "# DESCRIPTION\n\nA TOML file, _{}_ unless *--config* names another. It is never needed: "
      "*tailwater serve* PATH makes a stream of each PATH. Flags win over the file, the file over the "
      "defaults. *tailwater check* names every error with file, line and column; an unknown key is one. "
      "Bytes are numbers or texts such as \"64KiB\" or \"1.5GiB\", durations texts such as \"500ms\" or "
      "\"1h30m\".\n\n",
      kDefaultConfigurationFile);
  for (const OptionSection& section : option_sections()) {
    out += fmt::format("# {}\n\n{}\n\n",
                       section.repeated ? fmt::format("[[{}]]", section.name) : fmt::format("[{}]", section.name),
                       escaped(section.help));
    for (const Option& option : section.options) out += about_option(section, option);
  }
  return out + "# SEE ALSO\n\n*tailwater*(1)\n";
}

}  // namespace tailwater
