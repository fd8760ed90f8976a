// The viewer's files out of the binary: gzipped as they are embedded, inflated for the rare client that cannot read
// that, and revalidated by ETag.
#pragma once

#include "http/assets.h"
#include "http/routes.h"

namespace tailwater {

[[nodiscard]] bool has_asset(std::span<const std::string> segments);
[[nodiscard]] Outcome serve_asset(const Request& request, std::span<const std::string> captures,
                                  const Backend& backend);
/// The page of one run, whose address is as deep as the run's name: what it loads lies that much higher.
[[nodiscard]] Outcome serve_run_page(const Request& request, std::span<const std::string> captures,
                                     const Backend& backend);
/// Browsers ask for /favicon.ico by themselves; the viewer's icon may be a vector one.
[[nodiscard]] Outcome serve_favicon(const Request& request, std::span<const std::string> captures,
                                    const Backend& backend);

/// Does an If-None-Match value name `etag` (RFC 9110 section 13.1.2, weak comparison)?
[[nodiscard]] bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace tailwater
