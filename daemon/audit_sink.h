// AuditSink: where audit lines go: a file that is appended to, or the daemon's own messages. Main thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "config/configuration.h"

namespace tailwater {

/// auth.audit_log with its default: a path, "log" or "none".
[[nodiscard]] std::string audit_place(const Configuration& configuration);

class AuditSink {
 public:
  /// Null for "none"; an error names the file.
  [[nodiscard]] static Result<std::unique_ptr<AuditSink>> open(std::string place);

  void write(std::string_view line);
  /// The file anew: it may have been renamed by whoever rotates it. The old one stays if there is no new one.
  void reopen();

 private:
  explicit AuditSink(std::string place) : place_(std::move(place)) {}
  [[nodiscard]] Result<void> open_file();

  std::string place_;
  UniqueFd fd_;
};

}  // namespace tailwater
