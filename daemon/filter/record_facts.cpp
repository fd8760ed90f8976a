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
  const auto find_in = [this](std::string_view text) {
    const bool has_form = form() != nullptr && form()->time.has_value();
    return has_form ? form()->time->find(text, arrived()) : detect_time(text, arrived());
  };
  if (form() != nullptr && form()->parse == ParseAs::kPattern) {
    const auto field = fields().find("time");
    if (const auto time = field ? find_in(field->value) : std::nullopt) return time;
  }
  // What the container says of itself comes before what its runtime says of it, as in any other file.
  const auto time = find_in(line_);
  return time || stated_.empty() ? time : detect_time(stated_, arrived());
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
    const RecordForm plain;
    const RecordForm& how = form() == nullptr ? plain : *form();
    fields_ = Fields::of(line_, how.parse, how.pattern.get());
    if (!output_.empty()) fields_->add("output", output_, FieldKind::kText);
  }
  return *fields_;
}

}  // namespace tailwater
