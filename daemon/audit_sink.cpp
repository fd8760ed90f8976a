#include "audit_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tailwater {

std::string audit_place(const Configuration& configuration) {
  if (!configuration.auth.audit_log.empty()) return configuration.auth.audit_log;
  return configuration.asks_who() ? "log" : "none";
}

Result<std::unique_ptr<AuditSink>> AuditSink::open(std::string place) {
  std::unique_ptr<AuditSink> sink;
  if (place == "none") return sink;
  sink.reset(new AuditSink(std::move(place)));
  if (auto opened = sink->open_file(); !opened) return fail(opened.error());
  return sink;
}

Result<void> AuditSink::open_file() {
  if (place_ == "log") return {};
  UniqueFd fd(::open(place_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600));
  if (!fd) return fail(errno_error("auth.audit_log: open", place_, errno));
  fd_ = std::move(fd);
  return {};
}

void AuditSink::write(std::string_view line) {
  if (place_ == "log") {
    spdlog::info("audit {}", line);
    return;
  }
  const std::string whole = fmt::format("{}\n", line);
  // One write, so that lines of two processes never mix. A full disk loses lines, and says so.
  if (::write(fd_.get(), whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
    spdlog::error("{}", errno_error("auth.audit_log: write", place_, errno).message);
  }
}

void AuditSink::reopen() {
  if (auto opened = open_file(); !opened) spdlog::error("{}", opened.error().message);
}

}  // namespace tailwater
