#include "stream/sse_frame.h"

#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"

namespace tailwater {
namespace {

void append_id(std::string& out, const Position& id) {
  out.append("id: ");
  append_text(id, out);
  out.push_back('\n');
}

void append_string_or_null(std::string& out, const std::optional<std::string>& text) {
  if (text) {
    append_json_string(out, *text);
  } else {
    out.append("null");
  }
}

}  // namespace

void append_hello(std::string& out, const HelloFrame& hello) {
  fmt::format_to(std::back_inserter(out), "retry: {}\nevent: hello\ndata: {{\"server\":", hello.retry.count());
  append_json_string(out, hello.server);
  out.append(",\"version\":");
  append_json_string(out, hello.version);
  fmt::format_to(std::back_inserter(out), ",\"heartbeat_ms\":{},\"streams\":[", hello.heartbeat.count());
  bool first = true;
  for (const std::string& stream : hello.streams) {
    if (!first) out.push_back(',');
    first = false;
    append_json_string(out, stream);
  }
  out.append("],\"position\":\"");
  append_text(hello.position, out);
  out.append("\"}\n\n");
}

void append_caught_up(std::string& out, const CaughtUpFrame& caught_up, const Position& id) {
  out.append("event: caught-up\n");
  append_id(out, id);
  fmt::format_to(std::back_inserter(out), "data: {{\"records\":{},\"bytes\":{},\"ms\":{}}}\n\n", caught_up.records,
                 caught_up.bytes, caught_up.took.count());
}

std::string_view to_text(GapReason reason) {
  switch (reason) {
    case GapReason::kRotated: return "rotated";
    case GapReason::kTruncated: return "truncated";
    case GapReason::kEvicted: return "evicted";
    case GapReason::kJournal: return "journal";
    case GapReason::kUnknownId: return "unknown-id";
    case GapReason::kUnreadable: return "unreadable";
    case GapReason::kSlow: return "slow";
  }
  return "";
}

void append_gap(std::string& out, const GapFrame& gap) {
  out.append("event: gap\n");
  if (gap.id) append_id(out, *gap.id);
  out.append("data: ");
  append_gap_json(out, gap);
  out.append("\n\n");
}

void append_gap_json(std::string& out, const GapFrame& gap) {
  out.append("{\"file\":");
  append_string_or_null(out, gap.file);
  out.append(",\"from\":");
  append_string_or_null(out, gap.from);
  out.append(",\"to\":");
  append_string_or_null(out, gap.to);
  out.append(",\"bytes\":");
  out.append(gap.bytes ? std::to_string(*gap.bytes) : "null");
  out.append(",\"reason\":\"").append(to_text(gap.reason)).append("\"}");
}

void append_gap_line(std::string& out, const GapFrame& gap) {
  out.append("[tailwater: gap in ").append(gap.file ? *gap.file : "all files").append(": ");
  out.append(to_text(gap.reason));
  if (gap.bytes) fmt::format_to(std::back_inserter(out), ", {} bytes", *gap.bytes);
  out.append("]\n");
}

std::string_view to_text(FileChangeKind kind) {
  switch (kind) {
    case FileChangeKind::kAppeared: return "appeared";
    case FileChangeKind::kRotated: return "rotated";
    case FileChangeKind::kTruncated: return "truncated";
    case FileChangeKind::kRemoved: return "removed";
    case FileChangeKind::kReplaced: return "replaced";
  }
  return "";
}

void append_file(std::string& out, std::string_view stream, std::string_view path, const FileChange& change) {
  out.append("event: file\ndata: {\"stream\":");
  append_json_string(out, stream);
  out.append(",\"file\":");
  append_json_string(out, path);
  fmt::format_to(std::back_inserter(out), ",\"change\":\"{}\",\"generation\":{}}}\n\n", to_text(change.kind),
                 change.generation);
}

void append_end(std::string& out, std::string_view reason, const Position& id) {
  out.append("event: end\nid: ").append(to_text(EventId{id, true})).append("\ndata: {\"reason\":");
  append_json_string(out, reason);
  out.append("}\n\n");
}

void append_shutdown(std::string& out, Milliseconds reconnect) {
  fmt::format_to(std::back_inserter(out), "retry: {0}\n\nevent: shutdown\ndata: {{\"reconnect_ms\":{0}}}\n\n",
                 reconnect.count());
}

void append_heartbeat(std::string& out) {
  out.append(": hb\n\n");
}

void append_id_only(std::string& out, const Position& id) {
  append_id(out, id);
  out.push_back('\n');
}

}  // namespace tailwater
