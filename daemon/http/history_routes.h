// The routes that read the past: GET /api/records, /api/search, /api/histogram, /api/raw/{stream}/{file}. Pure but for
// what they ask of the backend: requests in, tasks for the history workers out.
#pragma once

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome answer_records(const Request& request, std::span<const std::string> captures,
                                     const Backend& backend);

/// The reply that a body of `start` becomes, or what an error is to its client.
[[nodiscard]] Reply body_reply(const TaskStart& start, Result<std::string> body);

}  // namespace tailwater
