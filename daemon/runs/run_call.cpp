#include "runs/run_call.h"

#include <algorithm>

namespace tailwater {

std::optional<RunState> RunCall::meant_state() const {
  if (state) return state;
  if (!signal.empty()) return signal == "SIGTERM" || signal == "SIGINT" ? RunState::kCanceled : RunState::kErrored;
  if (exit_code) return *exit_code == 0 ? RunState::kPassed : RunState::kFailed;
  return std::nullopt;
}

void RunCall::merge(const RunCall& later) {
  if (const auto meant = later.meant_state()) {
    state = meant;
    exit_code = later.exit_code;
    signal = later.signal;
  }
  if (!later.name.empty()) name = later.name;
  if (later.attempt) attempt = later.attempt;
  merge_labels(labels, later.labels);
}

void merge_labels(std::vector<std::pair<std::string, std::string>>& into,
                  const std::vector<std::pair<std::string, std::string>>& labels) {
  for (const auto& [key, value] : labels) {
    const auto at =
        std::lower_bound(into.begin(), into.end(), key, [](const auto& one, const auto& k) { return one.first < k; });
    if (at != into.end() && at->first == key) {
      at->second = value;
    } else if (into.size() < RunCall::kMaxLabels) {
      into.emplace(at, key, value);
    }
  }
}

}  // namespace tailwater
