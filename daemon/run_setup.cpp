#include "run_setup.h"

#include <algorithm>
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
    made.idle = runs.idle;
    made.keep = {runs.keep_age, runs.keep_runs, runs.keep_bytes};
    streams.push_back(std::move(made));
  }
  return streams;
}

Errors check_runs(const Configuration& configuration) {
  Errors errors;
  for (const RunsConfig& runs : configuration.runs) {
    if (runs.match.empty()) continue;
    const auto made = CapturePattern::make(runs.match);
    if (made) continue;
    errors.push_back({made.error().code, fmt::format("{}: runs.match: {}", runs.match_place, made.error().message)});
  }
  return errors;
}

}  // namespace tailwater
