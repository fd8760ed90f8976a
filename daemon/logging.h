// The daemon's own log: spdlog to stderr, as text or as one JSON object a line. Set up once, before threads start.
// Messages hold paths and other untrusted bytes: control bytes never reach the terminal or break a line.
#pragma once

#include <memory>
#include <string>

#include <spdlog/formatter.h>

#include "base/result.h"

namespace tailwater {

/// `level`: trace, debug, info, warn, error, critical or off; `format`: text or json (both checked by config/).
[[nodiscard]] Result<void> set_up_logging(const std::string& level, const std::string& format);
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(bool json);

}  // namespace tailwater
