#include "runs/run.h"

#include <array>
#include <utility>

namespace tailwater {
namespace {

constexpr std::array kStates{
    std::pair{RunState::kPending, std::string_view{"pending"}},
    std::pair{RunState::kRunning, std::string_view{"running"}},
    std::pair{RunState::kPassed, std::string_view{"passed"}},
    std::pair{RunState::kFailed, std::string_view{"failed"}},
    std::pair{RunState::kErrored, std::string_view{"errored"}},
    std::pair{RunState::kCanceled, std::string_view{"canceled"}},
    std::pair{RunState::kSkipped, std::string_view{"skipped"}},
    std::pair{RunState::kLost, std::string_view{"lost"}},
};

int badness(RunState state) {
  switch (state) {
    case RunState::kPending:
    case RunState::kSkipped: return 0;
    case RunState::kPassed: return 1;
    case RunState::kRunning: return 2;
    case RunState::kLost: return 3;
    case RunState::kCanceled: return 4;
    case RunState::kFailed: return 5;
    case RunState::kErrored: return 6;
  }
  return 0;
}

}  // namespace

std::string_view to_text(RunState state) {
  return kStates[static_cast<std::size_t>(state)].second;
}

std::optional<RunState> parse_run_state(std::string_view text) {
  for (const auto& [state, name] : kStates) {
    if (name == text) return state;
  }
  return std::nullopt;
}

RunState worse_of(RunState left, RunState right) {
  return badness(left) < badness(right) ? right : left;
}

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::kNotice: return "notice";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

std::string path_of(const RunIdentity& identity) {
  return identity.stream + '/' + identity.file;
}

}  // namespace tailwater
