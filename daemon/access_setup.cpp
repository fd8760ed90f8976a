#include "access_setup.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "access/password_hash.h"
#include "access/private_file.h"
#include "config/listen_address.h"
#include "filter/metric_rights.h"
#include "filter/sample_line.h"

namespace tailwater {
namespace {

constexpr ByteCount kMaxTokenFile = 4 << 20;
constexpr ByteCount kMaxKeyFile = 256 << 10;

Result<std::string> read_secret(const std::string& configured, ByteCount limit) {
  auto path = secret_path(configured);
  return path ? read_private_file(*path, limit) : fail(path.error());
}

Result<std::vector<Token>> read_tokens(const std::string& configured) {
  auto text = read_secret(configured, kMaxTokenFile);
  if (text) return parse_token_file(*text, configured);
  // It is made by the first `tailwater token add`.
  if (text.error().code == ErrorCode::kNotFound) return std::vector<Token>{};
  return fail(text.error());
}

Result<JwtVerifier> read_verifier(const AuthConfig& auth) {
  auto key = read_secret(auth.jwt_key, kMaxKeyFile);
  if (!key) return fail(key.error());
  JwtRules rules;
  rules.algorithm = *parse_jwt_algorithm(auth.jwt_algorithm);  // one of the option's choices
  rules.issuer = auth.jwt_issuer;
  rules.audience = auth.jwt_audience;
  rules.leeway = auth.jwt_leeway;
  rules.groups_claim = auth.jwt_groups_claim;
  rules.streams_claim = auth.jwt_streams_claim;
  auto verifier = JwtVerifier::create(std::move(rules), *key);
  if (!verifier) return fail(verifier.error().code, fmt::format("{}: {}", auth.jwt_key, verifier.error().message));
  return verifier;
}

/// A rule that names no stream counts the lines of all.
std::vector<DerivedAccess> metrics_of_lines(const Configuration& configuration) {
  std::vector<std::string> all;
  for (const StreamConfig& stream : configuration.streams) all.push_back(stream.name);
  std::vector<DerivedAccess> derived;
  for (const MetricConfig& metric : configuration.metrics) {
    derived.push_back(
        {metric_as_stream(metric.name), metric.stream.empty() ? all : std::vector<std::string>{metric.stream}});
  }
  return derived;
}

bool has_public_runs(const Configuration& configuration, std::string_view stream) {
  return std::any_of(configuration.runs.begin(), configuration.runs.end(),
                     [stream](const RunsConfig& runs) { return runs.stream == stream && runs.open_to_all; });
}

/// Public runs are for everybody without auth.anonymous; that opens no other stream.
AccessRules rules_of(const Configuration& configuration) {
  const bool anonymous = configuration.auth.anonymous == "read";
  const bool any_public = std::any_of(configuration.runs.begin(), configuration.runs.end(),
                                      [](const RunsConfig& runs) { return runs.open_to_all; });
  const auto readers_of = [&](std::vector<std::string> readers, bool is_public) {
    if (!anonymous) std::erase(readers, kAnonymousReader);
    if (is_public) readers.emplace_back(kAnonymousReader);
    return readers;
  };
  std::vector<StreamAccess> streams;
  for (const StreamConfig& stream : configuration.streams) {
    streams.push_back(
        {stream.name, readers_of(stream.readers, has_public_runs(configuration, stream.name)), stream.writers});
  }
  streams.push_back({std::string(kSampleStream), readers_of(configuration.sampler.readers, false), {}});
  return {std::move(streams), configuration.auth.administrators, anonymous || any_public,
          metrics_of_lines(configuration), std::string(kAnyMetric)};
}

void add_reachable(const Configuration& configuration, std::vector<std::string>& warnings) {
  for (const std::string& text : configuration.server.listen) {
    const auto address = parse_listen_address(text);
    if (!address || !address->reachable) continue;
    warnings.push_back(fmt::format(
        "{} is open to other machines, and nobody is asked who he is (--insecure): whoever reaches it reads "
        "every stream and may push to those that take it; auth.tokens ends that",
        text));
  }
}

bool lets_anonymous(const std::vector<std::string>& readers) {
  return std::find(readers.begin(), readers.end(), kAnonymousReader) != readers.end();
}

bool any_stream_for_anonymous(const Configuration& configuration) {
  return lets_anonymous(configuration.sampler.readers) ||
         std::any_of(configuration.streams.begin(), configuration.streams.end(),
                     [](const StreamConfig& stream) { return lets_anonymous(stream.readers); });
}

}  // namespace

tl::expected<AccessPolicy, Errors> access_policy(const Configuration& configuration) {
  AccessPolicy policy;
  Errors errors;
  const AuthConfig& auth = configuration.auth;
  policy.required = configuration.asks_who();
  policy.rules = rules_of(configuration);
  policy.session_lifetime = auth.session_lifetime;
  if (!auth.tokens.empty()) {
    auto tokens = read_tokens(auth.tokens);
    if (tokens) policy.tokens = std::move(*tokens);
    if (!tokens) errors.push_back({tokens.error().code, "auth.tokens: " + tokens.error().message});
  }
  if (!auth.jwt_algorithm.empty()) {
    auto verifier = read_verifier(auth);
    if (verifier) policy.jwt.emplace(std::move(*verifier));
    if (!verifier) errors.push_back({verifier.error().code, "auth.jwt.key: " + verifier.error().message});
  }
  for (const UserConfig& user : configuration.users) {
    if (auto good = check_password_hash(user.password); !good) {
      errors.push_back({good.error().code, fmt::format("user {}: password: {}", user.name, good.error().message)});
    }
    policy.users.push_back({user.name, user.password, user.groups});
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return policy;
}

std::vector<std::string> access_warnings(const Configuration& configuration) {
  std::vector<std::string> warnings;
  for (const std::string& configured : {configuration.auth.tokens, configuration.auth.jwt_key}) {
    if (configured.empty()) continue;
    const auto path = secret_path(configured);
    if (std::string exposure = path ? exposure_of(*path) : ""; !exposure.empty()) warnings.push_back(exposure);
  }
  if (configuration.auth.anonymous == "read" && !any_stream_for_anonymous(configuration)) {
    warnings.emplace_back(
        "auth.anonymous is \"read\", but no stream has \"anonymous\" among its readers: whoever has not signed in sees "
        "nothing");
  }
  if (configuration.server.insecure && !configuration.asks_who()) add_reachable(configuration, warnings);
  return warnings;
}

FileStamp::FileStamp(std::string path) : path_(std::move(path)), seen_(look()) {}

std::string FileStamp::look() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return "absent";
  return fmt::format("{} {} {} {}", status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

bool FileStamp::has_changed() {
  std::string now = look();
  if (now == seen_) return false;
  seen_ = std::move(now);
  return true;
}

}  // namespace tailwater
