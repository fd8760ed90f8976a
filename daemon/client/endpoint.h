// Endpoint: which server, and what of it, the words of a command line mean. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tailwater {

struct QueryParameter {
  std::string name;
  std::string value;
};

struct Endpoint {
  std::string base_url;                    ///< without a slash at the end: "http://host:8245", "https://host/logs"
  std::string unix_socket;                 ///< connect there instead, if not empty
  std::vector<QueryParameter> parameters;  ///< what the words say about streams, files and filters

  /// The address of a resource ("/api/events"), with the endpoint's parameters and `more`.
  [[nodiscard]] std::string url(std::string_view resource, std::span<const QueryParameter> more = {}) const;
};

/// Each word is a URL (the server's own, one of /api/events or /tail, one of the viewer's or of a run's page),
/// unix:/path, or STREAM[/FILE] of the server at `server_url`. kInvalid with a message for the user where they do not
/// go together.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::span<const std::string> words, std::string_view server_url);

/// RFC 3986: everything but unreserved characters as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);
/// The same for a path: its slashes stay.
[[nodiscard]] std::string encoded_path(std::string_view path);

}  // namespace tailwater
