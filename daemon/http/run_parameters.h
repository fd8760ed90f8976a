// What parameters say about runs: which of them are wanted and in which order, what somebody says of his own, and the
// `run` that stands for a stream and a file. Whether there are such runs is not said here. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/glob.h"
#include "filter/query.h"
#include "runs/run_board.h"
#include "runs/run_call.h"

namespace tailwater {

/// Which runs; what is empty holds for all.
struct RunFilter {
  std::vector<std::string> streams;
  std::vector<RunState> states;
  std::vector<Glob> names;
  /// All of them; without a value any will do.
  std::vector<std::pair<std::string, std::optional<std::string>>> labels;
  bool latest = false;  ///< of each name in each stream

  /// But for its state, and for `latest`.
  [[nodiscard]] bool takes(const Run& run) const;
  [[nodiscard]] bool takes_state(RunState state) const;
};
inline constexpr std::string_view kRunFilterParameters[] = {"stream", "state", "name", "label", "latest"};
[[nodiscard]] ParameterResult<RunFilter> run_filter(std::span<const Parameter> parameters);

enum class RunOrder : std::uint8_t { kCreated, kStarted, kEnded, kUpdated, kDuration, kState, kName, kRun };

/// Where a run stands in an order; unique.
struct RunOrderKey {
  std::string text;
  std::int64_t number = 0;
  std::string run;
  friend auto operator<=>(const RunOrderKey&, const RunOrderKey&) = default;
};
[[nodiscard]] RunOrderKey order_key(const PublishedRun& run, RunOrder order);

struct RunPage {
  RunFilter filter;
  RunOrder order = RunOrder::kCreated;
  bool descending = true;
  std::size_t limit = 100;
  std::optional<RunOrderKey> after;
  bool whole = false;
};
[[nodiscard]] ParameterResult<RunPage> run_page(std::span<const Parameter> parameters);
/// As `after` takes it.
[[nodiscard]] std::string cursor_of(const RunOrderKey& key);

/// What a caller says of a run of his; any other parameter is an error.
[[nodiscard]] ParameterResult<RunCall> run_call(std::span<const Parameter> parameters);

}  // namespace tailwater
