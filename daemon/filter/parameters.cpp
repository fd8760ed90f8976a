#include "filter/parameters.h"

#include <numeric>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/time_text.h"
#include "filter/ascii.h"
#include "filter/quoted.h"

namespace tailwater {
namespace {

/// How many characters must be added, removed, replaced or swapped with their neighbour to get from one to the other
/// (optimal string alignment). Both are short: the caller sees to it.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before(to.size() + 1);
  std::vector<std::size_t> above(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0U : 1U);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[to.size()];
}

/// The known name that was probably meant, or empty.
std::string_view nearest(std::string_view given, std::span<const std::string_view> known) {
  constexpr std::size_t kLongest = 32;
  if (given.size() > kLongest) return {};
  std::string lower(given);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (const std::string_view name : known) {
    const std::size_t distance = std::min(edit_distance(given, name), edit_distance(lower, name));
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace

tl::unexpected<ParameterError> parameter_error(std::string_view parameter, std::string message) {
  return tl::unexpected(ParameterError{std::string(parameter), std::move(message)});
}

std::vector<std::string_view> values_of(std::span<const Parameter> parameters, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) values.emplace_back(parameter.value);
  }
  return values;
}

ParameterResult<std::optional<std::string_view>> single_value(std::span<const Parameter> parameters,
                                                              std::string_view name) {
  std::optional<std::string_view> value;
  for (const Parameter& parameter : parameters) {
    if (parameter.name != name) continue;
    if (value) {
      return parameter_error(name, fmt::format("{} was given more than once ({} and {}): give it once", name,
                                               quoted(*value), quoted(parameter.value)));
    }
    value = parameter.value;
  }
  return value;
}

tl::unexpected<ParameterError> not_a_choice(std::string_view parameter, std::string_view given,
                                            std::span<const std::string_view> allowed) {
  std::string list;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    if (i > 0) list += i + 1 == allowed.size() ? " or " : ", ";
    list += allowed[i];
  }
  return parameter_error(parameter, fmt::format("{}={}: must be {}", parameter, quoted(given), list));
}

ParameterResult<bool> flag_of(std::span<const Parameter> parameters, std::string_view name, bool otherwise) {
  static constexpr Choice<bool> kFlags[] = {{"0", false}, {"1", true}};
  return choice_of<bool>(parameters, name, kFlags, otherwise);
}

ParameterResult<std::uint32_t> number_of(std::span<const Parameter> parameters, std::string_view name,
                                         std::uint32_t least, std::uint32_t most, std::uint32_t otherwise) {
  const auto given = single_value(parameters, name);
  if (!given) return tl::unexpected(given.error());
  if (!*given) return otherwise;
  const auto number = parse_number<std::uint32_t>(**given);
  if (!number || !is_digit((*given)->front()) || *number < least || *number > most) {
    return parameter_error(
        name, fmt::format("{}={}: must be a whole number from {} to {}", name, quoted(**given), least, most));
  }
  return *number;
}

ParameterResult<std::optional<WallTime>> time_of(std::span<const Parameter> parameters, std::string_view name,
                                                 WallTime now) {
  const auto given = single_value(parameters, name);
  if (!given) return tl::unexpected(given.error());
  if (!*given) return std::optional<WallTime>();
  if (const auto ago = parse_duration(**given)) {
    // Nothing we know of arrived before 1970; this also keeps the subtraction from overflowing.
    return std::optional(*ago > now.time_since_epoch() ? WallTime{} : now - *ago);
  }
  // A `+` that was not escaped in the URL has become a space: 2026-11-20T09:00:00 01:00.
  std::string text(**given);
  if (text.size() > 16 && text[text.size() - 6] == ' ' && text[text.size() - 3] == ':') text[text.size() - 6] = '+';
  const auto time = parse_rfc3339(text);
  if (!time) {
    return parameter_error(name, fmt::format("{}={}: must be a duration such as 10m or 1h30m, or a time such as "
                                             "2026-01-02T15:04:05Z",
                                             name, quoted(**given)));
  }
  return std::optional(*time);
}

std::optional<ParameterError> unknown_parameter(std::span<const Parameter> parameters,
                                                std::span<const std::string_view> known) {
  for (const Parameter& parameter : parameters) {
    if (std::find(known.begin(), known.end(), parameter.name) != known.end()) continue;
    const std::string_view meant = nearest(parameter.name, known);
    std::string message = fmt::format("unknown parameter {}", quoted(parameter.name));
    if (!meant.empty()) message += fmt::format(": did you mean {}?", meant);
    return ParameterError{parameter.name, std::move(message)};
  }
  return std::nullopt;
}

}  // namespace tailwater
