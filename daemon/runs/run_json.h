// A run as JSON, as `run` events and /api/runs tell it. Pure. Texts are escaped, places in its file are event IDs.
#pragma once

#include <cstdint>
#include <string>

#include "runs/run_board.h"

namespace tailwater {

enum class RunDetail : std::uint8_t {
  kSummary,  ///< without the lists of stages, failed tests and annotations
  kWhole,
};
void append_run(std::string& out, const PublishedRun& published, RunDetail detail);

/// How long it took, or has taken when it was last heard of.
[[nodiscard]] std::optional<Milliseconds> duration_of(const Run& run);

}  // namespace tailwater
