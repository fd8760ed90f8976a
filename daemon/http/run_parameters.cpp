#include "http/run_parameters.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/time_text.h"
#include "filter/parameters.h"
#include "filter/quoted.h"
#include "runs/run_json.h"

namespace tailwater {
namespace {

constexpr std::size_t kMostNames = 64;

bool is_label_key(std::string_view key) {
  return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/';
  });
}

/// A text that a run may be called by.
bool is_plain_text(std::string_view text) {
  return !text.empty() && text.size() <= RunCall::kMaxText && valid_utf8_prefix(text) == text.size() &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

ParameterResult<RunState> state_of(std::string_view parameter, std::string_view text) {
  if (const auto state = parse_run_state(text)) return *state;
  return parameter_error(parameter, fmt::format("{}={}: must be pending, running, passed, failed, errored, canceled, "
                                                "skipped or lost",
                                                parameter, quoted(text)));
}

ParameterResult<std::vector<RunState>> states_of(std::span<const Parameter> parameters) {
  std::vector<RunState> states;
  for (std::string_view list : values_of(parameters, "state")) {
    for (;;) {
      const std::size_t comma = list.find(',');
      const auto state = state_of("state", list.substr(0, comma));
      if (!state) return tl::unexpected(state.error());
      states.push_back(*state);
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return states;
}

ParameterResult<std::pair<std::string, std::string>> label_of(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view key = text.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  if (equals != std::string_view::npos && is_label_key(key) && (value.empty() || is_plain_text(value))) {
    return std::pair(std::string(key), std::string(value));
  }
  return parameter_error("label",
                         fmt::format("label={}: must be KEY=VALUE, the key 1 to 64 of A-Z a-z 0-9 . _ - /, the "
                                     "value at most {} bytes of text",
                                     quoted(text), RunCall::kMaxText));
}

/// A text that is given once; nullopt if it is not.
ParameterResult<std::optional<std::string>> text_of(std::span<const Parameter> parameters, std::string_view name) {
  const auto given = single_value(parameters, name);
  if (!given) return tl::unexpected(given.error());
  if (!*given) return std::optional<std::string>();
  if (is_plain_text(**given)) return std::optional<std::string>(**given);
  return parameter_error(name, fmt::format("{}={}: must be 1 to {} bytes of text without control characters", name,
                                           quoted(**given), RunCall::kMaxText));
}

template <typename Number>
ParameterResult<std::optional<Number>> whole_number(std::span<const Parameter> parameters, std::string_view name) {
  const auto given = single_value(parameters, name);
  if (!given) return tl::unexpected(given.error());
  if (!*given) return std::optional<Number>();
  if (const auto number = parse_number<Number>(**given)) return std::optional<Number>(*number);
  return parameter_error(name, fmt::format("{}={}: must be a whole number", name, quoted(**given)));
}

/// "12:3:abcci/build-17": a number, the length of a text, the text, the run.
std::optional<RunOrderKey> read_cursor(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == text.npos ? text.npos : text.find(':', first + 1);
  if (second == text.npos) return std::nullopt;
  const auto number = parse_number<std::int64_t>(text.substr(0, first));
  const auto length = parse_number<std::size_t>(text.substr(first + 1, second - first - 1));
  text.remove_prefix(second + 1);
  if (!number || !length || *length >= text.size()) return std::nullopt;
  return RunOrderKey{std::string(text.substr(0, *length)), *number, std::string(text.substr(*length))};
}

constexpr Choice<RunOrder> kOrders[] = {
    {"created", RunOrder::kCreated}, {"started", RunOrder::kStarted},   {"ended", RunOrder::kEnded},
    {"updated", RunOrder::kUpdated}, {"duration", RunOrder::kDuration}, {"state", RunOrder::kState},
    {"name", RunOrder::kName},       {"run", RunOrder::kRun},
};

std::optional<ParameterError> read_order(std::span<const Parameter> parameters, RunPage& page) {
  const auto given = single_value(parameters, "sort");
  if (!given) return given.error();
  if (!*given) return std::nullopt;
  std::string_view text = **given;
  page.descending = !text.empty() && text.front() == '-';
  if (page.descending) text.remove_prefix(1);
  for (const auto& [name, order] : kOrders) {
    if (name != text) continue;
    page.order = order;
    return std::nullopt;
  }
  return ParameterError{"sort",
                        fmt::format("sort={}: must be created, started, ended, updated, duration, state, name or "
                                    "run, with a - before it for the last ones first",
                                    quoted(**given))};
}

std::int64_t count_of(std::optional<WallTime> time) {
  return time ? time->time_since_epoch().count() : 0;
}

}  // namespace

bool RunFilter::takes(const Run& run) const {
  const RunIdentity& identity = run.identity;
  if (!streams.empty() && std::find(streams.begin(), streams.end(), identity.stream) == streams.end()) return false;
  const bool named = names.empty() || std::any_of(names.begin(), names.end(),
                                                  [&](const Glob& glob) { return glob.matches(identity.name); });
  return named && std::all_of(labels.begin(), labels.end(), [&](const auto& wanted) {
           return std::any_of(identity.labels.begin(), identity.labels.end(), [&](const auto& label) {
             return label.first == wanted.first && (!wanted.second || label.second == *wanted.second);
           });
         });
}

bool RunFilter::takes_state(RunState state) const {
  return states.empty() || std::find(states.begin(), states.end(), state) != states.end();
}

ParameterResult<RunFilter> run_filter(std::span<const Parameter> parameters) {
  RunFilter filter;
  for (const std::string_view stream : values_of(parameters, "stream")) filter.streams.emplace_back(stream);
  auto states = states_of(parameters);
  if (!states) return tl::unexpected(states.error());
  filter.states = std::move(*states);
  const auto names = values_of(parameters, "name");
  if (names.size() > kMostNames) return parameter_error("name", "at most 64 names");
  for (const std::string_view name : names) {
    auto glob = Glob::parse(name);
    if (!glob) return parameter_error("name", fmt::format("name={}: {}", quoted(name), glob.error().message));
    filter.names.push_back(std::move(*glob));
  }
  for (const std::string_view text : values_of(parameters, "label")) {
    if (is_label_key(text)) {
      filter.labels.emplace_back(std::string(text), std::nullopt);
      continue;
    }
    auto label = label_of(text);
    if (!label) return tl::unexpected(label.error());
    filter.labels.emplace_back(std::move(label->first), std::move(label->second));
  }
  const auto latest = flag_of(parameters, "latest", /*otherwise=*/false);
  if (!latest) return tl::unexpected(latest.error());
  filter.latest = *latest;
  return filter;
}

RunOrderKey order_key(const PublishedRun& published, RunOrder order) {
  const Run& run = published.run();
  RunOrderKey key;
  key.run = published.name();
  switch (order) {
    case RunOrder::kCreated: key.number = count_of(run.created); break;
    case RunOrder::kStarted: key.number = count_of(run.started); break;
    case RunOrder::kEnded: key.number = count_of(run.ended); break;
    case RunOrder::kUpdated: key.number = count_of(run.updated); break;
    case RunOrder::kDuration: key.number = duration_of(run).value_or(Milliseconds(0)).count(); break;
    case RunOrder::kState: key.number = static_cast<std::int64_t>(run.state); break;
    case RunOrder::kName:
      key.text = run.identity.name;
      key.number = static_cast<std::int64_t>(run.identity.attempt.value_or(0));
      break;
    case RunOrder::kRun: break;
  }
  return key;
}

ParameterResult<RunPage> run_page(std::span<const Parameter> parameters) {
  std::vector<std::string_view> known(std::begin(kRunFilterParameters), std::end(kRunFilterParameters));
  known.insert(known.end(), {"sort", "limit", "after", "detail"});
  if (auto problem = unknown_parameter(parameters, known)) return tl::unexpected(std::move(*problem));
  RunPage page;
  auto filter = run_filter(parameters);
  if (!filter) return tl::unexpected(filter.error());
  page.filter = std::move(*filter);
  if (auto problem = read_order(parameters, page)) return tl::unexpected(std::move(*problem));
  const auto limit = number_of(parameters, "limit", 1, 1000, 100);
  if (!limit) return tl::unexpected(limit.error());
  page.limit = *limit;
  const auto after = single_value(parameters, "after");
  if (!after) return tl::unexpected(after.error());
  if (*after) {
    page.after = read_cursor(**after);
    if (!page.after) return parameter_error("after", "after must be the `next` of another page");
  }
  static constexpr Choice<bool> kDetails[] = {{"summary", false}, {"whole", true}};
  const auto whole = choice_of<bool>(parameters, "detail", kDetails, /*otherwise=*/false);
  if (!whole) return tl::unexpected(whole.error());
  page.whole = *whole;
  return page;
}

std::string cursor_of(const RunOrderKey& key) {
  return fmt::format("{}:{}:{}{}", key.number, key.text.size(), key.text, key.run);
}

ParameterResult<RunCall> run_call(std::span<const Parameter> parameters) {
  constexpr std::string_view kKnown[] = {"state", "exit_code", "signal", "name", "attempt", "label", "time"};
  if (auto problem = unknown_parameter(parameters, kKnown)) return tl::unexpected(std::move(*problem));
  RunCall call;
  const auto state = single_value(parameters, "state");
  if (!state) return tl::unexpected(state.error());
  if (*state) {
    const auto known = state_of("state", **state);
    if (!known) return tl::unexpected(known.error());
    if (*known == RunState::kLost) return parameter_error("state", "state=lost: who says so is not lost");
    call.state = *known;
  }
  const auto exit_code = whole_number<int>(parameters, "exit_code");
  if (!exit_code) return tl::unexpected(exit_code.error());
  call.exit_code = *exit_code;
  const auto attempt = whole_number<std::uint64_t>(parameters, "attempt");
  if (!attempt) return tl::unexpected(attempt.error());
  call.attempt = *attempt;
  for (const auto& [name, field] : {std::pair("signal", &call.signal), std::pair("name", &call.name)}) {
    auto text = text_of(parameters, name);
    if (!text) return tl::unexpected(text.error());
    if (*text) *field = std::move(**text);
  }
  const auto time = single_value(parameters, "time");
  if (!time) return tl::unexpected(time.error());
  if (*time) {
    const auto parsed = parse_rfc3339(**time);
    if (!parsed) return parameter_error("time", fmt::format("time={}: {}", quoted(**time), parsed.error().message));
    call.time = *parsed;
  }
  std::vector<std::pair<std::string, std::string>> labels;
  for (const std::string_view text : values_of(parameters, "label")) {
    auto label = label_of(text);
    if (!label) return tl::unexpected(label.error());
    labels.push_back(std::move(*label));
  }
  if (labels.size() > RunCall::kMaxLabels) {
    return parameter_error("label", fmt::format("at most {} labels", RunCall::kMaxLabels));
  }
  merge_labels(call.labels, labels);
  return call;
}

}  // namespace tailwater
