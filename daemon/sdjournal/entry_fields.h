// EntryFields: what an entry of the system's journal says about itself, as far as every line tells it and filters ask
// for it (systemd.journal-fields(7)). One object is used again for each entry, so that nothing is allocated. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

struct EntryFields {
  std::string message;
  std::string message_id;
  std::string priority;
  std::string identifier;
  std::string command;
  std::string pid;
  std::string stated_pid;  ///< by the sender, to syslog(3)
  std::string uid;
  std::string hostname;
  std::string transport;
  std::string own_unit;       ///< of the sender
  std::string user_unit;      ///< the same, below a user's manager
  std::string slice;          ///< of the sender
  std::string manager_unit;   ///< of which the service manager speaks
  std::string object_unit;    ///< of which a privileged sender speaks
  std::string coredump_unit;  ///< that crashed

  void clear();
  /// Keeps the value if it is one of those above; the first one, where a field is there twice.
  void take(std::string_view name, std::string_view value);

  /// 0 to 7; -1: none is stated.
  [[nodiscard]] int priority_number() const;
  /// Which unit the entry is about, as `journalctl --unit` sees it: others than the sender's only where the sender
  /// can be trusted. Empty: none.
  [[nodiscard]] std::string_view unit() const;
};

}  // namespace tailwater
