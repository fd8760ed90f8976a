// HostJournal: the journal of systemd on this machine, or one in a directory, as an endless row of entries: a place in
// it, the fields of the entry there, and waiting for more. All entries are given, filtered by nobody, so that the
// numbers that journald gives them tell whether some are missing. "Journal" alone is tailwater's own (journal/).
// Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sdjournal/systemd_library.h"

namespace tailwater {

/// Where an entry is, as sd_journal_get_cursor(3) spells it, and the parts of it that count. What it gives is valid as
/// long as `text` is.
struct EntryCursor {
  std::string text;
  std::uint64_t number = 0;  ///< in its sequence; 0: not known
  /// The name of a row of numbers: a journald gives all its files' entries one. Empty: not known.
  [[nodiscard]] std::string_view sequence() const;
  /// When it was written, by both clocks: many entries may have the same.
  [[nodiscard]] std::string_view moment() const;
  /// The same entry, or a copy: journald copies entries, with new numbers, when it goes from memory to the disk.
  [[nodiscard]] bool is_same(const EntryCursor& other) const;
  [[nodiscard]] static EntryCursor parse(std::string text);
  /// One that leads to an entry by its number alone.
  [[nodiscard]] static EntryCursor of(std::string_view sequence, std::uint64_t number);

 private:
  [[nodiscard]] std::string_view identity() const;
};

class HostJournal {
 public:
  enum class Change : std::uint8_t { kNone, kAppended, kFilesChanged };

  /// `directory` empty: the system's, /var/log/journal and /run/log/journal. `largest_field`: bytes of one field that
  /// are given at most if it is compressed. It may be empty now and get its first file later, if the directory exists.
  [[nodiscard]] static Result<HostJournal> open(const SystemdLibrary& library, const std::string& directory,
                                                std::size_t largest_field);
  /// These files alone, as they are now: nothing is waited for.
  [[nodiscard]] static Result<HostJournal> open_files(const SystemdLibrary& library,
                                                      const std::vector<std::string>& paths, std::size_t largest_field);

  // --- Going to a place: next() then gives the entry there, or the first one behind it ------------------------
  [[nodiscard]] Result<void> seek_head();
  [[nodiscard]] Result<void> seek_cursor(const EntryCursor& cursor);
  [[nodiscard]] Result<void> seek_realtime(std::chrono::microseconds since_epoch);
  /// The first entry of the boot that the last entry is of.
  [[nodiscard]] Result<void> seek_last_boot();
  /// So that next() gives the last `count` entries.
  [[nodiscard]] Result<void> seek_before_end(std::uint64_t count);
  [[nodiscard]] Result<void> seek_tail();

  /// Goes to the next entry; false: there is none yet.
  [[nodiscard]] Result<bool> next();
  /// Behind seek_tail(): to the one before; false: there is none.
  [[nodiscard]] Result<bool> previous();

  // --- The entry that next() went to ------------------------------------------------------------------------
  [[nodiscard]] std::chrono::microseconds realtime() const;
  [[nodiscard]] Result<EntryCursor> cursor() const;
  void restart_fields() const;
  /// "NAME=value"; valid until the next call. nullopt: that was the last one.
  [[nodiscard]] std::optional<std::string_view> next_field() const;

  // --- Waiting ----------------------------------------------------------------------------------------------
  /// What poll(2) is to wait for before process(), and for how long at most: forever (-1), but for journals on network
  /// file systems.
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] short events() const;
  [[nodiscard]] int timeout_ms() const;
  /// Takes notice of what has happened to the files.
  [[nodiscard]] Result<Change> process();

 private:
  struct Close {
    const SystemdLibrary* library = nullptr;
    void operator()(sd_journal* journal) const { library->close(journal); }
  };
  using Handle = std::unique_ptr<sd_journal, Close>;

  HostJournal(const SystemdLibrary& library, Handle handle, int fd)
      : library_(&library), handle_(std::move(handle)), fd_(fd) {}

  const SystemdLibrary* library_;
  Handle handle_;
  int fd_;
};

}  // namespace tailwater
