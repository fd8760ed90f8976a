// Revival: what an earlier process was doing for one client, read from the memory that survived it (stream/mooring.h),
// so that this one goes on behind the last byte that the socket took. The memory is read as if a stranger had written
// it: nothing outside of it is touched, and what contradicts itself is an error. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/surviving_memory.h"
#include "stream/mooring.h"

namespace tailwater {

/// How a stream goes on.
struct Revival {
  std::string rest;  ///< bytes to send first: of what was under way, up to the end of a chunk
  ReadOnPlace next;
  bool caught_up = false;
  std::uint64_t taken = 0;  ///< bytes of the stream that the client has
};

/// A stream that was moored in some memory.
struct MooredStream {
  std::shared_ptr<const SurvivedMemory> memory;
  const MooringSlot* slot = nullptr;
  [[nodiscard]] std::string_view head() const;
  [[nodiscard]] WallTime asked() const;
};

/// Memory that an earlier process left, once it is known to be of our version and within its bounds.
class SurvivedMoorings {
 public:
  /// kInvalid says what is wrong: another version, or none of ours.
  [[nodiscard]] static Result<SurvivedMoorings> open(std::shared_ptr<const SurvivedMemory> memory);
  [[nodiscard]] std::uint64_t made() const { return header_->made; }
  [[nodiscard]] std::uint64_t journal() const { return header_->journal.load(std::memory_order_acquire); }
  /// Those that are moored there.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, MooredStream>> by_cookie() const;

 private:
  SurvivedMoorings(std::shared_ptr<const SurvivedMemory> memory, const MooringsHeader* header)
      : memory_(std::move(memory)), header_(header) {}
  std::shared_ptr<const SurvivedMemory> memory_;
  const MooringsHeader* header_;
};

/// `counted`: the socket's own count of bytes now; not looked at where nobody but us counted. kUnavailable: what was
/// under way is not known, or was not in the memory.
[[nodiscard]] Result<Revival> revive(const MooredStream& stream, std::uint64_t counted);

}  // namespace tailwater
