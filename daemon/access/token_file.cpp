#include "access/token_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "access/access_rules.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

constexpr std::size_t kIdBytes = 6;  // eight characters
constexpr std::size_t kSecretBytes = 32;

/// Takes what stands before `separator` off `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

Result<std::vector<std::string>> parse_names(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::string_view name = take(list, ',');
    if (!is_principal_name(name)) return fail(ErrorCode::kInvalid, fmt::format("'{}' is not a group's name", name));
    names.emplace_back(name);
  }
  return names;
}

Result<std::vector<Glob>> parse_globs(std::string_view list) {
  std::vector<Glob> globs;
  while (!list.empty()) {
    auto glob = Glob::parse(take(list, ','));
    if (!glob) return fail(glob.error());
    globs.push_back(std::move(*glob));
  }
  return globs;
}

Result<void> set_time(std::string_view text, WallTime& time) {
  const auto parsed = parse_rfc3339(text);
  if (!parsed) return fail(parsed.error());
  time = *parsed;
  return {};
}

Result<void> set_field(std::string_view name, std::string_view value, Token& token) {
  if (name == "id" || name == "name") {
    if (!is_principal_name(value)) return fail(ErrorCode::kInvalid, fmt::format("'{}' is no {}", value, name));
    (name == "id" ? token.id : token.name) = value;
  } else if (name == "sha256") {
    const auto digest = digest_from_hex(value);
    if (!digest) return fail(ErrorCode::kInvalid, "sha256 is not 64 hexadecimal digits");
    token.digest = *digest;
  } else if (name == "created") {
    return set_time(value, token.created);
  } else if (name == "expires") {
    return set_time(value, token.expires.emplace());
  } else if (name == "groups") {
    auto groups = parse_names(value);
    if (!groups) return fail(groups.error());
    token.groups = std::move(*groups);
  } else if (name == "streams") {
    auto globs = parse_globs(value);
    if (!globs) return fail(globs.error());
    token.only_streams = std::move(*globs);
  } else if (name == "admin" && value.empty()) {
    token.administrator = true;
  } else {
    return fail(ErrorCode::kInvalid, fmt::format("unknown field {}", name));
  }
  return {};
}

Result<Token> parse_line(std::string_view line) {
  Token token;
  std::set<std::string_view> seen;
  while (!line.empty()) {
    std::string_view value = take(line, ' ');
    if (value.empty()) continue;
    const std::string_view name = take(value, '=');
    if (!seen.insert(name).second) return fail(ErrorCode::kInvalid, fmt::format("{} is there twice", name));
    if (auto set = set_field(name, value, token); !set) return fail(set.error());
  }
  for (const std::string_view needed : {"id", "name", "sha256"}) {
    if (!seen.contains(needed)) return fail(ErrorCode::kInvalid, fmt::format("{}= is missing", needed));
  }
  return token;
}

std::string join_globs(const std::vector<Glob>& globs) {
  std::string joined;
  for (const Glob& glob : globs) joined += (joined.empty() ? "" : ",") + glob.text();
  return joined;
}

}  // namespace

Result<std::vector<Token>> parse_token_file(std::string_view text, std::string_view name) {
  std::vector<Token> tokens;
  std::set<std::string, std::less<>> ids;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = take(text, '\n');
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    auto token = parse_line(line);
    if (token && !ids.insert(token->id).second) token = fail(ErrorCode::kInvalid, "this id is there already");
    if (token && tokens.size() == kMaxTokens) token = fail(ErrorCode::kInvalid, "there are too many tokens");
    if (!token) {
      return fail(ErrorCode::kInvalid, fmt::format("{}:{}: {} (only `tailwater token` should write this file)", name,
                                                   number, token.error().message));
    }
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

std::string to_line(const Token& token) {
  std::string line = fmt::format("id={} name={} sha256={} created={}", token.id, token.name, to_hex(token.digest),
                                 to_rfc3339(token.created));
  if (token.expires) line += " expires=" + to_rfc3339(*token.expires);
  if (!token.groups.empty()) line += fmt::format(" groups={}", fmt::join(token.groups, ","));
  if (token.only_streams) line += " streams=" + join_globs(*token.only_streams);
  if (token.administrator) line += " admin";
  return line + "\n";
}

Result<NewToken> make_token() {
  NewToken made;
  // Dashes and underscores of the alphabet would hide where an id ends.
  do {
    auto id = random_bytes(kIdBytes);
    if (!id) return fail(id.error());
    made.token.id = to_base64url(*id);
  } while (made.token.id.find_first_of("-_") != std::string::npos);
  auto secret = random_bytes(kSecretBytes);
  if (!secret) return fail(secret.error());
  made.secret = fmt::format("{}{}_{}", kTokenPrefix, made.token.id, to_base64url(*secret));
  made.token.digest = sha256(made.secret);
  return made;
}

std::vector<std::string> token_changes(const std::vector<Token>& before, const std::vector<Token>& after) {
  std::vector<std::string> changes;
  const auto add_missing = [&changes](const std::vector<Token>& from, const std::vector<Token>& in, const char* what) {
    for (const Token& token : from) {
      const bool there = std::any_of(in.begin(), in.end(), [&token](const Token& each) { return each.id == token.id; });
      if (!there) changes.push_back(fmt::format("token {} ({}) {}", token.id, token.name, what));
    }
  };
  add_missing(after, before, "added");
  add_missing(before, after, "revoked");
  return changes;
}

std::string_view id_of_secret(std::string_view secret) {
  if (secret.substr(0, kTokenPrefix.size()) != kTokenPrefix) return {};
  secret.remove_prefix(kTokenPrefix.size());
  const std::size_t end = secret.find('_');
  return end == std::string_view::npos ? std::string_view() : secret.substr(0, end);
}

const Token* find_token(const std::vector<Token>& tokens, std::string_view secret) {
  const std::string_view id = id_of_secret(secret);
  const Digest digest = sha256(secret);  // also for nobody's: so that an id cannot be felt for
  const auto found = std::find_if(tokens.begin(), tokens.end(), [id](const Token& token) { return token.id == id; });
  return found != tokens.end() && same_digest(found->digest, digest) ? &*found : nullptr;
}

}  // namespace tailwater
