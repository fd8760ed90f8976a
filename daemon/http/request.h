// Request: what a route sees of a request: the decoded path and parameters, and the head's fields. Decoding is strict
// and happens once, so that no later reader can decode again what was meant as text. Pure, any thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/caller.h"
#include "filter/query.h"
#include "http/request_head.h"

namespace tailwater {

struct Request {
  Method method = Method::kGet;
  int minor_version = 1;
  bool close = false;
  std::vector<std::string> segments;  ///< of the path below the base path; none for "/"
  std::vector<Parameter> parameters;
  std::string body;
  std::string address;                   ///< where it comes from, as logs and rates name it
  std::shared_ptr<const Caller> caller;  ///< who sent it; never null in a handler
  std::optional<WallTime> asked;         ///< when, if it was not now
  /// Outlives the request's handling; for its fields.
  const RequestHead* head = nullptr;

  [[nodiscard]] bool is_head() const { return method == Method::kHead; }
  [[nodiscard]] std::string_view field(std::string_view name) const { return head->find(name); }
};

struct ParameterLimits {
  static constexpr std::size_t kMaxCount = 64;
  static constexpr std::size_t kMaxBytes = 4096;
};

/// "/a%20b/c" to {"a b", "c"}; "/" to {}; a slash at the end gives an empty last segment. Refuses bad escapes, NUL,
/// `.` and `..` however they are written, and empty segments elsewhere.
[[nodiscard]] Accepted<std::vector<std::string>> decode_path(std::string_view path);

/// "a=1&b=x+y" to pairs in their order; a name without '=' has an empty value. An error names the parameter.
[[nodiscard]] ParameterResult<std::vector<Parameter>> decode_parameters(std::string_view query);

/// Takes the base path ("/logs", may be empty) off the front of the segments; 404 if they are not below it.
[[nodiscard]] Accepted<void> strip_base_path(std::string_view base_path, std::vector<std::string>& segments);

}  // namespace tailwater
