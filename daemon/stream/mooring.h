// Mooring: what is remembered of one client's stream in memory that survives this process (base/surviving_memory.h), so
// that the next one can go on in the middle of it. A stream is a sequence of bytes; the record says what comes behind
// the first `base` of them, and where reading goes on behind that. How many of them the socket took, the kernel knows.
// So nothing is written for each send: only when the sequence turns elsewhere (own bytes, another block, history).
//
// A record is written beside the one in force and then put into force by one store: a process may be killed between any
// two instructions. What a record points to is kept until the next one is in force.
//
// The layout is version kVersion's; a process that finds another one cannot go on with its streams. Writing: the client
// thread that the stream belongs to.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/surviving_memory.h"
#include "stream/read_on.h"

namespace tailwater {

struct MooringRecord {
  std::uint64_t base = 0;
  std::uint64_t own = 0;  ///< offset of bytes of the stream's own; they come first
  std::uint32_t own_size = 0;
  std::uint32_t block_from = 0;
  std::uint64_t block = 0;      ///< offset of a block's image: its bytes from block_from on come next; 0: none
  std::uint64_t ahead = 0;      ///< of the block behind it, where its first bytes may be on their way already
  std::uint32_t block_end = 0;  ///< where the block ends, if there is one ahead
  bool caught_up = false;       ///< `caught-up` was said
  bool lost = false;            ///< what comes next is not in this memory
  ReadOnPlace next;             ///< behind the own bytes, if no block follows
};
static_assert(std::is_trivially_copyable_v<MooringRecord>);

/// How the socket's own count of bytes is read.
enum class CountedBy : std::uint8_t {
  kTcp,  ///< the kernel counts what a TCP socket has taken
  kUs,   ///< nobody but us does: what was under way when we were killed is unknown
};

/// One client's place in the memory. Free where `cookie` is 0.
struct alignas(64) MooringSlot {
  std::atomic<std::uint64_t> cookie;  ///< the kernel's number of the socket; set last, cleared first
  std::uint64_t begun;                ///< the socket's own count when the stream began
  std::uint64_t head;                 ///< offset of the request's head
  std::uint32_t head_size;
  CountedBy counted_by;
  std::atomic<bool> sending;  ///< kUs: a send is under way
  std::atomic<std::uint8_t> current;
  std::atomic<std::uint64_t> taken;  ///< kUs: bytes that the socket has taken since the stream began
  std::int64_t asked_ns;             ///< wall time of the request, which relative times count from
  MooringRecord records[2];
};
static_assert(sizeof(MooringSlot) <= 320 && std::atomic<std::uint64_t>::is_always_lock_free);

struct MooringsHeader {
  static constexpr std::uint64_t kMagic = 0x676e69726f6f4d54;  // "TMooring"
  static constexpr std::uint32_t kVersion = 1;
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t slot_size;
  std::uint64_t slots;
  std::uint64_t made;                  ///< nanoseconds since boot: the latest memory that knows a socket is right
  std::atomic<std::uint64_t> journal;  ///< which journal the points are of; 0: of none that will be there
};
inline constexpr std::size_t kMooringsFront = 4096;  ///< where the slots begin

class Moorings;

/// What a stream is asked when it begins.
struct MooredSocket {
  std::uint64_t cookie = 0;
  std::uint64_t begun = 0;
  CountedBy counted_by = CountedBy::kTcp;
};

class Mooring {
 public:
  /// Gives the place back, unless what is moored is to stay.
  ~Mooring();
  Mooring(const Mooring&) = delete;
  Mooring& operator=(const Mooring&) = delete;

  [[nodiscard]] SurvivingMemory& memory() const;
  /// Puts a record into force; `base` is set here.
  void record(MooringRecord record);
  /// The first record is in force: from now on the stream is moored.
  void begin();
  void will_send() {
    if (counted_by_us_) slot_.sending.store(true, std::memory_order_release);
  }
  void took(std::size_t count) {
    taken_ += count;
    if (!counted_by_us_) return;
    slot_.taken.store(taken_, std::memory_order_release);
    slot_.sending.store(false, std::memory_order_release);
  }
  [[nodiscard]] std::uint64_t cookie() const { return cookie_; }

 private:
  friend class Moorings;
  Mooring(Moorings& moorings, MooringSlot& slot, const MooredSocket& socket, SurvivingBytes head);

  Moorings& moorings_;
  MooringSlot& slot_;
  const std::uint64_t cookie_;
  std::uint64_t taken_ = 0;
  SurvivingBytes head_;
  const bool counted_by_us_;
};

/// The places, in one memory. Any thread.
class Moorings {
 public:
  /// Room for `slots` streams, and `bytes` of blocks and of bytes of their own. `journal`: see the header.
  [[nodiscard]] static Result<std::unique_ptr<Moorings>> create(std::size_t slots, std::size_t bytes,
                                                                std::uint64_t journal, std::uint64_t now_ns);

  [[nodiscard]] SurvivingMemory& memory() const { return *memory_; }
  [[nodiscard]] std::uint64_t made() const { return header().made; }
  void set_journal(std::uint64_t journal) { header().journal.store(journal, std::memory_order_release); }
  /// Null if all places are taken, or there is no room for the head: the stream will end with this process. `taken`:
  /// bytes of the stream that the socket has taken before.
  [[nodiscard]] std::unique_ptr<Mooring> moor(const MooredSocket& socket, std::string_view head, WallTime asked,
                                              std::uint64_t taken = 0);
  /// From now on nothing that is moored is let go of, nor written over.
  void keep_all();
  [[nodiscard]] bool keeps_all() const { return keep_all_.load(std::memory_order_acquire); }
  [[nodiscard]] std::size_t size() const;

 private:
  friend class Mooring;
  Moorings(std::unique_ptr<SurvivingMemory> memory, std::size_t slots);
  [[nodiscard]] MooringsHeader& header() const { return *reinterpret_cast<MooringsHeader*>(memory_->front()); }
  [[nodiscard]] MooringSlot* slots() const { return reinterpret_cast<MooringSlot*>(memory_->front() + kMooringsFront); }
  void let_go(MooringSlot& slot);

  const std::unique_ptr<SurvivingMemory> memory_;
  std::atomic<bool> keep_all_{false};
  mutable std::mutex mutex_;
  std::size_t count_ = 0;       // guarded by mutex_
  std::size_t never_used_ = 0;  // guarded by mutex_: slots from here on
  const std::size_t slot_count_;
  std::vector<std::uint32_t> free_;  // guarded by mutex_: of those before
};

}  // namespace tailwater
