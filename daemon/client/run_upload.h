// RunUpload: the thread that sends a run's spool while its command works, so that the command waits for no server.
// Thread: the members are for the one that appends to the spool.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "client/http_transfer.h"
#include "client/run_spool.h"

namespace tailwater {

class RunSender;

class RunUpload {
 public:
  /// `spool` outlives it. `tell` is called on the thread; `done`, too, once everything has arrived or never will.
  RunUpload(RunSpool& spool, HttpAccess access, std::function<void(std::string_view)> tell, std::function<void()> done);
  ~RunUpload() { stop(); }
  RunUpload(const RunUpload&) = delete;
  RunUpload& operator=(const RunUpload&) = delete;

  /// The spool has more.
  void notify();
  /// The spool has its end: once that is sent, too, all is done.
  void finish();
  /// Gives up what is not sent yet, within about a second.
  void stop();
  /// Everything has arrived. Known once `done` was called or stop() has returned.
  [[nodiscard]] bool all_arrived() const;

 private:
  void run();
  bool send_all(RunSender& sender);
  /// False: stopped.
  bool pause(Milliseconds time);
  bool pace();
  enum class Wake { kMore, kFinished, kQuiet, kStopped };
  Wake wait_for_more(std::uint64_t sent);
  [[nodiscard]] bool stopping() const;

  RunSpool& spool_;
  const HttpAccess access_;
  const std::function<void(std::string_view)> tell_;
  const std::function<void()> done_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  bool finished_ = false;  // guarded by mutex_, as the next
  bool stopping_ = false;
  bool all_arrived_ = false;
  std::thread thread_;
};

}  // namespace tailwater
