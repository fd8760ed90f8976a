// The HttpServer itself, over any backend: binds, starts the client threads, stops and joins them. Main thread.
#pragma once

#include <memory>
#include <vector>

#include "base/inherited_fds.h"
#include "http/backend.h"
#include "http/http_server.h"

namespace tailwater {

[[nodiscard]] Result<std::unique_ptr<HttpServer>> start_threaded_server(HttpOptions options, Backend backend,
                                                                        std::vector<InheritedFd> inherited = {});

}  // namespace tailwater
