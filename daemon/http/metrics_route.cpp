#include "http/metrics_route.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tailwater {
namespace {

constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";
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
  if (!backend.metrics) return problem(404, "this server has no metrics");
  const bool open = prefers_openmetrics(request.field("accept"));
  Reply reply;
  reply.content_type = open ? kOpenMetricsType : kPrometheusType;
  reply.body = backend.metrics(open);
  reply.headers.emplace_back("Vary", "Accept");
  return reply;
}

}  // namespace tailwater
