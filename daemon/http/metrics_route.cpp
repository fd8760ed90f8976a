#include "http/metrics_route.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"
#include "filter/sample_line.h"

namespace tailwater {
namespace {

constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::size_t kMaxNames = 64;
constexpr std::string_view kOpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes what stands before `separator` off `text`.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trim(part);
}

struct Wish {
  std::string_view type;
  std::string_view version;
  double quality = 1;
};

Wish wish_of(std::string_view range) {
  Wish wish;
  wish.type = take(range, ';');
  while (!range.empty()) {
    std::string_view parameter = take(range, ';');
    const std::string_view name = take(parameter, '=');
    const std::string_view value = trim(parameter);
    if (equals_ignoring_case(name, "version")) wish.version = value;
    if (!equals_ignoring_case(name, "q")) continue;
    if (std::from_chars(value.data(), value.data() + value.size(), wish.quality).ec != std::errc{}) wish.quality = 0;
  }
  return wish;
}

using HistoryResult = ParameterResult<MetricHistoryRequest>;

tl::unexpected<ParameterError> wrong(const Parameter& parameter, std::string_view what) {
  return tl::unexpected<ParameterError>(
      ParameterError{parameter.name, fmt::format("{}={}: must be {}", parameter.name, parameter.value, what)});
}

/// A time of the day, or so long ago.
std::optional<WallTime> time_of(std::string_view text, WallTime now) {
  if (const auto ago = parse_duration(text)) return now - *ago;
  std::string with_plus(text);  // a `+` that was not escaped has become a space
  if (const std::size_t space = with_plus.rfind(' '); space != std::string::npos && space > 10) with_plus[space] = '+';
  if (const auto time = parse_rfc3339(with_plus)) return *time;
  return std::nullopt;
}

/// "a.*,b" as globs; empty ones are passed over.
bool add_globs(std::string_view list, std::vector<Glob>& names) {
  while (!list.empty()) {
    const std::string_view name = take(list, ',');
    if (name.empty()) continue;
    auto glob = Glob::parse(name);
    if (!glob || names.size() >= kMaxNames) return false;
    names.push_back(std::move(*glob));
  }
  return true;
}

HistoryResult history_request(const std::vector<Parameter>& parameters, WallTime now) {
  MetricHistoryRequest request;
  request.from = now - std::chrono::minutes(10);
  request.to = now;
  for (const Parameter& parameter : parameters) {
    if (parameter.name == "since" || parameter.name == "until") {
      const auto time = time_of(parameter.value, now);
      if (!time) return wrong(parameter, "a time such as 10m (ago) or 2026-01-02T03:04:05Z");
      (parameter.name == "since" ? request.from : request.to) = *time;
    } else if (parameter.name == "step") {
      const auto step = parse_duration(parameter.value);
      if (!step || step->count() == 0) return wrong(parameter, "a time such as 1s or 1m");
      request.step = *step;
    } else if (parameter.name == "names") {
      if (!add_globs(parameter.value, request.names)) return wrong(parameter, "at most 64 globs, with commas between");
    } else {
      return tl::unexpected<ParameterError>(
          ParameterError{parameter.name, "unknown here; there are since, until, step and names"});
    }
  }
  if (request.from > request.to) {
    return tl::unexpected<ParameterError>(ParameterError{"since", "since lies behind until"});
  }
  return request;
}

}  // namespace

bool prefers_openmetrics(std::string_view accept) {
  double open = 0;
  double plain = 0;
  while (!accept.empty()) {
    const Wish wish = wish_of(take(accept, ','));
    const bool ours = wish.version.empty() || wish.version == "1.0.0";
    if (equals_ignoring_case(wish.type, "application/openmetrics-text") && ours) open = std::max(open, wish.quality);
    if (equals_ignoring_case(wish.type, "text/plain")) plain = std::max(plain, wish.quality);
  }
  return open > 0 && open >= plain;
}

Outcome answer_metrics(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  if (!backend.metrics || !request.caller->may_read(kSampleStream)) return problem(404, "this server has no metrics");
  const bool open = prefers_openmetrics(request.field("accept"));
  Reply reply;
  reply.content_type = open ? kOpenMetricsType : kPrometheusType;
  reply.body = backend.metrics(open, request.caller->readable);
  reply.headers.emplace_back("Vary", "Accept");
  return reply;
}

Outcome answer_metric_history(const Request& request, std::span<const std::string> /*captures*/,
                              const Backend& backend) {
  if (!backend.metric_history || !request.caller->may_read(kSampleStream))
    return problem(404, "this server has no metrics");
  auto wanted = history_request(request.parameters, backend.clock->wall_now());
  if (!wanted) return problem(wanted.error());
  wanted->readable = request.caller->readable;
  auto answer = backend.metric_history(*wanted);
  if (!answer) return problem(answer.error().code == ErrorCode::kInvalid ? 400 : 503, answer.error().message);
  return json_reply(std::move(*answer));
}

}  // namespace tailwater
