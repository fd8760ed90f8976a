// Routes: the one table of what is served where. A request's fate (404, 405 with Allow, OPTIONS, the handler) follows
// from it alone. Pure: a vetted head in, a value out; whoever calls does the writing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/backend.h"
#include "http/reply.h"
#include "http/request.h"
#include "stream/body_task.h"
#include "stream/stream_service.h"

namespace tailwater {

/// The request becomes a stream.
struct StreamStart {
  Subscription subscription;
  std::string_view content_type = kEventStreamType;  ///< lives for ever
};
/// History workers make the answer.
struct TaskStart {
  std::shared_ptr<BodyTask> task;
  /// It is a reply like any other, once all of it is there; else it is sent as it is made.
  bool whole = false;
  std::string_view content_type = kJsonType;  ///< lives for ever
  int status = 200;
  std::vector<std::pair<const char*, std::string>> headers;
  std::optional<std::uint64_t> length;  ///< of a body that is sent as it is made, where that is known
  std::string parameter;                ///< names the place that may turn out not to exist
};
using Outcome = std::variant<Reply, StreamStart, TaskStart>;

/// What becomes of it when places are short.
enum class RouteKind : std::uint8_t {
  kProbe,   ///< always answered
  kShort,   ///< 503 with Retry-After
  kEvents,  ///< EventSource never retries an error: 200, a retry time and the end
  kTail,    ///< 503 with Retry-After
  kSignIn,  ///< the same; on a worker of its own, since checking a password takes its time
};

/// Who gets an answer at all; the others get 401, or 403 if we know them. Which streams they see is not said here:
/// handlers ask the Backend as the request's caller.
enum class Needs : std::uint8_t {
  kNothing,        ///< nothing that it shows is anybody's
  kReader,         ///< has signed in, or need not
  kWriter,         ///< and may write to some stream; to which, the handler looks
  kAdministrator,  ///< may change what others may do
};

/// `captures` are the decoded segments that the pattern's {} stood for, in order.
using Handler = Outcome (*)(const Request& request, std::span<const std::string> captures, const Backend& backend);

/// A set of methods; GET brings HEAD along, and OPTIONS is answered everywhere.
class MethodSet {
 public:
  constexpr MethodSet() = default;
  constexpr MethodSet(Method method) : bits_(bit(method)) {}  // NOLINT: a method is a set of one
  [[nodiscard]] constexpr bool has(Method method) const { return (bits_ & bit(method)) != 0; }
  constexpr MethodSet operator|(MethodSet other) const {
    return MethodSet(static_cast<std::uint8_t>(bits_ | other.bits_));
  }
  [[nodiscard]] std::string allow_header() const;

 private:
  constexpr explicit MethodSet(std::uint8_t bits) : bits_(bits) {}
  static constexpr std::uint8_t bit(Method method) {
    const auto one = static_cast<std::uint8_t>(1U << static_cast<unsigned>(method));
    return method == Method::kHead ? bit(Method::kGet) : one;
  }
  std::uint8_t bits_ = 0;
};

struct Route {
  MethodSet methods;
  /// "/tail/{stream}"; a last {name*} takes one segment or more, joined by slashes.
  std::string_view pattern;
  RouteKind kind;
  Needs needs;
  Handler handler;
  /// For a disk, or looks through all runs, of which there may be many: so it runs on the worker, and never on a client
  /// thread.
  bool may_wait = false;
};

[[nodiscard]] std::span<const Route> routes();

/// A request on its way to its handler.
struct RoutedRequest {
  Request request;
  const Route* route = nullptr;
  std::vector<std::string> captures;
};

/// The handler for a head, or the reply where there is none to call. `head` outlives the result.
[[nodiscard]] std::variant<RoutedRequest, Reply> find_route(const RequestHead& head, std::string_view base_path);

}  // namespace tailwater
