#include "sdjournal/entry_filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

struct NamedPriority {
  std::string_view name;
  int number;
};
constexpr std::array<NamedPriority, 12> kPriorities{{{"emerg", 0},
                                                     {"alert", 1},
                                                     {"crit", 2},
                                                     {"err", 3},
                                                     {"warning", 4},
                                                     {"notice", 5},
                                                     {"info", 6},
                                                     {"debug", 7},
                                                     {"critical", 2},
                                                     {"error", 3},
                                                     {"warn", 4},
                                                     {"trace", 7}}};

constexpr std::array<std::string_view, 11> kUnitTypes{".service", ".socket",    ".target", ".device",
                                                      ".mount",   ".automount", ".swap",   ".timer",
                                                      ".path",    ".slice",     ".scope"};

}  // namespace

Result<int> EntryFilter::parse_priority(std::string_view text) {
  if (text.size() == 1 && text.front() >= '0' && text.front() <= '7') return text.front() - '0';
  for (const NamedPriority& each : kPriorities) {
    if (each.name == text) return each.number;
  }
  return fail(
      ErrorCode::kInvalid,
      fmt::format("'{}' is no priority (write emerg, alert, crit, err, warning, notice, info, debug, or 0 to 7)",
                  text));
}

std::string EntryFilter::full_unit_name(std::string_view text) {
  const bool has_type =
      std::any_of(kUnitTypes.begin(), kUnitTypes.end(), [text](std::string_view type) { return text.ends_with(type); });
  // "x.*" asks for every type.
  const std::size_t dot = text.rfind('.');
  const bool any_type = dot != std::string_view::npos && text.find_first_of("*?[{", dot) != std::string_view::npos;
  return std::string(text) + (has_type || any_type ? "" : ".service");
}

bool EntryFilter::is_field_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 64 && !(text.front() >= '0' && text.front() <= '9') &&
         std::all_of(text.begin(), text.end(), fits);
}

Result<EntryFilter> EntryFilter::make(const EntryRules& rules) {
  EntryFilter filter;
  for (const std::string& unit : rules.units) {
    auto glob = Glob::parse(full_unit_name(unit));
    if (!glob) return fail(glob.error());
    filter.units_.push_back(std::move(*glob));
  }
  filter.kernel_ = rules.kernel;
  if (!rules.priority.empty()) {
    const auto priority = parse_priority(rules.priority);
    if (!priority) return fail(priority.error());
    filter.priority_ = *priority;
    filter.any_priority_ = false;
  }
  if (auto added = filter.add_matches(rules.matches); !added) return fail(added.error());
  return filter;
}

Result<void> EntryFilter::add_matches(const std::vector<std::string>& texts) {
  if (texts.empty()) return {};
  if (texts.size() > kMaxMatches) {
    return fail(ErrorCode::kInvalid, fmt::format("more than {} matches (use several streams)", kMaxMatches));
  }
  groups_.emplace_back();
  for (const std::string& text : texts) {
    if (text == "+") {
      groups_.emplace_back();
      continue;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || !is_field_name(std::string_view(text).substr(0, equals))) {
      return fail(ErrorCode::kInvalid, fmt::format("'{}' is no match (write \"FIELD=value\", such as "
                                                   "\"_TRANSPORT=kernel\", or \"+\" between alternatives)",
                                                   text));
    }
    Group& group = groups_.back();
    Match match{text.substr(0, equals), text.substr(equals + 1), 0};
    const auto same = std::find_if(group.matches.begin(), group.matches.end(),
                                   [&](const Match& each) { return each.name == match.name; });
    match.bit = same != group.matches.end() ? same->bit : group.all + 1;
    group.all |= match.bit;
    group.matches.push_back(std::move(match));
  }
  const bool lone_plus =
      std::any_of(groups_.begin(), groups_.end(), [](const Group& group) { return group.matches.empty(); });
  if (lone_plus) return fail(ErrorCode::kInvalid, "\"+\" stands between two matches");
  return {};
}

void EntryFilter::look_at(std::string_view name, std::string_view value) {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    for (const Match& match : groups_[i].matches) {
      if (match.name == name && match.value == value) met_[i] |= match.bit;
    }
  }
}

bool EntryFilter::is_of_units(const EntryFields& fields) const {
  const std::array<std::string_view, 4> candidates{fields.unit(), fields.own_unit, fields.user_unit, fields.slice};
  return std::any_of(units_.begin(), units_.end(), [&](const Glob& glob) {
    return std::any_of(candidates.begin(), candidates.end(), [&](std::string_view unit) {
      return !unit.empty() && (glob.is_literal() ? glob.text() == unit : glob.matches(unit));
    });
  });
}

bool EntryFilter::keeps(const EntryFields& fields) const {
  if (!any_priority_) {
    const int priority = fields.priority_number();
    if (priority < 0 || priority > priority_) return false;
  }
  if (!units_.empty() || kernel_) {
    const bool fits = (kernel_ && fields.transport == "kernel") || is_of_units(fields);
    if (!fits) return false;
  }
  if (groups_.empty()) return true;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (met_[i] == groups_[i].all) return true;
  }
  return false;
}

}  // namespace tailwater
