// The routes that become streams: GET /api/events and GET /tail/{stream}[/{file}]. Pure but for what they ask of the
// backend.
#pragma once

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome stream_events(const Request& request, std::span<const std::string> captures,
                                    const Backend& backend);
[[nodiscard]] Outcome tail_stream(const Request& request, std::span<const std::string> captures,
                                  const Backend& backend);
[[nodiscard]] Outcome tail_file(const Request& request, std::span<const std::string> captures, const Backend& backend);

/// What an event client gets that there is no place for: it comes back after a time that differs from client to client.
[[nodiscard]] Reply come_back_later(std::string_view why, std::uint32_t retry_ms);

/// 404 for a stream that is not there, or not for this caller. The audit log hears of it where callers differ.
[[nodiscard]] Reply no_such_stream(std::string_view stream, const Request& request, const Backend& backend,
                                   std::string_view parameter = {});
/// Is there a stream of this name that the request's caller may read?
[[nodiscard]] bool is_known_stream(std::string_view stream, const Request& request, const Backend& backend);

/// What the audit log says of a query: its streams, and a hash of all of it.
struct AuditedQuery {
  explicit AuditedQuery(const Query& query);
  std::string streams;
  std::string filter;
};

/// Does `name` mean this file: its key, its last component, or the end of its path?
[[nodiscard]] bool names_file(std::string_view name, const FileInfo& file);

/// `path` as a glob that matches it alone.
[[nodiscard]] std::string literal_glob(std::string_view path);

}  // namespace tailwater
