#include "run_setup.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace tailwater {

std::vector<RunStream> run_streams(const Configuration& configuration, const Spools& spools) {
  std::vector<RunStream> streams;
  for (const RunsConfig& runs : configuration.runs) {
    const auto stream = std::find_if(configuration.streams.begin(), configuration.streams.end(),
                                     [&](const StreamConfig& each) { return each.name == runs.stream; });
    if (stream == configuration.streams.end()) continue;
    RunStream made;
    made.name = runs.stream;
    std::shared_ptr<const CapturePattern> match;
    if (!runs.match.empty()) match = CapturePattern::make(runs.match).value_or(nullptr);
    made.naming = RunNaming(stream->paths, spools.folder_of(*stream), std::move(match));
    made.rules = OwnRules::make(runs.rules).value_or(nullptr);
    made.idle = runs.idle;
    made.keep = {runs.keep_age, runs.keep_runs, runs.keep_bytes};
    streams.push_back(std::move(made));
  }
  return streams;
}

namespace {

/// One pattern more at a time: the first that does not fit is the one to name.
void check_rules(const RunsConfig& runs, Errors& errors) {
  if (OwnRules::make(runs.rules)) return;
  for (std::size_t count = 1; count <= runs.rules.size(); ++count) {
    const auto made = OwnRules::make(std::span(runs.rules).first(count));
    if (made) continue;
    errors.push_back(
        {made.error().code, fmt::format("{}: runs.rules: {}", runs.rule_places[count - 1], made.error().message)});
    return;
  }
}

}  // namespace

Errors check_runs(const Configuration& configuration) {
  Errors errors;
  for (const RunsConfig& runs : configuration.runs) {
    check_rules(runs, errors);
    if (runs.match.empty()) continue;
    const auto made = CapturePattern::make(runs.match);
    if (made) continue;
    errors.push_back({made.error().code, fmt::format("{}: runs.match: {}", runs.match_place, made.error().message)});
  }
  return errors;
}

}  // namespace tailwater
