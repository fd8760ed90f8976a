// The frames of the event stream that are not records (those: record_framer.h): `hello`, `caught-up`, `gap`, `file`,
// `end`, `shutdown`, heartbeats and id-only blocks. Pure: values in, bytes appended to `out`. Every text that comes
// from files or clients goes through JSON escaping, every ID is one that we wrote ourselves, so nothing injects fields.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "journal/extent.h"

namespace tailwater {

struct HelloFrame {
  std::string_view server;
  std::string_view version;
  Milliseconds heartbeat{};
  std::vector<std::string> streams;
  Position position;  ///< the live end as it was at the request
  Milliseconds retry{};
};
void append_hello(std::string& out, const HelloFrame& hello);

struct CaughtUpFrame {
  std::uint64_t records = 0;  ///< of the backlog that were sent
  std::uint64_t bytes = 0;    ///< their bytes in their files
  Milliseconds took{};
};
void append_caught_up(std::string& out, const CaughtUpFrame& caught_up, const Position& id);

enum class GapReason : std::uint8_t {
  kRotated,     ///< the generation was renamed or replaced and is not to be found any more
  kTruncated,   ///< the file became shorter than what had been seen of it
  kEvicted,     ///< the generation ended and what was kept of it had to go
  kJournal,     ///< the place has fallen off the journal: the order from there on is not known any more
  kUnknownId,   ///< the ID was never one of ours, or of another state directory
  kUnreadable,  ///< the file is there and the kernel refuses to read it
  kSlow,        ///< the client asked to miss what it is too slow for
};
[[nodiscard]] std::string_view to_text(GapReason reason);
inline constexpr std::size_t kGapReasons = static_cast<std::size_t>(GapReason::kSlow) + 1;

/// How many gaps of each reason.
using GapCounts = std::array<std::uint64_t, kGapReasons>;
inline void count_gap(GapCounts& counts, GapReason reason) {
  ++counts[static_cast<std::size_t>(reason)];
}

struct GapFrame {
  std::optional<std::string> file;  ///< path
  std::optional<std::string> from;  ///< ID texts
  std::optional<std::string> to;
  std::optional<std::uint64_t> bytes;
  GapReason reason = GapReason::kUnknownId;
  std::optional<Position> id;
};
void append_gap(std::string& out, const GapFrame& gap);
/// What its data says: an object.
void append_gap_json(std::string& out, const GapFrame& gap);
/// The same as a line of /tail: `[tailwater: gap in FILE: REASON, N bytes]`.
void append_gap_line(std::string& out, const GapFrame& gap);

[[nodiscard]] std::string_view to_text(FileChangeKind kind);
void append_file(std::string& out, std::string_view stream, std::string_view path, const FileChange& change);

/// The last event: `id` is written in its ended form, which answers a reconnect with 204.
void append_end(std::string& out, std::string_view reason, const Position& id);
/// Its own `retry:` first, as a block of its own: EventSource obeys it even if the rest is lost.
void append_shutdown(std::string& out, Milliseconds reconnect);

void append_heartbeat(std::string& out);
/// Dispatches nothing, moves the reader's Last-Event-ID.
void append_id_only(std::string& out, const Position& id);

}  // namespace tailwater
