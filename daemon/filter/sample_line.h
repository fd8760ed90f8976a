// The records of the sample spool, as the sampler writes them: which of them a client that wants one every so often
// gets, and which metrics of them. Pure; a line that is not of that form is no sample. Views are into the line.
//   {"time":"2026-01-02T03:04:05.678Z","elapsed_ms":1000,"samples":{"system.cpu.time":{"mode=user":12.5},...}}
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace tailwater {

/// The stream of the spool: no name that a configuration could give.
inline constexpr std::string_view kSampleStream = "~metrics";

struct SampleLine {
  std::string_view head;  ///< {"time":"...","elapsed_ms":N
  WallTime time{};
  Milliseconds elapsed{};    ///< since the sample before; 0: there was none
  std::string_view metrics;  ///< what is inside the braces of samples
};
[[nodiscard]] std::optional<SampleLine> read_sample_line(std::string_view line);

/// Takes the next metric off `metrics`: its name, and the whole member. False at the end, or where it is damaged.
[[nodiscard]] bool take_metric(std::string_view& metrics, std::string_view& name, std::string_view& member);

/// Of samples that come in any rhythm, is it the first in its span of `every`? It needs nothing but the sample itself,
/// so that replay and live agree.
[[nodiscard]] bool is_due(const SampleLine& sample, Milliseconds every);

}  // namespace tailwater
