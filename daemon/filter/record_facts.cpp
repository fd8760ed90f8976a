#include "filter/record_facts.h"

#include "filter/record_form.h"
#include "filter/record_time.h"

namespace tailwater {

bool RecordFacts::drops() const {
  return form()->drops(line_);
}

/// What a stream's own pattern captures as its level or time is meant; everything else is found by looking.
std::optional<Level> RecordFacts::find_level() const {
  if (form() != nullptr && form()->parse == ParseAs::kPattern) {
    const auto field = fields().find("level");
    if (const auto level = field ? parse_level(field->value) : std::nullopt) return level;
  }
  return detect_level(line_);
}

std::optional<WallTime> RecordFacts::find_time() const {
  if (form() != nullptr && form()->parse == ParseAs::kPattern) {
    const auto field = fields().find("time");
    if (const auto time = field ? detect_time(field->value, arrived()) : std::nullopt) return time;
  }
  return detect_time(line_, arrived());
}

std::optional<WallTime> RecordFacts::time() const {
  if (!time_known_) {
    time_ = find_time();
    time_known_ = true;
  }
  return time_;
}

const Fields& RecordFacts::fields() const {
  if (!fields_) {
    fields_ =
        form() == nullptr ? Fields::of(line_, ParseAs::kAuto) : Fields::of(line_, form()->parse, form()->pattern.get());
  }
  return *fields_;
}

}  // namespace tailwater
