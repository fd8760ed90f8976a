// Puts replies on a connection through evhttp: headers, gzip where it pays, no body for HEAD. Client thread only.
#pragma once

#include <event2/http.h>

#include "http/connection.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/routes.h"

namespace tailwater {

/// Answers `request` on `connection`, for good.
void write_reply(Connection& connection, evhttp_request* request, Reply reply);

/// Sets the headers of a stream's reply; Connection::begin_stream() sends them.
void set_stream_headers(evhttp_request* request, std::string_view content_type,
                        const std::vector<std::pair<const char*, std::string>>& more);

/// The same for a body that history workers make.
void set_task_headers(evhttp_request* request, const TaskStart& start);
[[nodiscard]] Reply task_head_reply(const TaskStart& start);

/// The reply to a HEAD of a stream: the same headers and no body.
[[nodiscard]] Reply stream_head_reply(std::string_view content_type);

}  // namespace tailwater
