#include "access/access.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "access/password_hash.h"

namespace tailwater {
namespace {

/// So many attempts at once, then one in so many seconds.
constexpr double kAttemptBurst = 10;
constexpr double kAttemptsPerSecond = 0.2;

/// Of nobody: takes as long to check as a real one.
constexpr std::string_view kNobodysHash =
    "$scrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_bearer(std::string_view scheme) {
  constexpr std::string_view kBearer = "bearer";
  return std::equal(scheme.begin(), scheme.end(), kBearer.begin(), kBearer.end(), [](char c, char expected) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == expected;
  });
}

const AccessUser* find_user(const AccessPolicy& policy, std::string_view name) {
  const auto found = std::find_if(policy.users.begin(), policy.users.end(),
                                  [name](const AccessUser& user) { return user.name == name; });
  return found != policy.users.end() ? &*found : nullptr;
}

bool is_alive(const Token& token, WallTime now) {
  return !token.expires || now < *token.expires;
}

Principal principal_of(const Token& token) {
  return {CallerKind::kToken, token.name, token.groups, token.only_streams, token.administrator};
}

Principal principal_of(const AccessUser& user) {
  return {CallerKind::kUser, user.name, user.groups, std::nullopt, false};
}

/// How somebody was known, and when that ends by itself.
struct KnownBy {
  std::string handle;
  std::string session;
  std::optional<WallTime> expires;
};

std::shared_ptr<const Caller> caller_of(const AccessPolicy& policy, Principal principal, KnownBy by) {
  Caller caller = policy.rules.caller_of(principal);
  caller.handle = std::move(by.handle);
  caller.session = std::move(by.session);
  caller.expires = by.expires;
  caller.principal = std::make_shared<const Principal>(std::move(principal));
  return std::make_shared<const Caller>(std::move(caller));
}

const Token* find_by_id(const AccessPolicy& policy, std::string_view id) {
  const auto found =
      std::find_if(policy.tokens.begin(), policy.tokens.end(), [id](const Token& token) { return token.id == id; });
  return found != policy.tokens.end() ? &*found : nullptr;
}

/// Whose a session is: "user NAME" or "token ID".
constexpr std::string_view kOfUser = "user ";
constexpr std::string_view kOfToken = "token ";

bool can_do_the_same(const Caller& before, const Caller& now) {
  return before.readable == now.readable && before.writable == now.writable &&
         before.administrator == now.administrator;
}

}  // namespace

Access::Access(const Clock& clock, std::string session_file)
    : clock_(clock),
      policy_(std::make_shared<const AccessPolicy>()),
      sessions_(clock, std::move(session_file)),
      attempts_by_address_(kAttemptsPerSecond, kAttemptBurst),
      attempts_by_user_(kAttemptsPerSecond, kAttemptBurst) {
  Caller local;
  local.kind = CallerKind::kLocal;
  local.readable = StreamSet::all();
  local.writable = StreamSet::all();
  local.administrator = true;
  local_ = std::make_shared<const Caller>(std::move(local));
}

void Access::set_policy(AccessPolicy policy) {
  auto fresh = std::make_shared<const AccessPolicy>(std::move(policy));
  const std::lock_guard lock(mutex_);
  policy_.swap(fresh);
}

std::shared_ptr<const AccessPolicy> Access::policy() const {
  const std::lock_guard lock(mutex_);
  return policy_;
}

Identity Access::identify(const Credentials& credentials) const {
  const auto policy = this->policy();
  if (!policy->required) return {local_, {}};
  if (!credentials.authorization.empty()) {
    const std::size_t space = credentials.authorization.find(' ');
    if (!is_bearer(credentials.authorization.substr(0, space)) || space == std::string_view::npos) {
      return {nullptr, "the Authorization header is not Bearer TOKEN"};
    }
    return identify_bearer(*policy, trim(credentials.authorization.substr(space)));
  }
  // A cookie of a session that is over is no better than none: nobody chose to send it.
  if (const std::string_view cookie = session_cookie_of(credentials.cookie); !cookie.empty()) {
    if (Identity known = identify_cookie(*policy, cookie); known.caller) return known;
  }
  if (!policy->rules.anonymous_reads()) {
    return {nullptr, "sign in: send Authorization: Bearer TOKEN, or get a cookie from /login"};
  }
  return {caller_of(*policy, Principal{}, {}), {}};
}

Identity Access::identify_bearer(const AccessPolicy& policy, std::string_view secret) const {
  if (policy.jwt && id_of_secret(secret).empty()) {
    auto verified = policy.jwt->verify(secret, clock_.wall_now());
    if (!verified) return {nullptr, "this token is refused: " + verified.error().message};
    return {caller_of(policy, std::move(verified->principal), {policy.jwt->handle(), {}, verified->expires}), {}};
  }
  const Token* token = find_token(policy.tokens, secret);
  if (token == nullptr) return {nullptr, "this token is not known here"};
  if (!is_alive(*token, clock_.wall_now())) return {nullptr, "this token has expired"};
  return {caller_of(policy, principal_of(*token), {token->id, {}, token->expires}), {}};
}

