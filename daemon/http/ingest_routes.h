// /api/ingest/{stream}/{name}: lines from elsewhere. POST appends them; PATCH with Upload-Offset appends them exactly
// once, over lost answers and restarts; GET and HEAD tell how much is there.
#pragma once

#include <span>
#include <string>

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome append_lines(const Request& request, std::span<const std::string> captures,
                                   const Backend& backend);
[[nodiscard]] Outcome append_at_offset(const Request& request, std::span<const std::string> captures,
                                       const Backend& backend);
[[nodiscard]] Outcome tell_upload_offset(const Request& request, std::span<const std::string> captures,
                                         const Backend& backend);

}  // namespace tailwater
