#include "client/given_flags.h"

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:8245/";
constexpr ByteCount kLongestTokenFile = 16U << 10;

/// A header field's value must not end the field.
Result<std::string> checked_token(std::string_view token, std::string_view origin) {
  constexpr std::string_view kWhiteSpace = "\r\n ";
  while (!token.empty() && kWhiteSpace.find(token.back()) != std::string_view::npos) token.remove_suffix(1);
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

}  // namespace

std::string server_url(const GivenFlags& given, std::string_view flag, const Environment& environment) {
  if (auto url = given.last(flag)) return std::move(*url);
  return environment.variable("TAILWATER_URL").value_or(std::string(kDefaultServer));
}

Result<HttpAccess> http_access(const GivenFlags& given, const Environment& environment, std::string unix_socket) {
  auto token = token_of(given, environment);
  if (!token) return fail(token.error());
  HttpAccess access{std::move(unix_socket), std::move(*token), given.last("--ca-file").value_or("")};
  if (!access.ca_file.empty() && !environment.exists(access.ca_file)) {
    return fail(ErrorCode::kInvalid, fmt::format("--ca-file: there is no file {}", access.ca_file));
  }
  return access;
}

}  // namespace tailwater
