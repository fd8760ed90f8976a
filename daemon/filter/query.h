// Query: what a client wants to see, parsed once from its parameters into an immutable, shareable object with a
// canonical text: equal texts mean equal frames, so feeds are keyed by it. Pure, any thread. Where a client
// starts (tail, from, since, last_event_id, follow) is not part of it: see StartRequest.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/glob.h"
#include "base/result.h"
#include "filter/level.h"
#include "filter/literal_set.h"
#include "filter/record_facts.h"
#include "filter/regex_filter.h"
#include "filter/where.h"

namespace tailwater {

/// A decoded name=value pair of a query string, in the order in which it was given.
struct Parameter {
  std::string name;
  std::string value;
};

/// Which parameter is wrong, and why, in words for the person who typed it.
struct ParameterError {
  std::string parameter;
  std::string message;
};
template <typename T>
using ParameterResult = tl::expected<T, ParameterError>;

enum class Format : std::uint8_t { kJson, kText, kRaw };

struct QueryLimits {
  std::size_t max_patterns = 16;   ///< grep and exclude together
  std::size_t max_selectors = 64;  ///< stream and file together
  RegexLimits regex;
  WhereLimits where{};  ///< its regex is the one above
};

class Query {
 public:
  /// Takes the parameters that belong to a query (stream, file, level, unknown, grep, exclude, case, where, types,
  /// names, every, detail, format, fields, batch) and leaves the others alone; start_request() takes those.
  /// `known_others` lists what else the route accepts: any parameter that nobody knows is an error, since a misspelt
  /// filter would silently match all. An explicit `unknown=drop` without a level drops records in which no level is
  /// found, as level=trace does.
  [[nodiscard]] static ParameterResult<std::shared_ptr<const Query>> parse(
      std::span<const Parameter> parameters, std::span<const std::string_view> known_others,
      const QueryLimits& limits = {});

  /// Canonical text: order of repeatable parameters, duplicates and defaults do not show.
  [[nodiscard]] const std::string& key() const { return key_; }

  [[nodiscard]] bool selects(std::string_view stream, std::string_view path) const;
  [[nodiscard]] bool matches(const RecordFacts& record) const;
  /// Is this sample one of those that are wanted: the first in each span of `every`?
  [[nodiscard]] bool wants_sample(std::string_view line) const;
  /// matches() for a log line, wants_sample() for a sample.
  [[nodiscard]] bool takes(const RecordFacts& record) const {
    return record.is_sample() ? wants_sample(record.line()) : matches(record);
  }
  [[nodiscard]] bool wants_metric(std::string_view name) const;
  /// No filter at all: every record of the selected files matches.
  [[nodiscard]] bool passes_everything() const {
    return !level_ && greps_.empty() && excludes_.empty() && where_ == nullptr;
  }
  /// A text that each matching line must contain (the longest of the greps' and of where's), or empty: for skipping
  /// over blocks.
  [[nodiscard]] std::string_view required_literal() const { return required_literal_; }
  /// Can lines be passed over without being looked at? So it is where each match contains some text out of a few.
  [[nodiscard]] bool can_skip() const { return !required_literal_.empty() || required_any_ != nullptr; }
  /// The first place at or after `from` where such a text begins; npos if there is none. Only if can_skip().
  [[nodiscard]] std::size_t find_required(std::string_view block, std::size_t from) const;

  /// The most telling of the patterns that each matching line must contain; null if there is none. For looking for the
  /// patterns of many queries at once.
  [[nodiscard]] const std::shared_ptr<const RegexFilter>& trigger() const { return trigger_; }

  [[nodiscard]] Format format() const { return format_; }
  /// Events are to hold the fields of their record. JSON only, as `batch`.
  [[nodiscard]] bool wants_fields() const { return fields_; }
  /// Many records may share one event. JSON only: of the other formats it changes nothing.
  [[nodiscard]] bool batch() const { return batch_; }
  [[nodiscard]] bool wants_logs() const { return wants_logs_; }
  [[nodiscard]] bool wants_metrics() const { return wants_metrics_; }
  [[nodiscard]] bool wants_runs() const { return wants_runs_; }
  /// Of runs no more than how they stand. Neither this nor wants_runs() is part of the key: feeds hold no runs.
  [[nodiscard]] bool wants_summaries() const { return wants_summaries_; }
  [[nodiscard]] const std::vector<std::string>& streams() const { return streams_; }

 private:
  struct Parser;
  Query() = default;
  std::string key_;
  std::vector<std::string> streams_;  // sorted; empty: all
  std::vector<Glob> files_;           // empty: all; without a slash they match the last component
  std::optional<Level> level_;
  bool pass_unknown_ = false;
  bool ignore_case_ = false;
  std::vector<std::shared_ptr<const RegexFilter>> greps_;  // literals first: the cheapest refusals
  std::vector<std::shared_ptr<const RegexFilter>> excludes_;
  std::shared_ptr<const Where> where_;  // null: none
  std::string required_literal_;
  std::shared_ptr<const LiteralSet> required_any_;  // where there is no such one text; null: none
  std::shared_ptr<const RegexFilter> trigger_;      // one of greps_
  std::vector<Glob> names_;                         // of metrics; empty: all
  Milliseconds every_{0};
  Format format_ = Format::kJson;
  bool fields_ = false;
  bool batch_ = false;
  bool wants_logs_ = true;
  bool wants_metrics_ = false;
  bool wants_runs_ = false;
  bool wants_summaries_ = false;
};

/// Where a client starts and whether it stays: at most one of tail, from, since, with last_event_id on top.
struct StartRequest {
  enum class Kind : std::uint8_t { kDefault, kTail, kStart, kEnd, kId, kSince };
  static constexpr std::uint32_t kDefaultTail = 10;
  static constexpr std::uint32_t kMaxTail = 100'000;

  Kind kind = Kind::kDefault;         ///< kDefault: tail=10 on a first connection
  std::uint32_t tail = kDefaultTail;  ///< for kTail and kDefault
  std::string from_id;                ///< for kId: as given, not yet resolved
  std::optional<WallTime> since;      ///< for kSince
  std::optional<WallTime> until;      ///< not to follow alone: what was written then or later is left out
  std::string last_event_id;          ///< as given, not yet parsed: any bytes; wins over `kind` if it resolves
  bool follow = true;
  /// A live client that is too far behind goes on at the live end, with a gap, instead of reading the journal.
  bool skip_lag = false;
};

inline constexpr std::string_view kStartParameters[] = {"tail",   "from", "since",         "until",
                                                        "follow", "lag",  "last_event_id", "lastEventId"};

/// `header_last_event_id` is the Last-Event-ID header's value, empty if there was none; it wins over the parameter.
/// `now` turns `since=10m` into a time.
[[nodiscard]] ParameterResult<StartRequest> start_request(std::span<const Parameter> parameters,
                                                          std::string_view header_last_event_id, WallTime now);

}  // namespace tailwater
