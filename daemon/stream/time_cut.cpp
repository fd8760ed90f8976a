#include "stream/time_cut.h"

#include <algorithm>

#include "filter/record_splitter.h"
#include "stream/line_start.h"
#include "stream/record_start.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kBulkBytes = 1U << 20;
constexpr std::uint64_t kProbeBytes = 4U << 10;    // holds a line that states its time, nearly always
constexpr std::uint64_t kFarProbe = 256U << 10;    // how far one is looked for
constexpr std::uint64_t kLinearBytes = 16U << 10;  // what is looked through line by line in the end

struct TimedRecord {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  WallTime time{};
};

/// What every search in one extent has in common.
struct Probe {
  const GenerationBytes& file;
  const Extent& extent;
  const RecordOrigin& origin;
  ReadBuffer& buffer;

  /// The first record from `from` (a line start) on that begins before `to` and states a time, no earlier one than
  /// `at_least` if that is given.
  Result<std::optional<TimedRecord>> find(std::uint64_t from, std::uint64_t to,
                                          std::optional<WallTime> at_least = {}) const {
    // Nobody sees these records: there is no need to hide anything in them.
    RecordRules plain;
    if (origin.rules != nullptr) {
      plain.max_record_bytes = origin.rules->max_record_bytes;
      plain.encoding = origin.rules->encoding;
    }
    for (std::uint64_t length = kProbeBytes; from < to; length = kFarProbe) {
      const std::uint64_t end = std::min(from + length, extent.end);
      const auto bytes = read_some(file, from, end, buffer);
      if (!bytes) return fail(bytes.error());
      // A line that is cut off at the end may still show its time; its end is then not known.
      RecordSplitter splitter(*bytes, from, /*before=*/false, /*partial=*/true, plain);
      std::uint64_t past = from;
      while (const auto record = splitter.next()) {
        if (record->begin >= to) return std::optional<TimedRecord>();
        const RecordFacts facts(*record, origin);
        const auto time = facts.time();
        if (time && (!at_least || *time >= *at_least)) {
          return std::optional(TimedRecord{record->begin, record->end, *time});
        }
        if (!record->partial) past = record->end;
      }
      if (bytes->size() < end - from || end >= to) break;
      if (past == from) past = end;  // a line longer than the probe
      from = past;
    }
    return std::optional<TimedRecord>();
  }
};

}  // namespace

bool is_bulk(const Extent& extent) {
  return extent.begin == 0 || extent.end - extent.begin >= kBulkBytes;
}

Result<std::optional<WallTime>> first_stated_time(const GenerationBytes& file, const Extent& extent,
                                                  const RecordOrigin& origin, ReadBuffer& buffer) {
  const Probe probe{file, extent, origin, buffer};
  const auto first = probe.find(extent.begin, std::min(extent.end, extent.begin + kFarProbe));
  if (!first) return fail(first.error());
  return *first ? std::optional((*first)->time) : std::nullopt;
}

Result<std::optional<std::uint64_t>> first_stating(WallTime time, const GenerationBytes& file, const Extent& extent,
                                                   const RecordOrigin& origin, ReadBuffer& buffer,
                                                   const std::atomic<bool>& cancelled) {
  const Probe probe{file, extent, origin, buffer};
  const auto first = probe.find(extent.begin, std::min(extent.end, extent.begin + kFarProbe));
  if (!first) return fail(first.error());
  if (!*first) return std::optional<std::uint64_t>();
  if ((*first)->time >= time) return std::optional(extent.begin);

  const TextEncoding encoding = origin.rules == nullptr ? TextEncoding::kBytes : origin.rules->encoding;
  std::uint64_t low = extent.begin;  // what begins before states an earlier time
  std::uint64_t high = extent.end;
  std::uint64_t answer = extent.end;  // the first one known to state `time` or later
  while (high - low > kLinearBytes && !cancelled.load(std::memory_order_relaxed)) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto start = line_start_after(file, middle, high, encoding, buffer, cancelled);
    if (!start) return fail(start.error());
    const auto found = probe.find(*start, high);
    if (!found) return fail(found.error());
    if (*found && (*found)->time < time) {
      low = std::max((*found)->begin, middle);
    } else {
      if (*found) answer = (*found)->begin;
      high = middle;
    }
  }
  const auto line = line_start_before(file, extent.begin, low, encoding, buffer, cancelled);
  if (!line) return fail(line.error());
  const auto found = probe.find(*line, std::max(high, low), time);
  if (!found) return fail(found.error());
  return std::optional(*found ? (*found)->begin : answer);
}

Result<TimePart> part_inside(const TimeWindow& window, const GenerationBytes& file, const Extent& extent,
                             const RecordOrigin& origin, ReadBuffer& buffer, const std::atomic<bool>& cancelled) {
  TimePart part{extent.begin, extent.end};
  const auto cut = [&](WallTime time, bool arrived_before) -> Result<std::uint64_t> {
    if (!is_bulk(extent)) return arrived_before ? extent.end : extent.begin;
    const auto found = first_stating(time, file, extent, origin, buffer, cancelled);
    if (!found) return fail(found.error());
    if (*found) return exact_record_start(file, extent, **found, *origin.rules, buffer, cancelled);
    return arrived_before ? extent.end : extent.begin;
  };
  if (window.since) {
    const bool before = extent.arrived < *window.since;
    const auto from = before ? Result<std::uint64_t>(extent.end) : cut(*window.since, before);
    if (!from) return fail(from.error());
    part.from = *from;
  }
  if (window.until && part.from < part.to) {
    const bool before = extent.arrived < *window.until;
    const auto to = before ? Result<std::uint64_t>(extent.end) : cut(*window.until, before);
    if (!to) return fail(to.error());
    part.to = std::max(part.from, *to);
  }
  return part;
}

}  // namespace tailwater
