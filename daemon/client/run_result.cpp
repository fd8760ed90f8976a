#include "client/run_result.h"

#include <csignal>

#include <fmt/format.h>

#include "client/record_view.h"
#include "client/run_end.h"

namespace tailwater {
namespace {

constexpr int kSignalBase = 128;

/// 0 if it is none of ours.
int signal_number(std::string_view name) {
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    if (signal_name(signal) == name) return signal;
  }
  return 0;
}

}  // namespace

RunResult run_result(std::string_view data) {
  const JsonObject run(data);
  const std::string_view state = run.text("state");
  const bool good = state == "passed" || state == "skipped";
  const long long exit_code = run.number("exit_code", -1);
  const std::string_view signal = run.text("signal");
  RunResult result;
  result.over = !state.empty() && state != "running" && state != "pending";
  result.text = fmt::format("{} {}", run.text("run"), state);
  result.exit_status = good ? 0 : 1;
  if (!signal.empty()) {
    result.text += fmt::format(" ({})", signal);
    if (const int number = signal_number(signal); number != 0) result.exit_status = kSignalBase + number;
  } else if (exit_code > 0) {
    result.text += fmt::format(" (exit code {})", exit_code);
    if (exit_code < 256) result.exit_status = static_cast<int>(exit_code);
  }
  return result;
}

}  // namespace tailwater
