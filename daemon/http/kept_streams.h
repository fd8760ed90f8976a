// KeptStreams: the streams that no restart ends. Each is moored in memory that survives us, and its socket is in the
// service manager's store from its first byte on; so the next process finds both, however this one ends. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd_store.h"
#include "base/inherited_fds.h"
#include "http/request_head.h"
#include "stream/mooring.h"
#include "stream/revival.h"

namespace tailwater {

/// A stream that an earlier process had begun, with its socket.
struct KeptStream {
  UniqueFd fd;
  std::uint64_t cookie = 0;
  MooredStream moored;
};

/// All that an earlier process left.
struct KeptByEarlier {
  std::vector<KeptStream> streams;
  std::vector<UniqueFd> lost;          ///< sockets of streams of which nothing is known any more
  std::vector<std::string> memories;   ///< names in the store, to be removed when all have been taken up
  std::vector<InheritedFd> listeners;  ///< that it had bound itself
  std::string why_lost;
};

class KeptStreams {
 public:
  /// Both outlive the object. The memory goes into the store at once.
  KeptStreams(Moorings& moorings, FdStore& store);

  /// Sorts out what was handed over; what is none of it stays in `inherited`. Memories of another journal than
  /// `journal` are of no use.
  [[nodiscard]] static KeptByEarlier take(std::vector<InheritedFd>& inherited, std::uint64_t journal);

  /// For a stream that begins on `fd`; null: it ends with this process.
  [[nodiscard]] std::unique_ptr<Mooring> moor(int fd, const RequestHead& head, WallTime asked);
  /// For one that goes on; `taken` as its Revival says.
  [[nodiscard]] std::unique_ptr<Mooring> moor_again(const KeptStream& stream, std::uint64_t taken);
  /// The stream has been moored: its socket goes into the store.
  void store(int fd, std::uint64_t cookie);
  /// The stream is over, and its socket about to be closed: nobody else shall hold it open. Unless everything is to
  /// stay.
  void end(int fd, std::uint64_t cookie);
  /// What is moored stays from now on.
  void keep_all() { moorings_.keep_all(); }
  [[nodiscard]] bool keeps_all() const { return moorings_.keeps_all(); }
  void forget_memories(const std::vector<std::string>& names);
  /// A socket that we have bound to `address`: nobody shall be refused while we are restarted.
  void store_listener(int fd, const std::string& address);
  /// That of an earlier process for `address`, taken out of what it left; none if there is none.
  [[nodiscard]] static UniqueFd take_listener(KeptByEarlier& earlier, const std::string& address);
  /// Those that nobody wants any more are closed.
  void forget_listeners(KeptByEarlier& earlier);

 private:
  Moorings& moorings_;
  FdStore& store_;
};

/// How a new process gets on with the streams of an earlier one. Shared by who takes them up, on any thread; the last
/// one says how it went, and has the memories forgotten: unless some never came to their turn, who are for the next
/// process.
class TakingUp {
 public:
  /// `kept` outlives the object.
  TakingUp(KeptStreams& kept, const KeptByEarlier& earlier);
  ~TakingUp();
  TakingUp(const TakingUp&) = delete;
  TakingUp& operator=(const TakingUp&) = delete;
  void count(bool goes_on);

 private:
  KeptStreams& kept_;
  const std::vector<std::string> memories_;
  const std::string why_lost_;
  const std::size_t streams_;
  const std::size_t lost_;
  std::atomic<std::size_t> counted_{0};
  std::atomic<std::size_t> going_on_{0};
};

/// The socket's own count as `stream` was counted by; an error if it cannot be had.
[[nodiscard]] Result<std::uint64_t> count_of(const KeptStream& stream);

/// What of a head decides what its stream is and who may read it, as a head.
[[nodiscard]] std::string essential_head(const RequestHead& head);

}  // namespace tailwater
