#include "sdjournal/entry_line.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/time_text.h"
#include "sdjournal/entry_filter.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxCoreBytes = 256;  // of one of the short fields, escaped
constexpr std::size_t kMaxAdded = 100;      // a record has at most 128 fields
constexpr std::size_t kTimeBegin = 9;       // {"time":"
constexpr std::size_t kTimeBytes = 27;      // 2026-01-02T03:04:05.678901Z
constexpr std::string_view kTimeKey = R"({"time":")";

/// Whose values stand in every line under names of their own.
constexpr std::array<std::string_view, 7> kInEveryLine{"MESSAGE",   "MESSAGE_ID", "PRIORITY",  "SYSLOG_IDENTIFIER",
                                                       "_HOSTNAME", "_PID",       "_TRANSPORT"};

/// Our levels for those of syslog(3); "notice" is info, and `priority` tells the difference.
constexpr std::array<std::string_view, 8> kLevels{"critical", "critical", "critical", "error",
                                                  "warn",     "info",     "info",     "debug"};

/// Appends as much of `text` as fits into `room` bytes, escaped; false if that is not all.
bool append_bounded(std::string& out, std::string_view text, std::size_t room) {
  constexpr std::size_t kLongestEscape = 6;
  const std::size_t end = out.size() + room;
  while (!text.empty()) {
    const std::size_t fits = (end - std::min(end, out.size())) / kLongestEscape;
    if (fits < 4) return false;
    std::string_view part = text.substr(0, fits);
    if (part.size() < text.size()) {  // not inside of a character
      for (std::size_t cut = 1; cut <= 3 && cut < part.size(); ++cut) {
        const auto byte = static_cast<unsigned char>(part[part.size() - cut]);
        if (byte < 0x80) break;
        if (byte < 0xC0) continue;
        const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
        if (length > cut) part.remove_suffix(cut);
        break;
      }
    }
    append_json_text(out, part);
    text.remove_prefix(part.size());
  }
  return true;
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(",\"").append(name).append("\":\"");
  append_bounded(out, value, kMaxCoreBytes);
  out.push_back('"');
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 15 && (text.front() != '0' || text.size() == 1) &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void append_time(std::string& out, EntryTime time) {
  char text[24];
  const auto milliseconds = std::chrono::floor<Milliseconds>(time);
  write_rfc3339(WallTime(milliseconds), text);
  out.append(text, 23);
  const auto rest = static_cast<unsigned>((time - milliseconds).count());
  for (unsigned digit : {rest / 100, rest / 10 % 10, rest % 10}) out.push_back(static_cast<char>('0' + digit));
  out.push_back('Z');
}

}  // namespace

EntryLine::EntryLine(LineShape shape)
    : wanted_(std::move(shape.fields)),
      max_bytes_(std::max<std::size_t>(kMinLineBytes, static_cast<std::size_t>(shape.max_bytes))) {
  all_ = std::find(wanted_.begin(), wanted_.end(), "all") != wanted_.end();
}

void EntryLine::begin(EntryTime time) {
  time_ = time;
  fields_.clear();
  added_count_ = 0;
  truncated_ = false;
}

bool EntryLine::is_wanted(std::string_view name) const {
  if (std::find(wanted_.begin(), wanted_.end(), name) != wanted_.end()) return true;
  return all_ && std::find(kInEveryLine.begin(), kInEveryLine.end(), name) == kInEveryLine.end();
}

void EntryLine::add(std::string_view name, std::string_view value) {
  fields_.take(name, value);
  if (wanted_.empty() || !is_wanted(name) || !EntryFilter::is_field_name(name)) return;
  if (added_count_ == kMaxAdded) {
    truncated_ = true;
    return;
  }
  if (added_count_ == added_.size()) added_.emplace_back();
  Added& added = added_[added_count_++];
  added.name = name;
  added.value.clear();
  if (!append_bounded(added.value, value, kMaxFieldBytes)) truncated_ = true;
}

void EntryLine::append_core(std::string& out) const {
  const EntryFields& fields = fields_;
  out.append(kTimeKey);
  append_time(out, time_);
  out.push_back('"');
  if (const int priority = fields.priority_number(); priority >= 0) {
    fmt::format_to(std::back_inserter(out), R"(,"level":"{}","priority":{})",
                   kLevels[static_cast<std::size_t>(priority)], priority);
  }
  append_member(out, "unit", fields.unit());
  append_member(out, "user_unit", fields.user_unit);
  append_member(out, "identifier", fields.identifier.empty() ? fields.command : fields.identifier);
  const std::string& pid = fields.pid.empty() ? fields.stated_pid : fields.pid;
  if (is_number(pid)) out.append(",\"pid\":").append(pid);
  append_member(out, "hostname", fields.hostname);
  append_member(out, "transport", fields.transport);
  append_member(out, "message_id", fields.message_id);
}

/// A field that is there several times is an array.
void EntryLine::append_added(std::string& out, std::size_t room) {
  const std::size_t end = out.size() + room;
  for (std::size_t i = 0; i < added_count_; ++i) {
    Added& first = added_[i];
    if (first.name.empty()) continue;  // stands in an array before
    const std::size_t before = out.size();
    out.append(",\"").append(first.name).append("\":");
    const std::size_t value = out.size();
    out.append("\"").append(first.value).append("\"");
    bool several = false;
    for (std::size_t k = i + 1; k < added_count_; ++k) {
      if (added_[k].name != first.name) continue;
      out.append(",\"").append(added_[k].value).append("\"");
      added_[k].name.clear();
      several = true;
    }
    if (several) out.insert(value, "[").push_back(']');
    if (out.size() <= end) continue;
    out.resize(before);
    truncated_ = true;
  }
}

void EntryLine::append_to(std::string& out) {
  constexpr std::string_view kTruncated = R"(,"truncated":true)";
  constexpr std::size_t kEnd = kTruncated.size() + 3;
  const std::size_t begin = out.size();
  append_core(out);
  out.append(R"(,"message":")");
  // Added fields have at most half of the line to themselves if the message is long.
  std::size_t added = 0;
  for (std::size_t i = 0; i < added_count_; ++i) added += added_[i].name.size() + added_[i].value.size() + 8;
  const std::size_t used = out.size() - begin + kEnd;
  const std::size_t room = max_bytes_ > used ? max_bytes_ - used : 0;
  if (!append_bounded(out, fields_.message, room - std::min(added, room / 2))) truncated_ = true;
  out.push_back('"');
  const std::size_t with_message = out.size() - begin + kEnd;
  append_added(out, max_bytes_ > with_message ? max_bytes_ - with_message : 0);
  if (truncated_) out.append(kTruncated);
  out.append("}\n");
}

EntryTime EntryLine::time_of(std::string_view line) {
  if (!line.starts_with(kTimeKey) || line.size() < kTimeBegin + kTimeBytes) return EntryTime{};
  const std::string_view text = line.substr(kTimeBegin, kTimeBytes);
  const auto time = parse_rfc3339(text);
  const auto microseconds = parse_number<unsigned>(text.substr(23, 3));
  if (!time || !microseconds) return EntryTime{};
  return std::chrono::floor<Milliseconds>(time->time_since_epoch()) + EntryTime(*microseconds);
}

}  // namespace tailwater
