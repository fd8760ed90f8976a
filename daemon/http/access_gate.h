// The gate between the route table and the handlers: finds out who sends a request and holds him to what its route
// needs. What a caller may not read does not exist for him; that is for handlers, which ask the Backend as him.
#pragma once

#include <optional>

#include "access/access.h"
#include "http/reply.h"
#include "http/routes.h"

namespace tailwater {

/// Sets the request's caller; or gives the reply that refuses it.
[[nodiscard]] std::optional<Reply> admit_caller(RoutedRequest& routed, const Access& access);

}  // namespace tailwater
