#include "http/history_parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "filter/parameters.h"
#include "filter/quoted.h"

namespace tailwater {
namespace {

/// These choose how events look; here it is always JSON, and always log lines.
constexpr std::string_view kOfEvents[] = {"types", "names", "every", "detail", "format", "batch"};

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

ParameterResult<void> read_place(std::string_view name, std::string_view text, std::span<const Parameter> parameters,
                                 WallTime now, PageRequest& page) {
  if (name == "at") {
    const auto fraction = fraction_of(text);
    if (!fraction) return tl::unexpected(fraction.error());
    page.place = Place::kAt;
    page.fraction = *fraction;
    return {};
  }
  if (name == "time") {
    const auto time = time_of(parameters, "time", now);
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
ParameterResult<std::string> read_page(std::span<const Parameter> parameters, WallTime now, PageRequest& page) {
  const auto limit = number_of(parameters, "limit", 1, PageRequest::kMaxLimit, PageRequest::kDefaultLimit);
  if (!limit) return tl::unexpected(limit.error());
  page.limit = *limit;
  std::string chosen;
  for (const std::string_view name : {"before", "after", "around", "at", "time"}) {
    const auto value = single_value(parameters, name);
    if (!value) return tl::unexpected(value.error());
    if (!*value) continue;
    if (!chosen.empty()) {
      return parameter_error(name, fmt::format("{} and {} both say where the page is: give one of them", chosen, name));
    }
    chosen = name;
    if (auto fine = read_place(name, **value, parameters, now, page); !fine) return tl::unexpected(fine.error());
  }
  return chosen;
}

/// The ID with which the client of an event stream comes back: one that makes no sense is not an error but a beginning.
ParameterResult<std::optional<EventId>> resumed_id(std::span<const Parameter> parameters, std::string_view header) {
  std::string_view resumed = header;
  for (const std::string_view alias : {"last_event_id", "lastEventId"}) {
    const auto value = single_value(parameters, alias);
    if (!value) return tl::unexpected(value.error());
    if (resumed.empty()) resumed = value->value_or(std::string_view());
  }
  const auto id = parse_event_id(resumed);
  return id ? std::optional(*id) : std::nullopt;
}

/// before= of a search that goes backwards, after= of the other.
ParameterResult<std::optional<Position>> read_begin(std::span<const Parameter> parameters, ScanOrder order) {
  const std::string_view name = order == ScanOrder::kNewestFirst ? "before" : "after";
  const std::string_view other = order == ScanOrder::kNewestFirst ? "after" : "before";
  if (!values_of(parameters, other).empty()) {
    return parameter_error(other, fmt::format("{} is for the other order; this one takes {}", other, name));
  }
  const auto given = single_value(parameters, name);
  if (!given) return tl::unexpected(given.error());
  if (!*given) return std::optional<Position>();
  const auto id = id_of(name, **given);
  if (!id) return tl::unexpected(id.error());
  return std::optional(*id);
}

/// Without the query's own parameters.
ParameterResult<SearchRequest> read_search(std::span<const Parameter> parameters, WallTime now) {
  SearchRequest search;
  static constexpr Choice<ScanOrder> kOrders[] = {{"newest", ScanOrder::kNewestFirst},
                                                  {"oldest", ScanOrder::kOldestFirst}};
  const auto order = choice_of<ScanOrder>(parameters, "order", kOrders, ScanOrder::kNewestFirst);
  if (!order) return tl::unexpected(order.error());
  search.order = *order;
  const auto limit = number_of(parameters, "limit", 1, SearchRequest::kMaxLimit, SearchRequest::kDefaultLimit);
  if (!limit) return tl::unexpected(limit.error());
  search.limit = *limit;
  const auto context = number_of(parameters, "context", 0, SearchRequest::kMaxContext, 0);
  if (!context) return tl::unexpected(context.error());
  search.context = *context;
  const auto window = time_window(parameters, now);
  if (!window) return tl::unexpected(window.error());
  search.scan.window = *window;
  const auto from = read_begin(parameters, search.order);
  if (!from) return tl::unexpected(from.error());
  search.scan.from = *from;
  return search;
}

}  // namespace

/// since= and until=, and that one lies before the other.
ParameterResult<TimeWindow> time_window(std::span<const Parameter> parameters, WallTime now) {
  TimeWindow window;
  const auto since = time_of(parameters, "since", now);
  if (!since) return tl::unexpected(since.error());
  const auto until = time_of(parameters, "until", now);
  if (!until) return tl::unexpected(until.error());
  window.since = *since;
  window.until = *until;
  if (window.since && window.until && *window.since > *window.until) {
    return parameter_error("since", "since lies behind until");
  }
  return window;
}

ParameterResult<std::shared_ptr<const Query>> history_query(std::span<const Parameter> parameters,
                                                            std::span<const std::string_view> others) {
  for (const std::string_view name : kOfEvents) {
    const bool taken = std::find(others.begin(), others.end(), name) != others.end();
    if (taken || values_of(parameters, name).empty()) continue;
    return parameter_error(name, fmt::format("{} is for /api/events and not for history", name));
  }
  return Query::parse(parameters, others);
}

ParameterResult<AskedPage> asked_page(std::span<const Parameter> parameters, WallTime now) {
  constexpr std::string_view kOthers[] = {"limit", "before", "after", "around", "at", "time"};
  AskedPage asked;
  auto query = history_query(parameters, kOthers);
  if (!query) return tl::unexpected(query.error());
  asked.query = std::move(*query);
  auto place = read_page(parameters, now, asked.request);
  if (!place) return tl::unexpected(place.error());
  asked.place = std::move(*place);
  return asked;
}

ParameterResult<AskedSearch> asked_search(std::span<const Parameter> parameters, std::string_view last_event_id,
                                          WallTime now) {
  constexpr std::string_view kOthers[] = {"order",  "limit", "context",       "since",      "until",
                                          "before", "after", "last_event_id", "lastEventId"};
  AskedSearch asked;
  auto query = history_query(parameters, kOthers);
  if (!query) return tl::unexpected(query.error());
  asked.query = std::move(*query);
  auto search = read_search(parameters, now);
  if (!search) return tl::unexpected(search.error());
  asked.request = std::move(*search);
  const auto resumed = resumed_id(parameters, last_event_id);
  if (!resumed) return tl::unexpected(resumed.error());
  if (*resumed) asked.request.scan.from = (*resumed)->position;
  asked.had_its_end = *resumed && (*resumed)->ended;
  return asked;
}

ParameterResult<AskedHistogram> asked_histogram(std::span<const Parameter> parameters, std::string_view last_event_id,
                                                WallTime now) {
  constexpr std::string_view kOthers[] = {"since", "until", "buckets", "last_event_id", "lastEventId"};
  AskedHistogram asked;
  auto query = history_query(parameters, kOthers);
  if (!query) return tl::unexpected(query.error());
  asked.query = std::move(*query);
  asked.request.now = now;
  const auto window = time_window(parameters, now);
  if (!window) return tl::unexpected(window.error());
  asked.request.scan.window = *window;
  const auto buckets =
      number_of(parameters, "buckets", 1, HistogramRequest::kMaxBuckets, HistogramRequest::kDefaultBuckets);
  if (!buckets) return tl::unexpected(buckets.error());
  asked.request.buckets = *buckets;
  const auto resumed = resumed_id(parameters, last_event_id);
  if (!resumed) return tl::unexpected(resumed.error());
  asked.had_its_end = *resumed && (*resumed)->ended;
  return asked;
}

}  // namespace tailwater
