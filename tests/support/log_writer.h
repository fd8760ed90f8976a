// LogWriter: a thread that writes numbered lines to many files as real programs do: in bursts, now and then half a line
// first, with rotations by rename underway. It is the oracle of what was written: line `seq` of file `file` is known by
// those two numbers alone, so a reader can tell what is missing, twice there or out of order.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

/// Which line it is. Every tenth is an ERROR, the one after it a WARN, the rest are INFO.
struct LineNumber {
  int file = 0;
  std::uint64_t seq = 0;
  friend auto operator<=>(const LineNumber&, const LineNumber&) = default;
};
inline constexpr std::uint64_t kErrorEvery = 10;

/// The text of a line, newline included, with the wall time at which it was made.
[[nodiscard]] std::string numbered_line(LineNumber number);
/// Reads the numbers back, out of the line alone or the line inside an event's data.
[[nodiscard]] std::optional<LineNumber> find_line_number(std::string_view text);

/// Appends `text` to a file, which is made if need be, with one write().
void append_to_file(const std::string& path, std::string_view text);
/// Lines [first, first + count) of `file`, appended with one write().
void append_numbered_lines(const std::string& path, int file, std::uint64_t first, std::uint64_t count);

struct WriterSettings {
  std::string directory;
  int files = 20;
  double lines_per_second = 5000;             ///< over all files
  std::chrono::milliseconds rotate_every{0};  ///< some file is rotated this often; 0: never
  int keep_rotated = 0;     ///< shift FILE.1 to FILE.2 ... and drop what is older; 0: dated names, all kept
  std::string reopen_file;  ///< while this file exists the writer opens its logs again and removes it: its SIGHUP
  std::uint32_t seed = 1;
};

class LogWriter {
 public:
  explicit LogWriter(WriterSettings settings);
  ~LogWriter() { stop(); }
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void start();
  /// Ends the thread; every line that was begun is whole then.
  void stop();

  /// The path of file `file`: app-00.log, app-01.log...
  [[nodiscard]] std::string path(int file) const;
  /// How many lines of each file were written. Exact after stop().
  [[nodiscard]] std::vector<std::uint64_t> written() const;
  [[nodiscard]] std::uint64_t total() const { return total_.load(); }
  [[nodiscard]] std::uint64_t rotations() const { return rotations_.load(); }

 private:
  struct File {
    UniqueFd fd;
    std::uint64_t next_seq = 0;
    int rotated = 0;
  };
  void run();
  void write_burst();
  void write_whole(const File& file, std::string_view text) const;
  void rotate(int number);
  void open(int number);
  void reopen_if_told();
  [[nodiscard]] std::uint64_t random(std::uint64_t below) { return random_() % below; }

  WriterSettings settings_;
  std::mt19937_64 random_;
  std::vector<File> files_;
  std::atomic<std::uint64_t> total_{0};
  std::atomic<std::uint64_t> rotations_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tailwater
