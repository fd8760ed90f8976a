#include "http/access_gate.h"

#include <string>
#include <utility>

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

}  // namespace

std::optional<Reply> admit_caller(RoutedRequest& routed, const Access& access) {
  Request& request = routed.request;
  Identity identity = access.identify({request.field("authorization"), request.field("cookie")});
  const Needs needs = routed.route->needs;
  if (!identity.caller && needs != Needs::kNothing) return who_are_you(identity.refusal);
  request.caller = identity.caller ? std::move(identity.caller) : stranger();
  if (needs == Needs::kWriter && request.caller->writable.is_none()) {
    return problem(403, "you may not write to any stream here; `writers` of a stream says who may");
  }
  if (needs == Needs::kAdministrator && !request.caller->administrator) {
    return problem(403, "this is for administrators");
  }
  return std::nullopt;
}

}  // namespace tailwater
