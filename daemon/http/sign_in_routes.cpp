#include "http/sign_in_routes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "access/claims.h"
#include "base/json_text.h"
#include "base/time_text.h"
#include "http/host_rules.h"
#include "http/sign_in_page.h"

namespace tailwater {
namespace {

constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
constexpr std::string_view kCssType = "text/css; charset=utf-8";
constexpr std::size_t kMaxField = 4096;

/// What somebody signs in with.
struct Attempt {
  std::string user;
  std::string password;
  std::string token;
  std::string next;
  bool json = false;
};

bool has_type(const Request& request, std::string_view type) {
  const std::string_view given = request.field("content-type");
  return equals_ignoring_case(given.substr(0, std::min(given.find(';'), type.size())), type) &&
         (given.size() <= type.size() || given[type.size()] == ';' || given[type.size()] == ' ');
}

std::string parameter_of(const std::vector<Parameter>& parameters, std::string_view name) {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

std::optional<Attempt> attempt_of(const Request& request) {
  Attempt attempt;
  if (has_type(request, "application/json")) {
    const auto claims = Claims::parse(request.body);
    if (!claims) return std::nullopt;
    attempt.user = claims->text("user").value_or("");
    attempt.password = claims->text("password").value_or("");
    attempt.token = claims->text("token").value_or("");
    attempt.json = true;
  } else if (has_type(request, "application/x-www-form-urlencoded")) {
    const auto fields = decode_parameters(request.body);
    if (!fields) return std::nullopt;
    attempt.user = parameter_of(*fields, "user");
    attempt.password = parameter_of(*fields, "password");
    attempt.token = parameter_of(*fields, "token");
    attempt.next = parameter_of(*fields, "next");
  } else {
    return std::nullopt;
  }
  const bool fits = attempt.user.size() <= kMaxField && attempt.password.size() <= kMaxField;
  const bool either = attempt.token.empty() != (attempt.user.empty() || attempt.password.empty());
  return fits && either ? std::optional(std::move(attempt)) : std::nullopt;
}

Reply page_reply(const Backend& backend, std::string error, std::string_view next) {
  const auto policy = backend.access->policy();
  Reply reply;
  reply.content_type = kHtmlType;
  reply.body =
      to_html({!policy->users.empty(), !policy->tokens.empty(), std::move(error), safe_next(next, backend.base_path)});
  return reply;
}

Reply see_other(std::string location) {
  Reply reply = problem(303, "go on there");
  reply.headers.emplace_back("Location", std::move(location));
  return reply;
}

/// RFC 6265bis section 4.1.3.2: with this name only a path of / and Secure are let through, and no domain.
void set_cookie(std::string_view value, long long seconds, Reply& reply) {
  reply.headers.emplace_back("Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Strict",
                                                       kSessionCookie, value, seconds));
}

/// A browser keeps a Secure cookie from http:// for its own machine alone: elsewhere signing in would lead back here.
bool cookie_would_be_lost(const Request& request) {
  const std::string_view origin = request.field("origin");
  constexpr std::string_view kPlain = "http://";
  if (origin.substr(0, kPlain.size()) != kPlain) return false;
  const auto host = host_name(origin.substr(kPlain.size()));
  return host && *host != "localhost" && host->substr(0, 4) != "127." && *host != "::1";
}

Reply refused(const Backend& backend, const Attempt& attempt, int status, const std::string& why) {
  if (attempt.json) return problem(status, why);
  Reply reply = page_reply(backend, why, attempt.next);
  reply.status = status;
  return reply;
}

Reply not_signed_in(const Backend& backend, const Attempt& attempt, const Access::NotSignedIn& why) {
  if (why.retry_after > Milliseconds(0)) {
    const auto seconds = std::max<long long>(1, (why.retry_after.count() + 999) / 1000);
    Reply reply = refused(backend, attempt, 429, fmt::format("too many attempts; try again in {} s", seconds));
    reply.headers.emplace_back("Retry-After", std::to_string(seconds));
    return reply;
  }
  return refused(backend, attempt, 401,
                 attempt.token.empty() ? "the user or the password is wrong" : "this token is not known here");
}

}  // namespace

Outcome show_sign_in(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  return page_reply(backend, {}, parameter_of(request.parameters, "next"));
}

Outcome serve_sign_in_style(const Request& /*request*/, std::span<const std::string> /*captures*/,
                            const Backend& /*backend*/) {
  Reply reply;
  reply.content_type = kCssType;
  reply.body = sign_in_style();
  reply.headers.emplace_back("Cache-Control", "public, max-age=3600");
  return reply;
}

Outcome sign_in(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const auto attempt = attempt_of(request);
  if (!attempt) {
    return problem(400, "send user and password, or token, as application/x-www-form-urlencoded or application/json");
  }
  if (!backend.access->policy()->required) return refused(backend, *attempt, 404, "nobody needs to sign in here");
  if (cookie_would_be_lost(request)) {
    return refused(backend, *attempt, 400, "browsers keep the cookie only with https, or on this machine itself");
  }
  const bool by_token = !attempt->token.empty();
  auto done = by_token ? backend.access->sign_in_with_token(attempt->token, request.address)
                       : backend.access->sign_in(attempt->user, attempt->password, request.address);
  if (!done) {
    backend.audit->record("sign-in", nullptr, request.address,
                          {{"result", done.error().retry_after.count() > 0 ? "slowed" : "refused"},
                           {"user", by_token ? std::string_view() : std::string_view(attempt->user)}});
    return not_signed_in(backend, *attempt, done.error());
  }
  backend.audit->record("sign-in", done->caller.get(), request.address, {{"result", "accepted"}});
  const Milliseconds left = *done->caller->expires - backend.clock->wall_now();
  Reply reply = attempt->json ? json_reply(fmt::format("{{\"name\":{},\"expires\":\"{}\"}}\n",
                                                       to_json(done->caller->name), to_rfc3339(*done->caller->expires)))
                              : see_other(safe_next(attempt->next, backend.base_path));
  set_cookie(done->cookie, std::chrono::duration_cast<std::chrono::seconds>(left).count(), reply);
  return reply;
}

Outcome sign_out(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  backend.access->sign_out(request.field("cookie"));
  if (request.caller->by_cookie()) backend.audit->record("sign-out", request.caller.get(), request.address, {});
  Reply reply;
  if (has_type(request, "application/x-www-form-urlencoded")) {
    reply = see_other("login");
  } else {
    reply.status = 204;
  }
  set_cookie("", 0, reply);
  return reply;
}

Outcome tell_session(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const auto policy = backend.access->policy();
  const Caller& caller = *request.caller;
  std::string body = fmt::format(R"({{"required":{},"signed_in":{})", policy->required, caller.signed_in());
  if (policy->required && caller.signed_in()) {
    body += fmt::format(R"(,"name":{},"kind":{},"cookie":{},"administrator":{})", to_json(caller.name),
                        to_json(to_text(caller.kind)), caller.by_cookie(), caller.administrator);
    if (caller.expires) body += fmt::format(R"(,"expires":"{}")", to_rfc3339(*caller.expires));
  }
  return json_reply(body + "}\n");
}

}  // namespace tailwater
