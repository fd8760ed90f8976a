// gzip for replies that are not streams, and what Accept-Encoding says about it. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

/// Does an Accept-Encoding value take gzip (RFC 9110 section 12.5.3: q=0 refuses, `*` covers what is not named)?
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

[[nodiscard]] Result<std::string> gzip(std::string_view bytes);
/// Fails (kCorrupt) on anything but one whole gzip member, and past `max_bytes` of output.
[[nodiscard]] Result<std::string> gunzip(std::string_view bytes, std::size_t max_bytes = std::size_t{64} << 20);

}  // namespace tailwater
