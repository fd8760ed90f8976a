#include "client/tail_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "client/given_flags.h"
#include "config/client_flags.h"

namespace tailwater {
namespace {

std::vector<QueryParameter> parameters_of(const GivenFlags& given) {
  std::vector<QueryParameter> parameters;
  for (const ClientFlag& flag : client_flags("tail")) {
    const auto* values = flag.parameter.empty() ? nullptr : given.find(flag.name);
    if (values == nullptr) continue;
    for (const std::string& value : *values) {
      parameters.push_back({std::string(flag.parameter), flag.argument.empty() ? std::string(flag.value) : value});
    }
  }
  return parameters;
}

bool wants_colors(const GivenFlags& given, const Environment& environment, bool terminal) {
  if (given.has("--no-color")) return false;
  if (given.has("--color")) return true;
  return terminal && !environment.variable("NO_COLOR") && environment.variable("TERM") != "dumb";
}

/// Takes the one word that names a run off the words; empty where none is meant to.
Result<std::string> take_run(const GivenFlags& given, std::vector<std::string>& words) {
  if (!given.has("--run") && !given.has("--exit-status")) return std::string();
  const auto is_name = [](const std::string& word) {
    return word.find("://") == std::string::npos && word.rfind("unix:", 0) != 0;
  };
  const auto name = std::find_if(words.begin(), words.end(), is_name);
  if (name == words.end()) return std::string();  // the page's address, perhaps
  if (std::count_if(words.begin(), words.end(), is_name) > 1 || name->find('/') == std::string::npos) {
    return fail(ErrorCode::kInvalid, "--run and --exit-status are for one run, STREAM/FILE (ci/build-17)");
  }
  std::string run = std::move(*name);
  words.erase(name);
  return run;
}

/// The run that the endpoint is about, from then on also in its parameters.
Result<std::string> set_run(const GivenFlags& given, std::string run, Endpoint& endpoint) {
  if (!run.empty()) endpoint.parameters = {{"run", run}};
  for (const QueryParameter& parameter : endpoint.parameters) {
    if (parameter.name == "run") run = parameter.value;
  }
  if (run.empty() && (given.has("--run") || given.has("--exit-status"))) {
    return fail(ErrorCode::kInvalid, "--run and --exit-status need a run, STREAM/FILE (ci/build-17)");
  }
  if (!run.empty()) {
    endpoint.parameters.push_back({"types", "log,run"});
    endpoint.parameters.push_back({"detail", "summary"});
  }
  return run;
}

}  // namespace

Result<TailOptions> tail_options(const CommandLine& command_line, const Environment& environment, bool terminal) {
  const GivenFlags given(command_line);
  TailOptions options;
  std::vector<std::string> words = command_line.paths;
  auto named = take_run(given, words);
  if (!named) return fail(named.error());
  auto endpoint = parse_endpoint(words, server_url(given, "--url", environment));
  if (!endpoint) return fail(endpoint.error());
  options.endpoint = std::move(*endpoint);
  auto run = set_run(given, std::move(*named), options.endpoint);
  if (!run) return fail(run.error());
  options.run = std::move(*run);
  options.exit_status = given.has("--exit-status");
  options.parameters = parameters_of(given);
  options.json = given.has("--json");
  options.retry = given.has("--retry");

  auto access = http_access(given, environment, options.endpoint.unix_socket);
  if (!access) return fail(access.error());
  options.access = std::move(*access);
  options.style.colors = wants_colors(given, environment, terminal);
  options.style.time = given.has("--time");
  if (given.has("--names")) options.style.names = LineStyle::Names::kStreamAndFile;
  options.name_several_streams = terminal && !given.has("--names");
  return options;
}

}  // namespace tailwater