Identity Access::identify_cookie(const AccessPolicy& policy, std::string_view value) const {
  const auto session = sessions_.find(value);
  if (!session) return {};
  KnownBy by{{}, to_hex(session->digest), session->expires};
  std::string_view whose = session->user;
  if (whose.substr(0, kOfToken.size()) == kOfToken) {
    const Token* token = find_by_id(policy, whose.substr(kOfToken.size()));
    if (token == nullptr || !is_alive(*token, clock_.wall_now())) return {};
    by.handle = token->id;
    if (token->expires) by.expires = std::min(*by.expires, *token->expires);
    return {caller_of(policy, principal_of(*token), std::move(by)), {}};
  }
  const AccessUser* user = find_user(policy, whose.substr(std::min(whose.size(), kOfUser.size())));
  if (user == nullptr) return {};
  return {caller_of(policy, principal_of(*user), std::move(by)), {}};
}

bool Access::still_holds(const Caller& caller) const {
  const auto policy = this->policy();
  if (caller.kind == CallerKind::kLocal) return !policy->required;
  const WallTime now = clock_.wall_now();
  if (!policy->required || !caller.principal || (caller.expires && now >= *caller.expires)) return false;
  if (caller.by_cookie()) {
    const auto digest = digest_from_hex(caller.session);
    if (!digest || !sessions_.lives(*digest)) return false;
  }
  Principal principal = *caller.principal;
  if (caller.kind == CallerKind::kToken) {
    const Token* token = find_by_id(*policy, caller.handle);
    if (token == nullptr || !is_alive(*token, now)) return false;
    principal = principal_of(*token);
  } else if (caller.kind == CallerKind::kUser) {
    const AccessUser* user = find_user(*policy, caller.name);
    if (user == nullptr) return false;
    principal = principal_of(*user);
  } else if (caller.kind == CallerKind::kJwt) {
    if (!policy->jwt || policy->jwt->handle() != caller.handle) return false;
  } else if (!policy->rules.anonymous_reads()) {
    return false;
  }
  return can_do_the_same(caller, policy->rules.caller_of(principal));
}

bool Access::is_right_password(const AccessPolicy& policy, std::string_view user, std::string_view password) const {
  const AccessUser* known = find_user(policy, user);
  const bool right = is_password_of(password, known != nullptr ? std::string_view(known->password_hash) : kNobodysHash);
  return right && known != nullptr;
}

/// Who comes through a reverse proxy on this machine shares no address that could be told from others.
Milliseconds Access::wait_of(std::string_view address) {
  if (address == "loopback" || address == "unix") return Milliseconds(0);
  return attempts_by_address_.take(address, clock_.steady_now());
}

Access::SignInResult Access::begin_session(const AccessPolicy& policy, const std::string& whose) {
  auto cookie = sessions_.begin(whose, policy.session_lifetime);
  if (!cookie) return tl::unexpected(NotSignedIn{std::chrono::seconds(1)});
  static_cast<void>(sessions_.save());  // without its file a session ends with the process, no sooner
  Identity identity = identify_cookie(policy, *cookie);
  if (!identity.caller) return tl::unexpected(NotSignedIn{});
  return SignedIn{std::move(*cookie), std::move(identity.caller)};
}

Access::SignInResult Access::sign_in_with_token(std::string_view secret, std::string_view address) {
  const auto policy = this->policy();
  const Milliseconds wait = wait_of(address);
  if (wait > Milliseconds(0)) return tl::unexpected(NotSignedIn{wait});
  const Token* token = find_token(policy->tokens, secret);
  if (token == nullptr || !is_alive(*token, clock_.wall_now())) return tl::unexpected(NotSignedIn{});
  attempts_by_address_.give_back(address);
  return begin_session(*policy, fmt::format("{}{}", kOfToken, token->id));
}

Access::SignInResult Access::sign_in(std::string_view user, std::string_view password, std::string_view address) {
  const auto policy = this->policy();
  const Milliseconds wait = std::max(wait_of(address), attempts_by_user_.take(user, clock_.steady_now()));
  if (wait > Milliseconds(0)) return tl::unexpected(NotSignedIn{wait});
  if (!is_right_password(*policy, user, password)) return tl::unexpected(NotSignedIn{});
  attempts_by_address_.give_back(address);
  attempts_by_user_.give_back(user);
  return begin_session(*policy, fmt::format("{}{}", kOfUser, user));
}

void Access::sign_out(std::string_view cookie_field) {
  const std::string_view cookie = session_cookie_of(cookie_field);
  if (cookie.empty()) return;
  sessions_.end(cookie);
  static_cast<void>(sessions_.save());
}

std::string_view session_cookie_of(std::string_view field) {
  std::string_view value;
  int found = 0;
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = trim(field.substr(0, end));
    field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != kSessionCookie) continue;
    value = pair.substr(equals + 1);
    ++found;
  }
  return found == 1 ? value : std::string_view();
}

}  // namespace tailwater
