// The certificate and key of a configuration, loaded: config/ knows no TLS, so what is wrong with them is found here.
#pragma once

#include <memory>

#include "base/result.h"
#include "config/configuration.h"
#include "http/tls_context.h"

namespace tailwater {

/// Empty if the configuration has none.
[[nodiscard]] Result<std::shared_ptr<const TlsContext>> load_tls(const ServerConfig& server);

}  // namespace tailwater
