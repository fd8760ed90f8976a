#include "http/routes.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "http/asset_route.h"
#include "http/event_routes.h"
#include "http/history_routes.h"
#include "http/ingest_routes.h"
#include "http/metrics_route.h"
#include "http/resource_routes.h"
#include "http/run_routes.h"
#include "http/sign_in_routes.h"

namespace tailwater {
namespace {

constexpr Route kRoutes[] = {
    {Method::kGet, "/api/events", RouteKind::kEvents, Needs::kReader, stream_events},
    {Method::kGet, "/tail/{stream}", RouteKind::kTail, Needs::kReader, tail_stream},
    {Method::kGet, "/tail/{stream}/{file*}", RouteKind::kTail, Needs::kReader, tail_file},
    {Method::kGet, "/api/streams", RouteKind::kShort, Needs::kReader, list_streams},
    {Method::kGet, "/api/records", RouteKind::kShort, Needs::kReader, answer_records},
    {Method::kGet, "/api/search", RouteKind::kEvents, Needs::kReader, search_history},
    {Method::kGet, "/api/histogram", RouteKind::kEvents, Needs::kReader, count_history},
    {Method::kGet, "/api/raw/{stream}/{file*}", RouteKind::kTail, Needs::kReader, send_raw, /*may_wait=*/true},
    {Method::kPost, "/api/ingest/{stream}/{name*}", RouteKind::kShort, Needs::kWriter, append_lines, /*may_wait=*/true},
    {Method::kPatch, "/api/ingest/{stream}/{name*}", RouteKind::kShort, Needs::kWriter, append_at_offset,
     /*may_wait=*/true},
    {Method::kGet, "/api/ingest/{stream}/{name*}", RouteKind::kShort, Needs::kWriter, tell_upload_offset,
     /*may_wait=*/true},
    {Method::kGet, "/api/runs", RouteKind::kShort, Needs::kReader, list_runs, /*may_wait=*/true},
    {Method::kGet, "/api/runs/{stream}/{file*}", RouteKind::kShort, Needs::kReader, tell_run},
    {Method::kGet, "/badge/{stream}", RouteKind::kShort, Needs::kReader, draw_latest_badge, /*may_wait=*/true},
    {Method::kGet, "/badge/{stream}/{file*}", RouteKind::kShort, Needs::kReader, draw_badge},
    {Method::kGet, "/cc.xml", RouteKind::kShort, Needs::kReader, tell_build_monitors, /*may_wait=*/true},
    {Method::kGet, "/healthz", RouteKind::kProbe, Needs::kNothing, answer_health},
    {Method::kGet, "/readyz", RouteKind::kProbe, Needs::kNothing, answer_readiness},
    {Method::kGet, "/metrics", RouteKind::kShort, Needs::kReader, answer_metrics},
    {Method::kGet, "/api/metrics", RouteKind::kShort, Needs::kReader, answer_metric_history, /*may_wait=*/true},
    {Method::kGet, "/version", RouteKind::kProbe, Needs::kReader, answer_version},
    {Method::kGet, "/", RouteKind::kShort, Needs::kReader, serve_asset},
    {Method::kGet, "/host", RouteKind::kShort, Needs::kReader, serve_asset},
    {Method::kGet, "/runs", RouteKind::kShort, Needs::kReader, serve_asset},
    {Method::kGet, "/runs/{run*}", RouteKind::kShort, Needs::kReader, serve_run_page},
    {Method::kGet, "/login", RouteKind::kShort, Needs::kNothing, show_sign_in},
    {Method::kPost, "/login", RouteKind::kSignIn, Needs::kNothing, sign_in, /*may_wait=*/true},
    {Method::kGet, "/login.css", RouteKind::kShort, Needs::kNothing, serve_sign_in_style},
    {Method::kPost, "/logout", RouteKind::kSignIn, Needs::kNothing, sign_out, /*may_wait=*/true},
    {Method::kGet, "/api/session", RouteKind::kShort, Needs::kNothing, tell_session},
    {Method::kGet, "/favicon.ico", RouteKind::kShort, Needs::kNothing, serve_favicon},
};

/// Any other path: one of the viewer's files, if there is one of that name.
constexpr Route kAssetRoute{Method::kGet, "", RouteKind::kShort, Needs::kNothing, serve_asset};

/// Takes the next segment off a pattern.
std::string_view take_segment(std::string_view& pattern) {
  pattern.remove_prefix(1);
  const std::size_t slash = pattern.find('/');
  const std::string_view segment = pattern.substr(0, slash);
  pattern.remove_prefix(segment.size());
  return segment;
}

std::string join(std::span<const std::string> segments) {
  std::string joined = segments.front();
  for (const std::string& segment : segments.subspan(1)) joined += '/' + segment;
  return joined;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::span<const std::string> segments) {
  std::vector<std::string> captures;
  while (!pattern.empty() && pattern != "/") {
    const std::string_view expected = take_segment(pattern);
    if (segments.empty()) return std::nullopt;
    const bool captured = expected.front() == '{';
    if (captured && segments.front().empty()) return std::nullopt;
    if (captured && expected.substr(expected.size() - 2) == "*}") {
      if (segments.back().empty()) return std::nullopt;
      captures.push_back(join(segments));
      return captures;
    }
    if (captured) captures.push_back(segments.front());
    if (!captured && expected != segments.front()) return std::nullopt;
    segments = segments.subspan(1);
  }
  return segments.empty() ? std::optional(std::move(captures)) : std::nullopt;
}

Reply options_reply(MethodSet allowed) {
  Reply reply;
  reply.status = 204;
  reply.headers.emplace_back("Allow", allowed.allow_header());
  return reply;
}

Reply not_allowed(Method method, MethodSet allowed) {
  Reply reply = problem(405, fmt::format("{} is not for this resource", to_text(method)));
  reply.headers.emplace_back("Allow", allowed.allow_header());
  return reply;
}

/// "/logs" without its slash: relative addresses of the page would lead outside.
Reply redirect_to_base(std::string_view base_path) {
  Reply reply = problem(308, "this page is at its path with a slash");
  reply.headers.emplace_back("Location", fmt::format("{}/", base_path));
  return reply;
}

Accepted<Request> decode(const RequestHead& head, std::string_view base_path) {
  Request request;
  request.method = head.method;
  request.minor_version = head.minor_version;
  request.close = head.close;
  request.head = &head;
  auto segments = decode_path(head.path);
  if (!segments) return tl::unexpected<RequestRefusal>(segments.error());
  request.segments = std::move(*segments);
  if (auto fine = strip_base_path(base_path, request.segments); !fine)
    return tl::unexpected<RequestRefusal>(fine.error());
  return request;
}

}  // namespace

std::string MethodSet::allow_header() const {
  std::string names;
  constexpr Method kInOrder[] = {Method::kGet, Method::kHead,  Method::kPost,
                                 Method::kPut, Method::kPatch, Method::kDelete};
  for (const Method method : kInOrder) {
    if (has(method)) names += fmt::format("{}, ", to_text(method));
  }
  return names + "OPTIONS";
}

std::span<const Route> routes() {
  return kRoutes;
}

std::variant<RoutedRequest, Reply> find_route(const RequestHead& head, std::string_view base_path) {
  if (head.path == "*") return options_reply(Method::kGet);
  if (!base_path.empty() && head.path == base_path) return redirect_to_base(base_path);
  auto request = decode(head, base_path);
  if (!request) return problem(request.error());

  RoutedRequest routed{std::move(*request), nullptr, {}};
  MethodSet allowed;
  bool known = false;
  const auto consider = [&](const Route& route, std::vector<std::string> captures) {
    known = true;
    allowed = allowed | route.methods;
    if (!route.methods.has(head.method) || routed.route != nullptr) return;
    routed.route = &route;
    routed.captures = std::move(captures);
  };
  for (const Route& route : kRoutes) {
    if (auto captures = match(route.pattern, routed.request.segments)) consider(route, std::move(*captures));
  }
  if (!known && has_asset(routed.request.segments)) consider(kAssetRoute, {});
  if (!known) return problem(404, "nothing is served at this path");
  if (head.method == Method::kOptions) return options_reply(allowed);
  if (routed.route == nullptr) return not_allowed(head.method, allowed);

  auto parameters = decode_parameters(head.query);
  if (!parameters) return problem(parameters.error());
  routed.request.parameters = std::move(*parameters);
  return routed;
}

}  // namespace tailwater
