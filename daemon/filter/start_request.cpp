// Where a client starts: see StartRequest in query.h.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "filter/ascii.h"
#include "filter/parameters.h"
#include "filter/query.h"
#include "filter/quoted.h"

namespace tailwater {
namespace {

using Problem = std::optional<ParameterError>;

/// Could it be an event ID? `key.generation.offset`; whether there is such a place only the journal can tell.
bool looks_like_event_id(std::string_view text) {
  constexpr std::size_t kMaxLength = 64;
  const std::size_t first = text.find('.');
  const std::size_t second = text.find('.', first == text.npos ? first : first + 1);
  if (text.size() > kMaxLength || second == text.npos) return false;
  const std::string_view key = text.substr(0, first);
  const std::string_view generation = text.substr(first + 1, second - first - 1);
  const std::string_view offset = text.substr(second + 1);
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  const auto in_key = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); };
  return !key.empty() && std::all_of(key.begin(), key.end(), in_key) && all_digits(generation) && all_digits(offset);
}

Problem read_tail(std::string_view value, StartRequest& request) {
  const auto count = parse_number<std::uint32_t>(value);
  if (!count || !is_digit(value.front()) || *count > StartRequest::kMaxTail) {
    return ParameterError{
        "tail", fmt::format("tail={}: must be a whole number from 0 to {}", quoted(value), StartRequest::kMaxTail)};
  }
  request.kind = StartRequest::Kind::kTail;
  request.tail = *count;
  return std::nullopt;
}

Problem read_from(std::string_view value, StartRequest& request) {
  if (value == "start") {
    request.kind = StartRequest::Kind::kStart;
  } else if (value == "end") {
    request.kind = StartRequest::Kind::kEnd;
  } else if (looks_like_event_id(value)) {
    request.kind = StartRequest::Kind::kId;
    request.from_id = value;
  } else {
    return ParameterError{
        "from", fmt::format("from={}: must be start, end or an event ID such as k3x9.0.48213", quoted(value))};
  }
  return std::nullopt;
}

/// At most one of the three that say where to start.
Problem read_place(std::span<const Parameter> parameters, WallTime now, StartRequest& request) {
  std::string_view chosen;
  for (const std::string_view name : {"tail", "from", "since"}) {
    const auto value = single_value(parameters, name);
    if (!value) return value.error();
    if (!*value) continue;
    if (!chosen.empty()) {
      return ParameterError{std::string(name),
                            fmt::format("{} and {} both say where to start: give one of them", chosen, name)};
    }
    chosen = name;
    if (name == "since") {
      const auto time = time_of(parameters, name, now);
      if (!time) return time.error();
      request.kind = StartRequest::Kind::kSince;
      request.since = *time;
      continue;
    }
    if (auto problem = name == "tail" ? read_tail(**value, request) : read_from(**value, request)) return problem;
  }
  return std::nullopt;
}

}  // namespace

ParameterResult<StartRequest> start_request(std::span<const Parameter> parameters,
                                            std::string_view header_last_event_id, WallTime now) {
  StartRequest request;
  if (auto problem = read_place(parameters, now, request)) return tl::unexpected(std::move(*problem));
  const auto follow = flag_of(parameters, "follow", /*otherwise=*/true);
  if (!follow) return tl::unexpected(follow.error());
  request.follow = *follow;

  const auto until = time_of(parameters, "until", now);
  if (!until) return tl::unexpected(until.error());
  request.until = *until;
  if (request.until && request.follow) {
    return parameter_error("until", "until is for what lies in the past: give it together with follow=0");
  }
  if (request.until && request.since && *request.since > *request.until) {
    return parameter_error("since", "since lies behind until");
  }

  static constexpr Choice<bool> kLagChoices[] = {{"replay", false}, {"skip", true}};
  const auto lag = choice_of<bool>(parameters, "lag", kLagChoices, /*otherwise=*/false);
  if (!lag) return tl::unexpected(lag.error());
  request.skip_lag = *lag;

  // EventSource libraries add lastEventId by themselves on a reconnect, to a URL that may hold an older one of ours.
  request.last_event_id = header_last_event_id;
  for (const std::string_view name : {"lastEventId", "last_event_id"}) {
    const auto id = single_value(parameters, name);
    if (!id) return tl::unexpected(id.error());
    if (*id && request.last_event_id.empty()) request.last_event_id = **id;
  }
  return request;
}

}  // namespace tailwater
