// Access: from what a request brings along to who sent it, and signing in and out. Where no way of signing in is
// configured, everybody is the local caller and may do everything; that is for loopback. Any thread, but sign_in() and
// sign_out(), which take their time and may wait for a disk.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_rules.h"
#include "access/caller.h"
#include "access/jwt.h"
#include "access/rate_limiter.h"
#include "access/sessions.h"
#include "access/token_file.h"
#include "base/clock.h"

namespace tailwater {

/// A browser takes it over TLS and from loopback alone, sends it to nobody else and shows it to no script.
inline constexpr std::string_view kSessionCookie = "__Host-tailwater";

struct AccessUser {
  std::string name;
  std::string password_hash;
  std::vector<std::string> groups;
};

/// What the configuration and its files say; replaced as a whole.
struct AccessPolicy {
  bool required = false;  ///< somebody is asked who he is
  AccessRules rules;
  std::vector<Token> tokens;
  std::vector<AccessUser> users;
  std::optional<JwtVerifier> jwt;
  Milliseconds session_lifetime = std::chrono::hours(12);
};

/// What a request says about its sender; views into its head.
struct Credentials {
  std::string_view authorization;  ///< the Authorization field
  std::string_view cookie;         ///< the Cookie field
};

/// A caller, or why there is none: then the request is answered with 401.
struct Identity {
  std::shared_ptr<const Caller> caller;
  std::string refusal;
};

class Access {
 public:
  /// Nobody is asked who he is until there is a policy that does. `clock` outlives it; `session_file` may be empty.
  explicit Access(const Clock& clock, std::string session_file = {});
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  void set_policy(AccessPolicy policy);
  [[nodiscard]] std::shared_ptr<const AccessPolicy> policy() const;

  /// Wrong credentials are refused even where none would do: who sends some wants to know.
  [[nodiscard]] Identity identify(const Credentials& credentials) const;
  /// May he still do exactly what he could when he was made? For streams that go on.
  [[nodiscard]] bool still_holds(const Caller& caller) const;

  struct SignedIn {
    std::string cookie;  ///< its value
    std::shared_ptr<const Caller> caller;
  };
  struct NotSignedIn {
    Milliseconds retry_after{0};  ///< not even looked at: there were too many attempts
  };
  using SignInResult = tl::expected<SignedIn, NotSignedIn>;
  /// `address` is where the attempt comes from; wherever from, attempts at one user are slowed down too.
  [[nodiscard]] SignInResult sign_in(std::string_view user, std::string_view password, std::string_view address);
  /// For browsers: EventSource cannot send a token.
  [[nodiscard]] SignInResult sign_in_with_token(std::string_view secret, std::string_view address);
  void sign_out(std::string_view cookie_field);

 private:
  [[nodiscard]] Identity identify_bearer(const AccessPolicy& policy, std::string_view secret) const;
  [[nodiscard]] Identity identify_cookie(const AccessPolicy& policy, std::string_view value) const;
  [[nodiscard]] Milliseconds wait_of(std::string_view address);
  [[nodiscard]] SignInResult begin_session(const AccessPolicy& policy, const std::string& whose);
  [[nodiscard]] bool is_right_password(const AccessPolicy& policy, std::string_view user,
                                       std::string_view password) const;

  const Clock& clock_;
  std::shared_ptr<const Caller> local_;
  mutable std::mutex mutex_;
  std::shared_ptr<const AccessPolicy> policy_;  // guarded by mutex_
  Sessions sessions_;
  RateLimiter attempts_by_address_;
  RateLimiter attempts_by_user_;
};

/// The value of the session cookie in a Cookie field; empty if it is not there, or there twice.
[[nodiscard]] std::string_view session_cookie_of(std::string_view cookie_field);

}  // namespace tailwater
