// The gate between the route table and the handlers: finds out who sends a request and holds him to what its route
// needs. What a caller may not read does not exist for him; that is for handlers, which ask the Backend as him.
#pragma once

#include <optional>
#include <string_view>

#include "access/access.h"
#include "http/browser_rules.h"
#include "http/reply.h"
#include "http/routes.h"

namespace tailwater {

/// Sets the request's caller; or gives the reply that refuses it. Who opens a page of ours in a browser is led to the
/// sign-in page below `base_path` instead of being refused.
[[nodiscard]] std::optional<Reply> admit_caller(RoutedRequest& routed, const Access& access,
                                                std::string_view base_path = {});

/// After admit_caller(): may a request of this caller's come from the page that it comes from?
[[nodiscard]] std::optional<Reply> refuse_foreign_page(const RoutedRequest& routed, const BrowserRules& rules);

}  // namespace tailwater
