// JournalFiles: what the files of the system's journal tell of themselves: which numbers of which sequence they hold.
// libsystemd gives the entries of all files in one order and never goes back, so an entry that comes to light behind
// its place in that order is passed over; these numbers tell that it is there. Thread: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

/// The beginning of a journal file (systemd's JOURNAL_FILE_FORMAT, "Header").
struct JournalFileHead {
  static constexpr std::size_t kBytes = 176;  ///< of the file, as far as it is looked at

  std::string sequence;      ///< as in a cursor
  std::uint64_t first = 0;   ///< number of the first entry
  std::uint64_t last = 0;    ///< and of the last, which may be about to be written
  bool is_archived = false;  ///< nothing is added any more
  /// nullopt: it is none, or holds no entry yet.
  [[nodiscard]] static std::optional<JournalFileHead> parse(std::string_view bytes);
};

class JournalFiles {
 public:
  struct File {
    std::string path;
    std::optional<JournalFileHead> head;  ///< nullopt: it may not be read, or is not finished
  };

  /// Files are looked for where libsystemd does it: in these directories, and in those below them that are named by a
  /// machine's ID.
  explicit JournalFiles(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  /// Which files there are, and what they hold now.
  void look_for_files();
  /// What they hold now.
  void look_again();
  [[nodiscard]] const std::vector<File>& all() const { return files_; }
  /// Those that hold entries of the sequence with numbers from `first` on, up to `last`.
  [[nodiscard]] std::vector<std::string> with(std::string_view sequence, std::uint64_t first, std::uint64_t last) const;

 private:
  std::vector<std::string> directories_;
  std::vector<File> files_;
};

}  // namespace tailwater
