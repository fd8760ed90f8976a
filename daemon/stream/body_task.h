// BodyTask: a reply's body that history workers make: a page, a search, a download. It runs in turns on one lane or on
// several at once, and rests while what it has made waits for its reader, so its memory is bounded and its pace is the
// socket's. The reader (client thread) and the pool share it; whoever is last frees it.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "stream/worker_pool.h"

namespace tailwater {

class BodyTask : public std::enable_shared_from_this<BodyTask> {
 public:
  /// `waiting_bytes`: so much may wait for the reader before the lanes rest.
  explicit BodyTask(std::size_t lanes = 1, std::size_t waiting_bytes = 256U << 10)
      : lanes_(lanes), waiting_bytes_(waiting_bytes) {}
  virtual ~BodyTask() = default;
  BodyTask(const BodyTask&) = delete;
  BodyTask& operator=(const BodyTask&) = delete;

  // --- the reader ----------------------------------------------------------------------------------------------
  /// Once. `on_output` is called on any thread, at most once between two calls of take(). `pool` outlives the task's
  /// turns.
  void begin(WorkerPool& pool, std::function<void()> on_output);
  struct Output {
    std::string bytes;
    bool finished = false;
    std::optional<Error> error;  ///< the body was not begun, or ends here
  };
  /// What was made since the last call; resting lanes go on.
  [[nodiscard]] Output take();
  /// The reader is gone: what runs ends soon, nothing more is said.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

 protected:
  enum class Turn : std::uint8_t {
    kAgain,  ///< there is more to do
    kLater,  ///< what it takes cannot be had at the moment: again in a while
    kRest,   ///< not until another lane, or the reader, wakes this one
    kEnd,    ///< nothing more for this lane
  };
  /// One turn of one lane, on a worker; other lanes may be in theirs.
  virtual Turn work(ReadBuffer& buffer) = 0;

  // --- for turns -----------------------------------------------------------------------------------------------
  [[nodiscard]] const std::atomic<bool>& cancelled() const { return cancelled_; }
  [[nodiscard]] bool is_cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  void say(std::string_view bytes);
  void finish();
  void finish(Error error);
  /// Lanes that rest go on.
  void wake();
  [[nodiscard]] bool has_room() const;

 private:
  class Lane;
  void run(ReadBuffer& buffer);
  void submit_lane();
  void tell_locked(std::unique_lock<std::mutex>& lock);

  const std::size_t lanes_;
  const std::size_t waiting_bytes_;
  std::atomic<bool> cancelled_{false};
  WorkerPool* pool_ = nullptr;
  std::function<void()> on_output_;
  mutable std::mutex mutex_;
  std::string output_;  // guarded by mutex_, as all below
  std::size_t resting_ = 0;
  std::size_t wakes_ = 0;  // so that a lane that is about to rest misses none
  bool told_ = false;
  bool finished_ = false;
  std::optional<Error> error_;
};

}  // namespace tailwater
