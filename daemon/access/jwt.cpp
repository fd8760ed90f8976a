#include "access/jwt.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "access/claims.h"
#include "access/secrets.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxTokenBytes = 8 << 10;
constexpr std::size_t kMaxSubjectBytes = 128;
constexpr std::size_t kMaxGroups = 256;
constexpr double kLastSecond = 253402300799.0;  // of the year 9999

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_part;
};

std::optional<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
               token.substr(0, second)};
}

std::optional<Claims> decode(std::string_view part) {
  const auto json = from_base64url(part);
  return json ? Claims::parse(*json) : std::nullopt;
}

tl::unexpected<Error> denied(std::string message) {
  return fail(ErrorCode::kDenied, std::move(message));
}

Result<WallTime> time_of(const Claims& claims, std::string_view name) {
  const auto seconds = claims.number(name);
  if (!seconds || !(*seconds >= 0) || *seconds > kLastSecond) return denied(fmt::format("its {} is not a time", name));
  return WallTime(Milliseconds(static_cast<long long>(*seconds * 1000)));
}

/// Gives when it expires.
Result<WallTime> check_times(const Claims& claims, WallTime now, Milliseconds leeway) {
  auto expires = time_of(claims, "exp");
  if (!expires) return expires;
  if (now >= *expires + leeway) return denied("it has expired");
  if (claims.has("nbf")) {
    auto from = time_of(claims, "nbf");
    if (!from) return from;
    if (now + leeway < *from) return denied("it is not valid yet");
  }
  return *expires + leeway;
}

Result<void> check_parties(const Claims& claims, const JwtRules& rules) {
  if (!rules.issuer.empty() && claims.text("iss") != rules.issuer) return denied("its issuer is another");
  // RFC 7519 section 4.1.3: who does not find himself in an audience that is given must refuse.
  if (rules.audience.empty()) {
    if (claims.has("aud")) return denied("it names an audience, and auth.jwt.audience is not set");
    return {};
  }
  const auto audience = claims.texts("aud");
  if (!audience || std::find(audience->begin(), audience->end(), rules.audience) == audience->end()) {
    return denied("it is for another audience");
  }
  return {};
}

/// A list, or one text with spaces between as OAuth's scopes are written.
std::vector<std::string> words_of(const Claims& claims, std::string_view name) {
  std::vector<std::string> words;
  for (const std::string& text : claims.texts(name).value_or(std::vector<std::string>{})) {
    std::string_view rest = text;
    while (!rest.empty() && words.size() < kMaxGroups) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (!word.empty()) words.emplace_back(word);
    }
  }
  return words;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<Principal> principal_of(const Claims& claims, const JwtRules& rules) {
  Principal principal;
  principal.kind = CallerKind::kJwt;
  principal.name = claims.text("sub").value_or("");
  if (principal.name.empty() || principal.name.size() > kMaxSubjectBytes || !is_printable(principal.name)) {
    return denied("its sub is not a name");
  }
  if (!rules.groups_claim.empty()) principal.groups = words_of(claims, rules.groups_claim);
  if (rules.streams_claim.empty()) return principal;
  principal.only_streams.emplace();
  for (const std::string& word : words_of(claims, rules.streams_claim)) {
    if (auto glob = Glob::parse(word)) principal.only_streams->push_back(std::move(*glob));
  }
  return principal;
}

}  // namespace

Result<JwtVerifier> JwtVerifier::create(JwtRules rules, std::string_view key_text) {
  auto keys = parse_jwt_keys(key_text, rules.algorithm);
  if (!keys) return fail(keys.error());
  std::string handle = to_hex(sha256(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", to_text(rules.algorithm), rules.issuer,
                                                 rules.audience, rules.groups_claim, rules.streams_claim, key_text)));
  return JwtVerifier(std::move(rules), std::move(*keys), std::move(handle));
}

Result<void> JwtVerifier::check_signature(std::string_view token) const {
  const auto parts = split(token);
  const auto header = parts ? decode(parts->header) : std::nullopt;
  const auto signature = parts ? from_base64url(parts->signature) : std::nullopt;
  if (!header || !signature) return denied("it is not a JSON Web Token");
  if (header->text("alg") != to_text(rules_.algorithm)) {
    return denied(fmt::format("its algorithm is not {}", to_text(rules_.algorithm)));
  }
  if (header->has("crit")) return denied("it asks for an extension that is not known here");
  const std::string id = header->text("kid").value_or("");
  for (const JwtKey& key : keys_) {
    // Both name their key: then no other will do.
    if (!id.empty() && !key.id.empty() && key.id != id) continue;
    if (is_signature_of(parts->signed_part, *signature, key, rules_.algorithm)) return {};
  }
  return denied("its signature is not by a key that is known here");
}

Result<JwtCaller> JwtVerifier::verify(std::string_view token, WallTime now) const {
  if (token.size() > kMaxTokenBytes) return denied("it is too long");
  if (auto good = check_signature(token); !good) return fail(good.error());
  // Nothing in it is looked at before its signature.
  const auto claims = decode(split(token)->payload);
  if (!claims) return denied("its claims are not a JSON object");
  const auto expires = check_times(*claims, now, rules_.leeway);
  if (!expires) return fail(expires.error());
  if (auto fine = check_parties(*claims, rules_); !fine) return fail(fine.error());
  auto principal = principal_of(*claims, rules_);
  if (!principal) return fail(principal.error());
  return JwtCaller{std::move(*principal), *expires};
}

}  // namespace tailwater
