// The HttpServer itself, over any backend: binds, starts the client threads, stops and joins them. Main thread.
#pragma once

#include <memory>

#include "http/backend.h"
#include "http/http_server.h"

namespace tailwater {

[[nodiscard]] Result<std::unique_ptr<HttpServer>> start_threaded_server(HttpOptions options, Backend backend,
                                                                        HandedOver handed = {});

}  // namespace tailwater
