#include "client/client_exit.h"

#include <cstdio>

#include <fmt/format.h>

#include "client/record_view.h"
#include "client/terminal_text.h"

namespace tailwater {

ClientExit exit_of_status(long status) {
  switch (status) {
    case 400: return ClientExit::kBadUsage;
    case 401:
    case 403: return ClientExit::kDenied;
    case 404: return ClientExit::kNotFound;
    default: return ClientExit::kFailed;
  }
}

bool may_pass(long status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

std::string problem_text(long status, std::string_view body) {
  const JsonObject problem(body);
  const std::string_view detail = problem.text("detail").empty() ? problem.text("title") : problem.text("detail");
  if (detail.empty()) return fmt::format("the server answers {}", status);
  return std::string(detail);
}

void tell(std::string_view text) {
  std::string line = "tailwater: ";
  append_terminal_text(line, text, Colors::kStripped);
  line += '\n';
  std::fputs(line.c_str(), stderr);
}

}  // namespace tailwater
