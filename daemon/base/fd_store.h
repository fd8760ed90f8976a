// FdStore: descriptors that the service manager keeps for us beyond the end of this process, and hands to the next one
// (sd_pid_notify_with_fds(3), FDSTORE=1; base/inherited_fds.h takes them over). The manager lets go of a connection by
// itself when its peer is gone, or when we have shut it down; remove() says so as well. Never blocks those who call:
// what the manager's socket does not take at once waits for a thread that does. Thread: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

class FdStore {
 public:
  /// Null where there is no manager that keeps descriptors: it says so by FDSTORE (systemd 254 sets it, the unit sets
  /// it for older ones) beside NOTIFY_SOCKET.
  [[nodiscard]] static Result<std::unique_ptr<FdStore>> of_service_manager();
  ~FdStore();
  FdStore(const FdStore&) = delete;
  FdStore& operator=(const FdStore&) = delete;

  /// At most this many descriptors, the memory among them.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// `fd` stays the caller's, who may close it at once. No ':' in the name; all that are wanted back at once have names
  /// of no more than 128 KiB together (execve(2)).
  void store(int fd, const std::string& name);
  /// All of that name.
  void remove(const std::string& name);

 private:
  struct Message {
    std::string text;
    UniqueFd fd;
  };

  FdStore(UniqueFd socket, std::size_t capacity);
  void submit(std::string text, int fd);
  void send_waiting();

  const UniqueFd socket_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Message> waiting_;  // guarded by mutex_
  bool stopping_ = false;        // guarded by mutex_
  std::thread sender_;           // guarded by mutex_ until it is joined; made when it is first needed
};

}  // namespace tailwater
