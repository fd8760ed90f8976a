#include "client/tail_options.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "config/client_flags.h"

namespace tailwater {
namespace {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:8245/";
constexpr ByteCount kLongestTokenFile = 16U << 10;

class GivenFlags {
 public:
  explicit GivenFlags(const CommandLine& command_line) : given_(command_line.given) {}
  [[nodiscard]] const std::vector<std::string>* find(std::string_view flag) const {
    const auto found = std::find_if(given_.begin(), given_.end(), [&](const auto& each) { return each.flag == flag; });
    return found == given_.end() ? nullptr : &found->values;
  }
  [[nodiscard]] bool has(std::string_view flag) const { return find(flag) != nullptr; }
  [[nodiscard]] std::optional<std::string> last(std::string_view flag) const {
    const auto* values = find(flag);
    return values == nullptr ? std::nullopt : std::optional(values->back());
  }

 private:
  const std::vector<CommandLine::Given>& given_;
};

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

/// A header field's value must not end the field.
Result<std::string> checked_token(std::string_view token, std::string_view origin) {
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' '))
    token.remove_suffix(1);
  const bool printable = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (token.empty() || !printable) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: holds no access token (one line, no spaces)", origin));
  }
  return std::string(token);
}

Result<std::string> token_of(const GivenFlags& given, const Environment& environment) {
  if (const auto file = given.last("--token-file")) {
    const auto text = environment.read_file(*file, kLongestTokenFile);
    if (!text) return fail(text.error());
    return checked_token(std::string_view(*text).substr(0, text->find('\n')), *file);
  }
  if (const auto token = environment.variable("TAILWATER_TOKEN")) return checked_token(*token, "$TAILWATER_TOKEN");
  return std::string();
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
  const std::string server =
      given.last("--url").value_or(environment.variable("TAILWATER_URL").value_or(std::string(kDefaultServer)));
  auto endpoint = parse_endpoint(command_line.paths, server);
  if (!endpoint) return fail(endpoint.error());
  options.endpoint = std::move(*endpoint);
  options.parameters = parameters_of(given);
  options.json = given.has("--json");
  options.retry = given.has("--retry");

  auto token = token_of(given, environment);
  if (!token) return fail(token.error());
  options.access = {options.endpoint.unix_socket, std::move(*token), given.last("--ca-file").value_or("")};
  if (!options.access.ca_file.empty() && !environment.exists(options.access.ca_file)) {
    return fail(ErrorCode::kInvalid, fmt::format("--ca-file: there is no file {}", options.access.ca_file));
  }
  options.style.colors = wants_colors(given, environment, terminal);
  options.style.time = given.has("--time");
  if (given.has("--names")) options.style.names = LineStyle::Names::kStreamAndFile;
  options.name_several_streams = terminal && !given.has("--names");
  return options;
}

}  // namespace tailwater
