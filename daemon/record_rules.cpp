#include "record_rules.h"

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "filter/record_form.h"

namespace tailwater {
namespace {

struct NamedForm {
  std::string_view name;
  ParseAs parse;
};
constexpr std::array<NamedForm, 8> kForms{{{"auto", ParseAs::kAuto},
                                           {"none", ParseAs::kNone},
                                           {"json", ParseAs::kJson},
                                           {"logfmt", ParseAs::kLogfmt},
                                           {"syslog", ParseAs::kSyslog},
                                           {"combined", ParseAs::kCombined},
                                           {"cri", ParseAs::kCri},
                                           {"docker", ParseAs::kDocker}}};

/// Compiles one stream's patterns; what is wrong goes to `errors`, with its place.
class Compiler {
 public:
  Compiler(const StreamConfig& stream, Errors& errors) : stream_(stream), errors_(errors) {}

  /// Null if there is nothing to say.
  std::shared_ptr<const RecordForm> form() {
    auto form = std::make_shared<RecordForm>();
    parse(*form);
    form->multiline = multiline();
    if (!stream_.time_format.empty() || !stream_.time_zone.empty()) time(*form);
    for (std::size_t i = 0; i < stream_.drop.size(); ++i) {
      const auto key = fmt::format("drop[{}]", i);
      if (stream_.drop[i].empty()) {
        add(key, "the text is empty: it would drop everything (remove it)");
        continue;
      }
      auto filter = RegexFilter::make(stream_.drop[i], /*ignore_case=*/false);
      if (filter) form->drop.push_back(std::move(*filter));
      if (!filter) add(key, filter.error().message);
    }
    const bool plain = form->parse == ParseAs::kAuto && form->multiline == nullptr && form->drop.empty() && !form->time;
    return plain ? nullptr : form;
  }

 private:
  void add(std::string_view key, std::string_view message) {
    const auto place = stream_.places.find(key);
    const std::string at = place == stream_.places.end() || place->second.empty() ? "" : place->second + ": ";
    errors_.push_back({ErrorCode::kInvalid, fmt::format("{}stream {}: {}: {}", at, stream_.name, key, message)});
  }

  void parse(RecordForm& form) {
    for (const NamedForm& each : kForms) {
      if (each.name != stream_.parse) continue;
      form.parse = each.parse;
      return;
    }
    auto pattern = CapturePattern::make(stream_.parse);
    if (!pattern) return add("parse", pattern.error().message);
    if ((*pattern)->names().empty()) {
      return add("parse", fmt::format("'{}' is none of auto, none, json, logfmt, syslog, combined, cri, docker, and no "
                                      "regular expression with named groups (write (?P<name>...))",
                                      stream_.parse));
    }
    form.parse = ParseAs::kPattern;
    form.pattern = std::move(*pattern);
  }

  void time(RecordForm& form) {
    auto made = TimeForm::make(stream_.time_format, {});
    if (!made) add("time.format", made.error().message);
    if (made) made = TimeForm::make(stream_.time_format, stream_.time_zone);
    if (made) {
      form.time = std::move(*made);
    } else if (TimeForm::make(stream_.time_format, {})) {
      add("time.zone", made.error().message);
    }
  }

  std::shared_ptr<const Multiline> multiline() {
    Multiline::Rule rule;
    if (!stream_.multiline.empty()) {
      rule = Multiline::built_in(stream_.multiline).value_or(rule);  // after loading it is one of those
    } else if (stream_.multiline_start.empty() && stream_.multiline_condition.empty() &&
               stream_.multiline_continuation.empty()) {
      return nullptr;
    } else {
      rule = own_rule();
    }
    if (!compiles("multiline.start", stream_.multiline_start) ||
        !compiles("multiline.continuation", stream_.multiline_continuation) ||
        !compiles("multiline.condition", stream_.multiline_condition)) {
      return nullptr;
    }
    return Multiline::make(rule).value_or(nullptr);
  }

  Multiline::Rule own_rule() const {
    Multiline::Rule rule;
    rule.start = stream_.multiline_start;
    rule.condition = stream_.multiline_condition;
    rule.max_lines = static_cast<std::uint32_t>(stream_.multiline_max_lines);
    rule.timeout = stream_.multiline_timeout;
    if (!stream_.multiline_continuation.empty()) {
      rule.condition = stream_.multiline_continuation;
      rule.mode = Multiline::Mode::kContinueThrough;
    } else if (stream_.multiline_mode == "continue_through") {
      rule.mode = Multiline::Mode::kContinueThrough;
    } else if (stream_.multiline_mode == "continue_past") {
      rule.mode = Multiline::Mode::kContinuePast;
    } else if (stream_.multiline_mode == "halt_with") {
      rule.mode = Multiline::Mode::kHaltWith;
    }
    return rule;
  }

  bool compiles(std::string_view key, const std::string& pattern) {
    if (pattern.empty()) return true;
    const auto filter = RegexFilter::make(pattern, /*ignore_case=*/false);
    if (!filter) add(key, filter.error().message);
    return filter.has_value();
  }

  const StreamConfig& stream_;
  Errors& errors_;
};

}  // namespace

/// After loading max_record_bytes is in the range that config/ checks, so it always fits.
RecordRules record_rules(const StreamConfig& stream) {
  Errors none;
  RecordRules rules;
  rules.max_record_bytes = static_cast<std::uint32_t>(stream.max_record_bytes);
  rules.form = Compiler(stream, none).form();
  return rules;
}

Errors check_record_rules(const Configuration& configuration) {
  Errors errors;
  for (const StreamConfig& stream : configuration.streams) (void)Compiler(stream, errors).form();
  return errors;
}

}  // namespace tailwater
