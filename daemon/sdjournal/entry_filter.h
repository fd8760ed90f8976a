// EntryFilter: which entries of the system's journal a stream takes. Whose they are (units, the kernel), how severe,
// and what fields they have: an entry has to fit all that is said. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "base/result.h"
#include "sdjournal/entry_fields.h"

namespace tailwater {

struct EntryRules {
  std::vector<std::string> units;    ///< names or globs; without a type they are services
  bool kernel = false;               ///< the kernel's entries, too; or alone, where there are no units
  std::string priority;              ///< "warning", "4": this one and the more severe; empty: all
  std::vector<std::string> matches;  ///< "FIELD=value" and "+", as journalctl(1) takes them
};

class EntryFilter {
 public:
  static constexpr std::size_t kMaxMatches = 64;

  /// kInvalid names the rule that is wrong.
  [[nodiscard]] static Result<EntryFilter> make(const EntryRules& rules);

  /// An entry is shown to it field by field, between begin() and keeps().
  void begin() { met_.assign(groups_.size(), 0); }
  void look_at(std::string_view name, std::string_view value);
  [[nodiscard]] bool keeps(const EntryFields& fields) const;
  [[nodiscard]] bool keeps_all() const { return any_priority_ && units_.empty() && !kernel_ && groups_.empty(); }

  /// 0 (emerg) to 7 (debug), or a name: those of syslog(3), and ours. kInvalid lists them.
  [[nodiscard]] static Result<int> parse_priority(std::string_view text);
  /// "nginx" is "nginx.service", as for systemctl(1).
  [[nodiscard]] static std::string full_unit_name(std::string_view text);
  [[nodiscard]] static bool is_field_name(std::string_view text);

 private:
  struct Match {
    std::string name;
    std::string value;
    std::uint64_t bit = 0;  ///< the same for all of its group that are about one field: one of those is enough
  };
  struct Group {
    std::vector<Match> matches;
    std::uint64_t all = 0;
  };
  Result<void> add_matches(const std::vector<std::string>& texts);
  [[nodiscard]] bool is_of_units(const EntryFields& fields) const;

  std::vector<Glob> units_;
  bool kernel_ = false;
  int priority_ = 7;
  bool any_priority_ = true;
  std::vector<Group> groups_;
  std::vector<std::uint64_t> met_;  // of each group, by the entry that is looked at
};

}  // namespace tailwater
