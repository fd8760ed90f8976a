// BlockStore: named bytes on disk, or in memory where there is no directory; what history is made of. A name holds the
// step and the first point of its block. Written by one thread; any thread may read. A disk that refuses is told of by
// write_errors(); what was asked for is then not kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace tailwater {

struct BlockName {
  std::uint32_t step_ms = 0;
  std::int64_t first = 0;
  friend auto operator<=>(const BlockName&, const BlockName&) = default;
};

class BlockStore {
 public:
  /// `directory` exists, or is made; empty: in memory.
  explicit BlockStore(std::string directory) : directory_(std::move(directory)) {}

  /// Finds what is there.
  [[nodiscard]] Result<void> open();
  /// In place of what had this name, whole or not at all.
  void put(const BlockName& name, std::string bytes);
  void remove(const BlockName& name);
  /// May touch the disk; nothing if it is not there any more.
  [[nodiscard]] std::optional<std::string> get(const BlockName& name) const;
  /// Of that step, oldest first, with their sizes.
  [[nodiscard]] std::vector<std::pair<BlockName, ByteCount>> list(std::uint32_t step_ms) const;
  [[nodiscard]] ByteCount bytes() const;
  [[nodiscard]] std::uint64_t write_errors() const { return write_errors_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    ByteCount size = 0;
    std::string bytes;  // in memory alone
  };
  [[nodiscard]] std::string path(const BlockName& name) const;

  const std::string directory_;
  mutable std::mutex mutex_;
  std::map<BlockName, Entry> entries_;  // guarded by mutex_
  std::atomic<std::uint64_t> write_errors_{0};
};

}  // namespace tailwater
