// RunCall: what somebody who runs a job says about it himself: that it begins, how it ended, what it is called. It
// comes with what he pushes, and wins over whatever the output says. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runs/run.h"

namespace tailwater {

struct RunCall {
  static constexpr std::size_t kMaxLabels = 32;
  static constexpr std::size_t kMaxText = 256;  ///< bytes of a name, a signal, a label's key or value

  std::optional<RunState> state;
  std::optional<int> exit_code;
  std::string signal;  ///< empty: none
  std::string name;    ///< empty: as the file's path says, as the next two
  std::optional<std::uint64_t> attempt;
  std::vector<std::pair<std::string, std::string>> labels;
  std::optional<WallTime> time;  ///< when it began or ended, where that was not just now

  [[nodiscard]] bool says_something() const {
    return state || exit_code || !signal.empty() || !name.empty() || attempt || !labels.empty();
  }
  /// What the state is after it, if it says: that, or what the exit status and the signal mean.
  [[nodiscard]] std::optional<RunState> meant_state() const;
  /// Takes over what `later` says. A run that begins again has no result yet.
  void merge(const RunCall& later);
  friend bool operator==(const RunCall&, const RunCall&) = default;
};

/// Puts `labels` over those that are there; sorted by key.
void merge_labels(std::vector<std::pair<std::string, std::string>>& into,
                  const std::vector<std::pair<std::string, std::string>>& labels);

}  // namespace tailwater
