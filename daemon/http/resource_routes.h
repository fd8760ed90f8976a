// The short resources: what is followed, whether we live, whether we are ready, who we are. They ask memory alone.
#pragma once

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome list_streams(const Request& request, std::span<const std::string> captures,
                                   const Backend& backend);
[[nodiscard]] Outcome answer_health(const Request& request, std::span<const std::string> captures,
                                    const Backend& backend);
[[nodiscard]] Outcome answer_readiness(const Request& request, std::span<const std::string> captures,
                                       const Backend& backend);
[[nodiscard]] Outcome answer_version(const Request& request, std::span<const std::string> captures,
                                     const Backend& backend);

}  // namespace tailwater
