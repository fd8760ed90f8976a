#include "http/history_routes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "filter/parameters.h"
#include "filter/quoted.h"
#include "http/event_routes.h"

namespace tailwater {
namespace {

constexpr int kRetryAfterSeconds = 5;
constexpr std::uint32_t kSearchRetryMs = 2000;

/// The filters of a request, or what is wrong with them. `others`: what else the route takes.
tl::expected<std::shared_ptr<const Selection>, Reply> selection_of(const Request& request, const Backend& backend,
                                                                   std::span<const std::string_view> others) {
  // These choose how events look; here it is always JSON, and always log lines.
  for (const std::string_view name : {"types", "names", "every", "format", "batch"}) {
    const bool taken = std::find(others.begin(), others.end(), name) != others.end();
    if (taken || values_of(request.parameters, name).empty()) continue;
    return tl::unexpected(problem(400, fmt::format("{} is for /api/events and not for history", name), name));
  }
  auto query = Query::parse(request.parameters, others);
  if (!query) return tl::unexpected(problem(query.error()));
  for (const std::string& stream : (*query)->streams()) {
    if (is_known_stream(stream, request, backend)) continue;
    return tl::unexpected(no_such_stream(stream, request, backend, "stream"));
  }
  return std::make_shared<const Selection>(std::move(*query), /*sse=*/true, request.caller->readable);
}

ParameterResult<Position> id_of(std::string_view name, std::string_view text) {
  const auto id = parse_event_id(text);
  if (id) return id->position;
  return parameter_error(name, fmt::format("{}={}: {}", name, quoted(text), id.error().message));
}

ParameterResult<double> fraction_of(std::string_view text) {
  double fraction = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fraction);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && std::isfinite(fraction) && fraction >= 0 && fraction <= 1) return fraction;
  return parameter_error("at", fmt::format("at={}: must be a number from 0 to 1, such as 0.62", quoted(text)));
}

using Place = PageRequest::Place;

ParameterResult<void> read_place(std::string_view name, std::string_view text, const Request& request, WallTime now,
                                 PageRequest& page) {
  if (name == "at") {
    const auto fraction = fraction_of(text);
    if (!fraction) return tl::unexpected(fraction.error());
    page.place = Place::kAt;
    page.fraction = *fraction;
    return {};
  }
  if (name == "time") {
    const auto time = time_of(request.parameters, "time", now);
    if (!time) return tl::unexpected(time.error());
    page.place = Place::kTime;
    page.time = **time;
    return {};
  }
  const auto id = id_of(name, text);
  if (!id) return tl::unexpected(id.error());
  page.place = name == "before" ? Place::kBefore : name == "after" ? Place::kAfter : Place::kAround;
  page.id = *id;
  return {};
}

/// Fills what says where the page is; the name of the parameter that said so, empty if none did.
ParameterResult<std::string> read_page(const Request& request, WallTime now, PageRequest& page) {
  const auto limit = number_of(request.parameters, "limit", 1, PageRequest::kMaxLimit, PageRequest::kDefaultLimit);
  if (!limit) return tl::unexpected(limit.error());
  page.limit = *limit;
  std::string chosen;
  for (const std::string_view name : {"before", "after", "around", "at", "time"}) {
    const auto value = single_value(request.parameters, name);
    if (!value) return tl::unexpected(value.error());
    if (!*value) continue;
    if (!chosen.empty()) {
      return parameter_error(name, fmt::format("{} and {} both say where the page is: give one of them", chosen, name));
    }
    chosen = name;
    if (auto fine = read_place(name, **value, request, now, page); !fine) return tl::unexpected(fine.error());
  }
  return chosen;
}

/// since= and until=, and that one lies before the other.
ParameterResult<TimeWindow> window_of(const Request& request, WallTime now) {
  TimeWindow window;
  const auto since = time_of(request.parameters, "since", now);
  if (!since) return tl::unexpected(since.error());
  const auto until = time_of(request.parameters, "until", now);
  if (!until) return tl::unexpected(until.error());
  window.since = *since;
  window.until = *until;
  if (window.since && window.until && *window.since > *window.until) {
    return parameter_error("since", "since lies behind until");
  }
  return window;
}

/// Where a search begins: the ID with which it came back, or before= of one that goes backwards, after= of the other.
ParameterResult<std::optional<EventId>> begin_of(const Request& request, ScanOrder order) {
  const std::string_view name = order == ScanOrder::kNewestFirst ? "before" : "after";
  const std::string_view other = order == ScanOrder::kNewestFirst ? "after" : "before";
  if (!values_of(request.parameters, other).empty()) {
    return parameter_error(other, fmt::format("{} is for the other order; this one takes {}", other, name));
  }
  const auto given = single_value(request.parameters, name);
  if (!given) return tl::unexpected(given.error());
  std::optional<EventId> from;
  if (*given) {
    const auto id = id_of(name, **given);
    if (!id) return tl::unexpected(id.error());
    from = EventId{*id, false};
  }
  std::string_view resumed = request.field("last-event-id");
  for (const std::string_view alias : {"last_event_id", "lastEventId"}) {
    const auto values = values_of(request.parameters, alias);
    if (resumed.empty() && !values.empty()) resumed = values.front();
  }
  // As an event stream: an ID that makes no sense is not an error but a beginning.
  if (const auto id = parse_event_id(resumed)) from = *id;
  return from;
}

