// RecordFacts: what a record says about itself: its level, time and fields, each found when it is first asked for, at
// most once however many feeds ask. Not shared between threads.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "filter/fields.h"
#include "filter/level.h"
#include "filter/record_splitter.h"

namespace tailwater {

/// What the records of one extent have in common. A view: all of it must outlive the facts that are made of it.
struct RecordOrigin {
  std::string_view stream;
  std::string_view path;
  WallTime arrived{};
  const RecordRules* rules = nullptr;  ///< null: plain lines
};

class RecordFacts {
 public:
  /// The record's line must outlive the facts.
  RecordFacts(const Record& record, const RecordOrigin& origin)
      : line_(record.line), output_(record.output), stated_(record.stated), origin_(origin) {}
  /// The line must outlive the facts.
  RecordFacts(std::string_view line, const RecordOrigin& origin) : line_(line), origin_(origin) {}
  /// Of a line that comes from nowhere.
  RecordFacts(std::string_view line, WallTime arrived) : line_(line), origin_{{}, {}, arrived, nullptr} {}

  [[nodiscard]] std::string_view line() const { return line_; }
  [[nodiscard]] std::string_view stream() const { return origin_.stream; }
  [[nodiscard]] std::string_view path() const { return origin_.path; }
  [[nodiscard]] WallTime arrived() const { return origin_.arrived; }
  /// Is it a record of the sample spool, and no log line?
  [[nodiscard]] bool is_sample() const { return origin_.rules != nullptr && origin_.rules->samples; }
  /// Does the stream's configuration say that nobody is to see it?
  [[nodiscard]] bool is_dropped() const {
    return origin_.rules != nullptr && origin_.rules->form != nullptr && drops();
  }
  [[nodiscard]] std::optional<Level> level() const {
    if (!level_known_) {
      level_ = find_level();
      level_known_ = true;
    }
    return level_;
  }
  [[nodiscard]] std::optional<WallTime> time() const;
  [[nodiscard]] const Fields& fields() const;

 private:
  [[nodiscard]] const RecordForm* form() const {
    return origin_.rules == nullptr ? nullptr : origin_.rules->form.get();
  }
  [[nodiscard]] bool drops() const;
  [[nodiscard]] std::optional<Level> find_level() const;
  [[nodiscard]] std::optional<WallTime> find_time() const;

  std::string_view line_;
  std::string_view output_;  // of a container's line, as the next
  std::string_view stated_;
  RecordOrigin origin_;
  mutable std::optional<Level> level_;
  mutable std::optional<WallTime> time_;
  mutable std::optional<Fields> fields_;
  mutable bool level_known_ = false;
  mutable bool time_known_ = false;
};

}  // namespace tailwater
