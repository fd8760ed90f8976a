// The host of server.public_url. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

/// "logs.example.com" of "https://logs.example.com:8443/tail", brackets and all of an IPv6 address; empty for an empty
/// URL. kInvalid for anything but http or https, a host, maybe a port and a path.
[[nodiscard]] Result<std::string> host_of_url(std::string_view url);

}  // namespace tailwater
