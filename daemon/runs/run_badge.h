// A run in two words: a picture for readmes and wall screens, and the same for those who draw it themselves. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runs/run_board.h"

namespace tailwater {

struct RunBadge {
  std::string label;
  std::string message;  ///< "passed", "running 42%"
  std::string color;    ///< "#rrggbb"
  bool bad = false;
};

/// Of no run where `run` is null.
[[nodiscard]] RunBadge badge_of(const PublishedRun* run, std::string_view label);
[[nodiscard]] std::string to_svg(const RunBadge& badge);
/// As https://shields.io/badges/endpoint-badge wants it.
[[nodiscard]] std::string to_endpoint_json(const RunBadge& badge);

}  // namespace tailwater
