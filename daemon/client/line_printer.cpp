#include "client/line_printer.h"

#include "client/terminal_text.h"

namespace tailwater {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kFaint = "\x1b[2m";

/// SGR of a level; info and what has none look like any text.
std::string_view color_of(std::string_view level) {
  if (level == "critical") return "\x1b[1;31m";
  if (level == "error") return "\x1b[31m";
  if (level == "warn") return "\x1b[33m";
  if (level == "debug" || level == "trace") return kFaint;
  return {};
}

void append_prefix(std::string& out, const RecordView& record, const LineStyle& style) {
  if (!style.time && style.names == LineStyle::Names::kNone) return;
  if (style.colors) out.append(kFaint);
  if (style.time) append_terminal_text(out, record.arrived, Colors::kStripped);
  if (style.names != LineStyle::Names::kNone) {
    if (style.time) out.push_back(' ');
    append_terminal_text(out, record.stream, Colors::kStripped);
    if (style.names == LineStyle::Names::kStreamAndFile) {
      out.push_back('/');
      append_terminal_text(out, record.file.substr(record.file.rfind('/') + 1), Colors::kStripped);
    }
  }
  if (style.colors) out.append(kReset);
  out.append(" ");
}

}  // namespace

void append_line(std::string& out, const RecordView& record, const LineStyle& style) {
  append_prefix(out, record, style);
  if (!style.colors) {
    append_terminal_text(out, record.line, Colors::kStripped);
    out.push_back('\n');
    return;
  }
  const std::string_view color = color_of(record.level);
  out.append(color);
  const bool own_colors = append_terminal_text(out, record.line, Colors::kKept);
  if (!color.empty() && !own_colors) out.append(kReset);
  out.push_back('\n');
}

void append_json_line(std::string& out, std::string_view id, std::string_view data) {
  // An ID is of [a-z0-9.] alone, and the data is an object: nothing here needs escaping.
  out.append("{\"id\":\"").append(id).append("\",");
  out.append(data.substr(1)).push_back('\n');
}

}  // namespace tailwater