/// Bounded by who asks; nobody in particular where nobody is asked who he is.
std::string searcher(const Request& request) {
  const Caller& caller = *request.caller;
  return caller.kind == CallerKind::kLocal ? std::string() : fmt::format("{}:{}", to_text(caller.kind), caller.name);
}

Outcome start_events(std::shared_ptr<BodyTask> task, bool head) {
  if (!task && !head) {
    return come_back_later(
        "too many searches are under way; limits.searches and limits.searches_per_caller say how many", kSearchRetryMs);
  }
  TaskStart start;
  start.task = std::move(task);
  start.content_type = kEventStreamType;
  return start;
}

Reply gone_for_good() {
  Reply reply;
  reply.status = 204;
  return reply;
}

}  // namespace

Outcome search_history(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  constexpr std::string_view kOthers[] = {"order",  "limit", "context",       "since",      "until",
                                          "before", "after", "last_event_id", "lastEventId"};
  auto selection = selection_of(request, backend, kOthers);
  if (!selection) return std::move(selection.error());
  SearchRequest search;
  search.scan.selection = std::move(*selection);
  static constexpr Choice<ScanOrder> kOrders[] = {{"newest", ScanOrder::kNewestFirst},
                                                  {"oldest", ScanOrder::kOldestFirst}};
  const auto order = choice_of<ScanOrder>(request.parameters, "order", kOrders, ScanOrder::kNewestFirst);
  if (!order) return problem(order.error());
  search.order = *order;
  const auto limit = number_of(request.parameters, "limit", 1, SearchRequest::kMaxLimit, SearchRequest::kDefaultLimit);
  if (!limit) return problem(limit.error());
  search.limit = *limit;
  const auto context = number_of(request.parameters, "context", 0, SearchRequest::kMaxContext, 0);
  if (!context) return problem(context.error());
  search.context = *context;
  const auto window = window_of(request, backend.clock->wall_now());
  if (!window) return problem(window.error());
  search.scan.window = *window;
  const auto from = begin_of(request, search.order);
  if (!from) return problem(from.error());
  if (*from && (*from)->ended) return gone_for_good();
  if (*from) search.scan.from = (*from)->position;
  return start_events(request.is_head() ? nullptr : backend.search(search, searcher(request)), request.is_head());
}

Outcome count_history(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  constexpr std::string_view kOthers[] = {"since", "until", "buckets", "last_event_id", "lastEventId"};
  auto selection = selection_of(request, backend, kOthers);
  if (!selection) return std::move(selection.error());
  HistogramRequest histogram;
  histogram.scan.selection = std::move(*selection);
  histogram.now = backend.clock->wall_now();
  const auto window = window_of(request, histogram.now);
  if (!window) return problem(window.error());
  histogram.scan.window = *window;
  const auto buckets =
      number_of(request.parameters, "buckets", 1, HistogramRequest::kMaxBuckets, HistogramRequest::kDefaultBuckets);
  if (!buckets) return problem(buckets.error());
  histogram.buckets = *buckets;
  const auto resumed = parse_event_id(request.field("last-event-id"));
  if (resumed && resumed->ended) return gone_for_good();
  return start_events(request.is_head() ? nullptr : backend.histogram(histogram, searcher(request)), request.is_head());
}

Outcome answer_records(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  constexpr std::string_view kOthers[] = {"limit", "before", "after", "around", "at", "time"};
  auto selection = selection_of(request, backend, kOthers);
  if (!selection) return std::move(selection.error());
  PageRequest page;
  page.selection = std::move(*selection);
  auto parameter = read_page(request, backend.clock->wall_now(), page);
  if (!parameter) return problem(parameter.error());
  TaskStart start;
  start.task = backend.page(std::move(page));
  start.whole = true;
  start.parameter = std::move(*parameter);
  return start;
}

Reply body_reply(const TaskStart& start, Result<std::string> body) {
  if (body) {
    Reply reply;
    reply.status = start.status;
    reply.content_type = start.content_type;
    reply.headers = start.headers;
    reply.body = std::move(*body);
    return reply;
  }
  const Error& error = body.error();
  switch (error.code) {
    case ErrorCode::kNotFound: return problem(404, error.message, start.parameter);
    case ErrorCode::kGone: return problem(410, error.message, start.parameter);
    case ErrorCode::kInvalid: return problem(400, error.message, start.parameter);
    case ErrorCode::kUnavailable: return busy(error.message, kRetryAfterSeconds);
    case ErrorCode::kDenied:
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal: break;
  }
  return problem(500, error.message);
}

}  // namespace tailwater
