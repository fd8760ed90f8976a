// Reading parameters that a person typed: single values, choices, numbers, and what to say when they are wrong.
// For filter/ and the routes that take more. Pure. Every message shows what was given (shortened, made harmless) and
// says what is allowed.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filter/query.h"

namespace tailwater {

[[nodiscard]] tl::unexpected<ParameterError> parameter_error(std::string_view parameter, std::string message);

/// The values of a repeatable parameter, in the order given. They live as long as `parameters`.
[[nodiscard]] std::vector<std::string_view> values_of(std::span<const Parameter> parameters, std::string_view name);
/// The value of a parameter that may be given once; nullopt if it is not there, an error if it is there twice.
[[nodiscard]] ParameterResult<std::optional<std::string_view>> single_value(std::span<const Parameter> parameters,
                                                                            std::string_view name);

template <typename T>
struct Choice {
  std::string_view text;
  T value;
};

/// "must be json, text or raw", for the error of a value that is none of them.
[[nodiscard]] tl::unexpected<ParameterError> not_a_choice(std::string_view parameter, std::string_view given,
                                                          std::span<const std::string_view> allowed);

/// The choice that `name` was given, or `otherwise` if it was not given.
template <typename T>
[[nodiscard]] ParameterResult<T> choice_of(std::span<const Parameter> parameters, std::string_view name,
                                           std::span<const Choice<T>> choices, T otherwise) {
  const auto given = single_value(parameters, name);
  if (!given) return tl::unexpected(given.error());
  if (!*given) return otherwise;
  std::vector<std::string_view> allowed;
  for (const Choice<T>& choice : choices) {
    if (**given == choice.text) return choice.value;
    allowed.push_back(choice.text);
  }
  return not_a_choice(name, **given, allowed);
}

/// 0 or 1.
[[nodiscard]] ParameterResult<bool> flag_of(std::span<const Parameter> parameters, std::string_view name,
                                            bool otherwise);

/// A whole number from `least` to `most`.
[[nodiscard]] ParameterResult<std::uint32_t> number_of(std::span<const Parameter> parameters, std::string_view name,
                                                       std::uint32_t least, std::uint32_t most,
                                                       std::uint32_t otherwise);
/// A time as people write one: so long ago (`10m`), or RFC 3339. nullopt if it was not given.
[[nodiscard]] ParameterResult<std::optional<WallTime>> time_of(std::span<const Parameter> parameters,
                                                               std::string_view name, WallTime now);

/// An error for the first parameter whose name is not among `known`, with the nearest known name if one is near.
[[nodiscard]] std::optional<ParameterError> unknown_parameter(std::span<const Parameter> parameters,
                                                              std::span<const std::string_view> known);

}  // namespace tailwater
