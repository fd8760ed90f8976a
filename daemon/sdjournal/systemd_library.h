// SystemdLibrary: libsystemd, loaded when a stream first needs the system's journal. Linked the usual way, it and the
// four libraries behind it would be mapped and at hand in every daemon for nothing. Threads: load() on one, what it
// gives on any, as long as each sd_journal object stays with one thread at a time (sd-journal(3)).
#pragma once

#include <systemd/sd-journal.h>

#include "base/result.h"

namespace tailwater {

struct SystemdLibrary {
  decltype(&::sd_journal_open) open = nullptr;
  decltype(&::sd_journal_open_directory) open_directory = nullptr;
  decltype(&::sd_journal_open_files) open_files = nullptr;
  decltype(&::sd_journal_close) close = nullptr;
  decltype(&::sd_journal_next) next = nullptr;
  decltype(&::sd_journal_previous) previous = nullptr;
  decltype(&::sd_journal_previous_skip) previous_skip = nullptr;
  decltype(&::sd_journal_seek_head) seek_head = nullptr;
  decltype(&::sd_journal_seek_tail) seek_tail = nullptr;
  decltype(&::sd_journal_seek_cursor) seek_cursor = nullptr;
  decltype(&::sd_journal_seek_realtime_usec) seek_realtime_usec = nullptr;
  decltype(&::sd_journal_seek_monotonic_usec) seek_monotonic_usec = nullptr;
  decltype(&::sd_journal_get_cursor) get_cursor = nullptr;
  decltype(&::sd_journal_get_realtime_usec) get_realtime_usec = nullptr;
  decltype(&::sd_journal_get_monotonic_usec) get_monotonic_usec = nullptr;
  decltype(&::sd_journal_set_data_threshold) set_data_threshold = nullptr;
  decltype(&::sd_journal_restart_data) restart_data = nullptr;
  decltype(&::sd_journal_enumerate_available_data) enumerate_available_data = nullptr;
  decltype(&::sd_journal_get_fd) get_fd = nullptr;
  decltype(&::sd_journal_get_events) get_events = nullptr;
  decltype(&::sd_journal_get_timeout) get_timeout = nullptr;
  decltype(&::sd_journal_process) process = nullptr;

  /// The one of this process; kUnavailable with what to install where there is none. Never unloaded. To be called
  /// before the sandbox closes, which lets no library be loaded any more. A static program has none: kInvalid.
  [[nodiscard]] static Result<const SystemdLibrary*> load();
  /// Has load() succeeded in this process?
  [[nodiscard]] static bool is_loaded();
};

}  // namespace tailwater
