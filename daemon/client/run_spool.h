// RunSpool: what a run has written and its server does not have yet: marked lines and blocks (OutputLines) in a file,
// bounded, and with all in front of them that it takes to send the rest after a crash or days later: whereto, as what,
// how far it has come, and how the run ended. Disk space of what has arrived is given back as it goes.
// Threads: one appends (and says how it ended), another reads and acknowledges.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

class RunSpool {
 public:
  struct Target {
    std::string url;          ///< of the run's resource below /api/ingest
    std::string unix_socket;  ///< empty: none
    std::string name;         ///< STREAM/NAME
    std::string start;        ///< query of the call that begins the run
  };
  /// How far the sending has come.
  struct Place {
    std::uint64_t bytes = 0;              ///< of marked lines
    std::optional<std::uint64_t> offset;  ///< the server's at that place; none: never heard of it
    bool marked = false;                  ///< lines are sent as they are; else without their marks
  };

  /// A new file in `directory` (made where it is missing), or, with an empty one, in memory.
  [[nodiscard]] static Result<std::unique_ptr<RunSpool>> create(const std::string& directory, Target target,
                                                                ByteCount limit);
  /// One that was left behind. kUnavailable: its run is still writing it. kCorrupt: it is none.
  [[nodiscard]] static Result<std::unique_ptr<RunSpool>> open(const std::string& path);
  /// The paths of all in `directory`, in the order of their names.
  [[nodiscard]] static std::vector<std::string> list(const std::string& directory);

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] ByteCount limit() const { return limit_; }
  /// Empty: it is in memory.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// Whole marked lines and blocks. Where there is no room or no disk they are dropped and counted, and a line in front
  /// of the next that fit says what is missing.
  void append(std::string_view lines, WallTime now);
  [[nodiscard]] std::uint64_t dropped_bytes() const { return dropped_bytes_; }
  /// Query of the call that ends the run. Nothing is appended after it.
  void set_end(std::string_view query, WallTime now);
  [[nodiscard]] std::string end() const;

  /// Bytes of marked lines that were ever appended.
  [[nodiscard]] std::uint64_t size() const { return size_.load(std::memory_order_acquire); }
  /// Of them, what is not acknowledged. Any thread.
  [[nodiscard]] std::uint64_t unsent_bytes() const { return size() - sent_.load(std::memory_order_relaxed); }
  [[nodiscard]] Place place() const { return place_; }
  /// Whole lines and blocks from the place on, at most about `most` bytes; empty: there are none.
  [[nodiscard]] Result<std::string> read(std::size_t most) const;
  void acknowledge(const Place& place);
  /// All has arrived: takes the file away.
  void remove();

 private:
  RunSpool(UniqueFd fd, std::string path, Target target, ByteCount limit);
  Result<void> write_header() const;
  bool write_lines(std::string_view lines);
  [[nodiscard]] ByteCount room() const;
  /// Room is made in whole blocks.
  void give_back(std::uint64_t before);

  UniqueFd fd_;
  std::string path_;
  const Target target_;
  const ByteCount limit_;
  std::atomic<std::uint64_t> size_{0};
  std::atomic<std::uint64_t> freed_{0};  // of them, no longer on disk
  std::atomic<std::uint64_t> sent_{0};   // of them, acknowledged
  Place place_;                          // the reader's
  std::uint64_t dropped_bytes_ = 0;      // the writer's, as the next
  std::uint64_t untold_bytes_ = 0;       // of them, since the last line that said so
};

}  // namespace tailwater
