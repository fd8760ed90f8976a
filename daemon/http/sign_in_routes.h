// Signing in and out, and being told who one is: /login, /logout, /api/session. Checking a password takes its time and
// keeping a session may wait for a disk: both on a worker.
#pragma once

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome show_sign_in(const Request& request, std::span<const std::string> captures,
                                   const Backend& backend);
[[nodiscard]] Outcome serve_sign_in_style(const Request& request, std::span<const std::string> captures,
                                          const Backend& backend);
[[nodiscard]] Outcome sign_in(const Request& request, std::span<const std::string> captures, const Backend& backend);
[[nodiscard]] Outcome sign_out(const Request& request, std::span<const std::string> captures, const Backend& backend);
[[nodiscard]] Outcome tell_session(const Request& request, std::span<const std::string> captures,
                                   const Backend& backend);

}  // namespace tailwater
