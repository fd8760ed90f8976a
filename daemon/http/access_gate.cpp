#include "http/access_gate.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

/// RFC 9110 section 11.6.1.
Reply who_are_you(std::string_view detail) {
  Reply reply = problem(401, detail);
  reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tailwater\"");
  return reply;
}

/// Somebody of whom we know nothing, at a resource that is for everybody.
std::shared_ptr<const Caller> stranger() {
  static const auto kStranger = std::make_shared<const Caller>();
  return kStranger;
}

/// URLs are written into logs, histories and the Referer of others (RFC 9700 section 4.3.2).
std::optional<Reply> refuse_secret_in_url(const Request& request) {
  constexpr std::string_view kSecrets[] = {"token",         "access_token", "auth_token", "auth",    "jwt",
                                           "authorization", "api_key",      "apikey",     "password"};
  for (const Parameter& parameter : request.parameters) {
    const bool named = std::any_of(std::begin(kSecrets), std::end(kSecrets), [&parameter](std::string_view secret) {
      return equals_ignoring_case(parameter.name, secret);
    });
    if (!named) continue;
    return problem(400,
                   "secrets do not belong in URLs, which are logged everywhere: send Authorization: Bearer TOKEN, or "
                   "sign in at /login; take this secret for lost and make another",
                   parameter.name);
  }
  return std::nullopt;
}

bool opens_a_page(const Request& request) {
  return (request.method == Method::kGet || request.method == Method::kHead) &&
         request.field("accept").find("text/html") != std::string_view::npos && !request.head->has("authorization");
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// By a relative path, there and back: a proxy may serve us below a path that we do not know.
Reply go_to_sign_in(const RequestHead& head, std::string_view base_path) {
  std::string here(head.path.substr(std::min(base_path.size() + 1, head.path.size())));
  std::string up;
  for (auto slashes = std::count(here.begin(), here.end(), '/'); slashes > 0; --slashes) up += "../";
  if (!head.query.empty()) here += fmt::format("?{}", head.query);
  Reply reply = problem(303, "sign in first");
  reply.headers.emplace_back("Location", fmt::format("{}login?next={}", up, percent_encoded(here)));
  return reply;
}

}  // namespace

std::optional<Reply> admit_caller(RoutedRequest& routed, const Access& access, std::string_view base_path) {
  Request& request = routed.request;
  if (auto refusal = refuse_secret_in_url(request)) return refusal;
  Identity identity = access.identify({request.field("authorization"), request.field("cookie")});
  const Needs needs = routed.route->needs;
  if (!identity.caller && needs != Needs::kNothing) {
    return opens_a_page(request) ? go_to_sign_in(*request.head, base_path) : who_are_you(identity.refusal);
  }
  request.caller = identity.caller ? std::move(identity.caller) : stranger();
  if (needs == Needs::kWriter && request.caller->writable.is_none()) {
    return problem(403, "you may not write to any stream here; `writers` of a stream says who may");
  }
  if (needs == Needs::kAdministrator && !request.caller->administrator) {
    return problem(403, "this is for administrators");
  }
  return std::nullopt;
}

std::optional<Reply> refuse_foreign_page(const RoutedRequest& routed, const BrowserRules& rules) {
  const Request& request = routed.request;
  const auto refusal = rules.refusal(*request.head, request.caller->by_cookie());
  // Reading what is nobody's, such as an image, costs nothing and tells nothing.
  if (!refusal || (routed.route->needs == Needs::kNothing && !is_writing(request.method))) return std::nullopt;
  return problem(*refusal);
}

}  // namespace tailwater
