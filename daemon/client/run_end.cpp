#include "client/run_end.h"

#include <csignal>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "base/time_text.h"
#include "client/endpoint.h"
#include "client/run_signals.h"

namespace tailwater {
namespace {

constexpr int kSignalBase = 128;

std::string_view state_of(const RunEnd& end) {
  if (end.unstarted) return "errored";
  if (exit_status(end) == 0) return "passed";
  return end.stopped || asks_to_end(end.signal) ? "canceled" : "failed";
}

}  // namespace

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("SIG{}", signal);
}

int exit_status(const RunEnd& end) {
  return end.signal != 0 ? kSignalBase + end.signal : end.exit_code;
}

std::string end_query(const RunEnd& end, WallTime now) {
  std::string query = fmt::format("state={}", state_of(end));
  query += end.signal != 0 ? fmt::format("&signal={}", signal_name(end.signal))
                           : fmt::format("&exit_code={}", end.exit_code);
  return query + fmt::format("&time={}", percent_encoded(to_rfc3339(now)));
}

}  // namespace tailwater
