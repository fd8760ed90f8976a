#include "logging.h"

#include <string_view>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/bytes.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

/// `json`: as inside a JSON string; else only what would harm a terminal or a line-wise reader is escaped.
void append_escaped(std::string_view text, bool json, spdlog::memory_buf_t& out) {
  const std::string valid = to_valid_utf8(text);
  for (const char c : valid) {
    const auto byte = static_cast<unsigned char>(c);
    if (json && (c == '"' || c == '\\')) {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
}

class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(bool json) : json_(json) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string time = to_rfc3339(std::chrono::time_point_cast<Milliseconds>(message.time));
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string_view payload(message.payload.data(), message.payload.size());
    const std::string_view level_text(level.data(), level.size());
    if (json_) {
      fmt::format_to(std::back_inserter(out), R"({{"time":"{}","level":"{}","message":")", time, level_text);
      append_escaped(payload, /*json=*/true, out);
      out.append(std::string_view("\"}\n"));
    } else {
      fmt::format_to(std::back_inserter(out), "{} {} ", time, level_text);
      append_escaped(payload, /*json=*/false, out);
      out.push_back('\n');
    }
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(json_);
  }

 private:
  bool json_;
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_log_formatter(bool json) {
  return std::make_unique<LineFormatter>(json);
}

Result<void> set_up_logging(const std::string& level, const std::string& format) {
  const spdlog::level::level_enum parsed = spdlog::level::from_str(level == "warn" ? "warning" : level);
  if (parsed == spdlog::level::off && level != "off") {
    return fail(ErrorCode::kInvalid,
                fmt::format("log level '{}' is none of trace, debug, info, warn, error, critical, off", level));
  }
  auto logger = std::make_shared<spdlog::logger>("tailwater", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(make_log_formatter(format == "json"));
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

}  // namespace tailwater
