// Reply: the answer to a request that is not a stream, as a value; and problem documents (RFC 9457), the form of every
// error. Pure: routes make replies, reply_writer.h puts them on a connection.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "filter/query.h"
#include "http/request_head.h"

namespace tailwater {

/// Content types; evhttp's default would be text/html in ISO-8859-1.
inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kProblemType = "application/problem+json";
inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
inline constexpr std::string_view kEventStreamType = "text/event-stream; charset=utf-8";

struct Reply {
  int status = 200;
  std::string_view content_type = kJsonType;  ///< lives for ever
  std::string body;
  /// Instead of `body`: bytes that outlive every connection, sent without a copy.
  std::string_view lasting_body;
  /// The names are constants: evhttp checks values for line ends, but not names.
  std::vector<std::pair<const char*, std::string>> headers;
  bool compressible = true;  ///< may be gzipped if it is worth it
  bool close = false;
};

[[nodiscard]] Reply json_reply(std::string body);
[[nodiscard]] Reply text_reply(std::string_view body);
/// `parameter` names what is wrong in the query string; empty: nothing there.
[[nodiscard]] Reply problem(int status, std::string_view detail, std::string_view parameter = {});
[[nodiscard]] Reply problem(const RequestRefusal& refusal);
[[nodiscard]] Reply problem(const ParameterError& error);
/// 503 with a Retry-After.
[[nodiscard]] Reply busy(std::string_view detail, int retry_after_seconds);

/// The reason phrase of a status that we send.
[[nodiscard]] const char* status_title(int status);

/// A header that goes with every reply: what a browser must not do with our pages.
struct ConstantHeader {
  const char* name;
  const char* value;
};
[[nodiscard]] const std::vector<ConstantHeader>& safety_headers();

/// `reply` as the bytes of a whole HTTP/1.1 reply that ends its connection: for requests that evhttp never sees.
[[nodiscard]] std::string to_closing_reply_text(const Reply& reply);

}  // namespace tailwater
