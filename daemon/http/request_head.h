// RequestHead: the head of one request, taken apart by strict rules before evhttp sees its bytes. evhttp alone would
// let through what proxies read differently (two Content-Length, bare LF, `Host :`, folded lines, HTTP/1.999), and that
// difference is how requests are smuggled. Pure: views into the caller's bytes, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/bytes.h"

namespace tailwater {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kTrace };
[[nodiscard]] std::string_view to_text(Method method);

/// Why a request is not served: a status and words for the person who sent it.
struct RequestRefusal {
  int status = 400;
  std::string detail;
};
template <typename T>
using Accepted = tl::expected<T, RequestRefusal>;

struct HeadLimits {
  std::size_t max_head_bytes = 8 << 10;
  ByteCount max_body_bytes = 1 << 20;
};

struct HeaderField {
  std::string_view name;
  std::string_view value;  ///< without the white space around it
};

/// All views point into the bytes that parse_request_head() was given.
struct RequestHead {
  Method method = Method::kGet;
  int minor_version = 1;   ///< HTTP/1.0 or HTTP/1.1
  std::string_view path;   ///< still percent-encoded; starts with '/', or is "*" for OPTIONS
  std::string_view query;  ///< what follows the '?', still encoded
  std::string_view host;   ///< "name", "name:port", "[v6]:port"; of the target if it names one; may be empty for 1.0
  ByteCount content_length = 0;
  /// The connection cannot carry another request: asked for, or a body where the method has none.
  bool close = false;
  std::vector<HeaderField> fields;

  /// The first field of that name (any case), or empty.
  [[nodiscard]] std::string_view find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
};

/// How far the bytes that have arrived make a head.
struct HeadScan {
  enum class State : std::uint8_t { kIncomplete, kComplete, kRefused };
  State state = State::kIncomplete;
  std::size_t length = 0;  ///< kComplete: of the head with its empty line; kIncomplete: where to go on scanning
  RequestRefusal refusal;  ///< kRefused: hopeless before it is complete
};

/// Looks for the empty line that ends a head; `from` is the length that the scan before returned, or 0.
[[nodiscard]] HeadScan scan_request_head(std::string_view bytes, std::size_t from, const HeadLimits& limits);

/// `head` is a whole head, up to and with its empty line.
[[nodiscard]] Accepted<RequestHead> parse_request_head(std::string_view head, const HeadLimits& limits);

/// Are the two the same but for ASCII case?
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right);

}  // namespace tailwater
