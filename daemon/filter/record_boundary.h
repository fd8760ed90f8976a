// Where a reader that starts in the middle finds a record boundary. Pure.
//
// Where each line is a record, one begins behind every newline. Where lines are joined, some lines tell by themselves
// that a record begins with them, or behind them, whatever stood before; from there on RecordSplitter cuts exactly as
// one that began at the start of the extent:
//   halt_before, continue_through   lines of which Multiline::surely_begins() is true
//   continue_past, halt_with        what follows a line of which Multiline::ends() is true
//   containers' lines               what follows a line that is not open; with Multiline, both must hold
//   always                          before and behind a line that is longer than a record may be
// With the first two, and in files that hold plain lines, a stretch of max_record_bytes in which no line says so holds
// none that is joined to another behind it: there each line is a record. So looking back 2 * max_record_bytes always
// finds a boundary. With the others it is as far as the last line that ends a record; the begin of the extent is always
// a boundary.
// Bytes of UTF-16 are given from an even offset on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "filter/record_splitter.h"

namespace tailwater {

/// The first place in `bytes` (which begin anywhere, or, `at_boundary`, where a record does) of which it is sure that a
/// record begins there; nullopt: none is known, look further. It may be bytes.size().
[[nodiscard]] std::optional<std::size_t> first_boundary(std::string_view bytes, bool at_boundary,
                                                        const RecordRules& rules);

/// The last place in `bytes`, at or before `at`, where a record begins; nullopt: not known, begin earlier. Bytes behind
/// `at` are looked at only to see whether a line ends: it is enough that the line that begins there is complete.
[[nodiscard]] std::optional<std::size_t> last_boundary(std::string_view bytes, bool at_boundary, std::size_t at,
                                                       const RecordRules& rules);

/// How many leading bytes make whole records: of `bytes`, which begin at a boundary (`continues`: inside a line), and
/// of which the first `lines` are whole lines; what lies behind them says only that there is more.
[[nodiscard]] std::size_t closed_records(std::string_view bytes, std::size_t lines, bool continues,
                                         const RecordRules& rules);

}  // namespace tailwater
