// SpoolStore: what was pushed to one stream, a spool for each name, below a folder of its own; bounded in bytes, number
// and age, the longest silent ones go first. Thread: one at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "source/spool.h"

namespace tailwater {

struct SpoolLimits {
  ByteCount file_bytes = 64ULL << 20;  ///< of one name, the rotated half included
  ByteCount bytes = 1ULL << 30;        ///< of all
  std::uint64_t files = 10'000;
  Milliseconds age = std::chrono::hours(24 * 30);  ///< since the last append
};

class SpoolStore {
 public:
  static constexpr std::size_t kMaxNameBytes = 200;
  static constexpr std::size_t kMaxOpen = 64;  ///< spools whose descriptors are kept

  SpoolStore(std::string folder, SpoolLimits limits) : folder_(std::move(folder)), limits_(limits) {}

  /// What is to be followed: a glob.
  [[nodiscard]] std::string pattern() const;
  void set_limits(const SpoolLimits& limits) {
    limits_ = limits;
    names_left_ = 0;
  }

  /// One to four segments of A-Z a-z 0-9 . _ -, none beginning with a dot: nothing that could leave the folder.
  [[nodiscard]] static bool is_name(std::string_view name);
  /// The spool of a name; kNotFound if there is none and `make` is not wanted. Valid until the next call.
  [[nodiscard]] Result<Spool*> find(std::string_view name, bool make);
  /// Removes what was pushed under `name`, which is one.
  void remove(std::string_view name) { forget(path_of(name)); }
  /// Removes what is over the limits, and some more of what there is most of, so that a full store is not looked
  /// through for each new name; but not `used`, which somebody is writing to. `now` is wall time.
  void enforce(WallTime now, std::string_view used = {});
  /// Before a new name: the same where a limit may have been reached since it was last looked.
  void make_room(WallTime now, std::string_view name);
  /// So many bytes were appended to one of its spools.
  void wrote(ByteCount bytes) { bytes_left_ -= std::min(bytes, bytes_left_); }

 private:
  [[nodiscard]] std::string path_of(std::string_view name) const;
  Result<void> make_folders(std::string_view name) const;
  void forget(const std::string& path);

  std::string folder_;
  SpoolLimits limits_;
  std::uint64_t names_left_ = 0;                   // that can be new before it has to be looked what there is
  ByteCount bytes_left_ = 0;                       // the same of appended bytes
  std::list<std::pair<std::string, Spool>> open_;  // the last used one first
};

}  // namespace tailwater
