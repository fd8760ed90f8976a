#include "access/audit_log.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

void append_json(std::string_view text, std::string& out) {
  const std::string valid = to_valid_utf8(text.substr(0, AuditLog::kMaxText));
  out += '"';
  for (const char c : valid) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_field(std::string_view name, std::string_view text, std::string& out) {
  out += fmt::format(",\"{}\":", name);
  append_json(text, out);
}

}  // namespace

bool AuditLog::may_write() {
  const SteadyTime now = clock_.steady_now();
  const std::chrono::duration<double> passed = std::max(now - filled_, SteadyTime::duration(0));
  level_ = std::min(kBurst, level_ + passed.count() * kPerSecond);
  filled_ = now;
  if (level_ < 1) return false;
  level_ -= 1;
  return true;
}

void AuditLog::record(std::string_view event, const Caller* caller, std::string_view address,
                      const std::vector<Field>& fields) {
  if (!sink_) return;
  std::string line = fmt::format("{{\"time\":\"{}\",\"event\":", to_rfc3339(clock_.wall_now()));
  append_json(event, line);
  if (caller != nullptr) {
    append_field("who", caller->name, line);
    append_field("kind", to_text(caller->kind), line);
  }
  if (!address.empty()) append_field("address", address, line);
  for (const Field& field : fields) append_field(field.name, field.text, line);
  const std::lock_guard lock(mutex_);
  if (!may_write()) {
    ++left_out_;
    return;
  }
  if (left_out_ > 0) line += fmt::format(",\"left_out_before\":{}", std::exchange(left_out_, 0));
  sink_(line + "}");
}

}  // namespace tailwater
