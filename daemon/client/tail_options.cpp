#include "client/tail_options.h"

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

}  // namespace

Result<TailOptions> tail_options(const CommandLine& command_line, const Environment& environment, bool terminal) {
  const GivenFlags given(command_line);
  TailOptions options;
  auto endpoint = parse_endpoint(command_line.paths, server_url(given, "--url", environment));
  if (!endpoint) return fail(endpoint.error());
  options.endpoint = std::move(*endpoint);
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
