// The routes of runs: GET /api/runs and /api/runs/{run}, badges, and runs in the words of other programs. They ask the
// board alone, in memory. A run of a stream that the caller may not read does not exist for him.
#pragma once

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome list_runs(const Request& request, std::span<const std::string> captures, const Backend& backend);
/// `captures` name a stream and a file of it; the file may be followed by /junit.xml.
[[nodiscard]] Outcome tell_run(const Request& request, std::span<const std::string> captures, const Backend& backend);
/// STREAM/FILE.svg or .json
[[nodiscard]] Outcome draw_badge(const Request& request, std::span<const std::string> captures, const Backend& backend);
/// STREAM.svg or .json: the latest run that the parameters select
[[nodiscard]] Outcome draw_latest_badge(const Request& request, std::span<const std::string> captures,
                                        const Backend& backend);
[[nodiscard]] Outcome tell_build_monitors(const Request& request, std::span<const std::string> captures,
                                          const Backend& backend);

/// The parameters with `run=STREAM/FILE` replaced by the stream and the file that it stands for.
struct RunParameters {
  std::vector<Parameter> parameters;
  std::string run;  ///< its name; empty if none was given
};
/// The run that `stream=` and `file=` name, if they name one alone and without wildcards; else empty.
[[nodiscard]] std::string run_named_by(std::span<const Parameter> parameters, const Query& query,
                                       const Backend& backend);
[[nodiscard]] tl::expected<RunParameters, Reply> replace_run(const Request& request, const Backend& backend);

}  // namespace tailwater
