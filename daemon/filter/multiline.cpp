#include "filter/multiline.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

struct BuiltIn {
  std::string_view name;
  std::string_view condition;
};

/// What the lines of a stack trace look like behind the first one: all go on with the record before them.
constexpr std::array<BuiltIn, 4> kBuiltIns{{
    // "\tat c.e.F.g(F.java:1)", "\t... 3 more", "Caused by: ...", "Suppressed: ...", and an exception's own line.
    {"java",
     R"(^(?:\s+at\s|\s+\.\.\.\s\d+\s|\s*Caused by:|\s*Suppressed:|[\w.$]+(?:Exception|Error|Throwable)\b|\s+\S))"},
    // "Traceback ...", "  File ...", "    code", "ValueError: x", and the two sentences between chained exceptions.
    {"python",
     R"(^(?:Traceback \(most recent call last\):|\s+\S|[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\b|(?:During handling of the above exception|The above exception was the direct cause)|$))"},
    // "goroutine 1 [running]:", "main.f(0x1, ...)", "\t/a/b.go:12 +0x1", "created by ...", "[signal ...", "exit
    // status".
    {"go", R"(^(?:goroutine \d+ \[|\s+\S|\[signal |created by |exit status \d|[\w./*()\-]+\.[\w./*()\-{}]+\(.*\)$|$))"},
    // "\tfrom a.rb:1:in `f'", "a.rb:1:in `f'", "    a (1.0) lib/a.rb:1".
    {"ruby", R"(^(?:\s+\S|\S+\.rb:\d+:in [`'].*'$))"},
}};

}  // namespace

Result<Multiline::Rule> Multiline::built_in(std::string_view name) {
  for (const BuiltIn& each : kBuiltIns) {
    if (each.name != name) continue;
    Rule rule;
    rule.condition = each.condition;
    rule.mode = Mode::kContinueThrough;
    return rule;
  }
  return fail(ErrorCode::kNotFound, fmt::format("there is no multiline rule '{}': java, python, go and ruby are built "
                                                "in",
                                                name));
}

Result<std::shared_ptr<const Multiline>> Multiline::make(const Rule& rule) {
  std::shared_ptr<Multiline> made(new Multiline(rule));
  const auto compile = [](std::string_view pattern, std::shared_ptr<const RegexFilter>& filter) -> Result<void> {
    if (pattern.empty()) return {};
    auto compiled = RegexFilter::make(pattern, /*ignore_case=*/false);
    if (!compiled) return fail(compiled.error());
    filter = std::move(*compiled);
    return {};
  };
  if (auto start = compile(rule.start, made->start_); !start) return fail(start.error());
  if (auto condition = compile(rule.condition, made->condition_); !condition) return fail(condition.error());
  return made;
}

bool Multiline::begins(std::string_view line) const {
  if (mode_ == Mode::kContinueThrough && condition_->matches(line)) return false;
  if (mode_ == Mode::kHaltBefore && start_ == nullptr) return condition_ != nullptr && condition_->matches(line);
  return start_ == nullptr || start_->matches(line);
}

bool Multiline::goes_on(std::string_view line) const {
  switch (mode_) {
    case Mode::kContinueThrough: return condition_->matches(line);
    case Mode::kHaltBefore: return !surely_begins(line);
    case Mode::kContinuePast:
    case Mode::kHaltWith: return true;
  }
  return false;
}

bool Multiline::ends(std::string_view line) const {
  switch (mode_) {
    case Mode::kContinuePast: return !condition_->matches(line);
    case Mode::kHaltWith: return condition_->matches(line);
    case Mode::kHaltBefore:
    case Mode::kContinueThrough: return false;
  }
  return false;
}

bool Multiline::surely_begins(std::string_view line) const {
  switch (mode_) {
    case Mode::kHaltBefore:
      return (start_ != nullptr && start_->matches(line)) || (condition_ != nullptr && condition_->matches(line));
    case Mode::kContinueThrough: return !condition_->matches(line);
    case Mode::kContinuePast:
    case Mode::kHaltWith: return false;
  }
  return false;
}

}  // namespace tailwater
