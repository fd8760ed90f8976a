#include "sdjournal/entry_fields.h"

#include <algorithm>
#include <array>

namespace tailwater {
namespace {

struct KnownField {
  std::string_view name;
  std::string EntryFields::*member;
};
constexpr std::array<KnownField, 16> kKnown{{{"MESSAGE", &EntryFields::message},
                                             {"PRIORITY", &EntryFields::priority},
                                             {"_PID", &EntryFields::pid},
                                             {"_UID", &EntryFields::uid},
                                             {"_HOSTNAME", &EntryFields::hostname},
                                             {"_TRANSPORT", &EntryFields::transport},
                                             {"_SYSTEMD_UNIT", &EntryFields::own_unit},
                                             {"_SYSTEMD_USER_UNIT", &EntryFields::user_unit},
                                             {"_SYSTEMD_SLICE", &EntryFields::slice},
                                             {"SYSLOG_IDENTIFIER", &EntryFields::identifier},
                                             {"_COMM", &EntryFields::command},
                                             {"SYSLOG_PID", &EntryFields::stated_pid},
                                             {"MESSAGE_ID", &EntryFields::message_id},
                                             {"UNIT", &EntryFields::manager_unit},
                                             {"OBJECT_SYSTEMD_UNIT", &EntryFields::object_unit},
                                             {"COREDUMP_UNIT", &EntryFields::coredump_unit}}};

}  // namespace

void EntryFields::clear() {
  for (const KnownField& known : kKnown) (this->*known.member).clear();
}

void EntryFields::take(std::string_view name, std::string_view value) {
  const auto known =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const KnownField& each) { return each.name == name; });
  if (known == kKnown.end()) return;
  std::string& member = this->*known->member;
  if (member.empty()) member = value;
}

int EntryFields::priority_number() const {
  return priority.size() == 1 && priority.front() >= '0' && priority.front() <= '7' ? priority.front() - '0' : -1;
}

std::string_view EntryFields::unit() const {
  if (uid == "0" && !coredump_unit.empty()) return coredump_unit;
  if (pid == "1" && !manager_unit.empty()) return manager_unit;
  if (uid == "0" && !object_unit.empty()) return object_unit;
  return own_unit;
}

}  // namespace tailwater
