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

/// All of the line but its time.
std::string text_of(std::string_view event, const Caller* caller, std::string_view address,
                    const std::vector<AuditLog::Field>& fields) {
  std::string text = "\"event\":";
  append_json(event, text);
  if (caller != nullptr) {
    append_field("who", caller->name, text);
    append_field("kind", to_text(caller->kind), text);
  }
  if (!address.empty()) append_field("address", address, text);
  for (const AuditLog::Field& field : fields) append_field(field.name, field.text, text);
  return text;
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

bool AuditLog::is_new_stretch(const std::string& what) {
  const SteadyTime now = clock_.steady_now();
  const auto known = stretches_.find(what);
  if (known != stretches_.end() && now - known->second < kStretch) return false;
  if (known == stretches_.end() && stretches_.size() >= kMaxStretches) {
    std::erase_if(stretches_, [now](const auto& each) { return now - each.second >= kStretch; });
    if (stretches_.size() >= kMaxStretches) stretches_.clear();
  }
  stretches_[what] = now;
  return true;
}

void AuditLog::write(const std::string& what) {
  if (!may_write()) {
    ++left_out_;
    return;
  }
  std::string line = fmt::format("{{\"time\":\"{}\",{}", to_rfc3339(clock_.wall_now()), what);
  if (left_out_ > 0) line += fmt::format(",\"left_out_before\":{}", std::exchange(left_out_, 0));
  sink_(line + "}");
}

void AuditLog::record(std::string_view event, const Caller* caller, std::string_view address,
                      const std::vector<Field>& fields) {
  if (!sink_) return;
  const std::string what = text_of(event, caller, address, fields);
  const std::lock_guard lock(mutex_);
  write(what);
}

void AuditLog::record_stretch(std::string_view event, const Caller* caller, std::string_view address,
                              const std::vector<Field>& fields) {
  if (!sink_) return;
  const std::string what = text_of(event, caller, address, fields);
  const std::lock_guard lock(mutex_);
  if (is_new_stretch(what)) write(what);
}

}  // namespace tailwater
