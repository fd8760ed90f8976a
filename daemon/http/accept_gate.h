// AcceptGate: lets connections in, in doses. Accepting runs until the backlog is empty, so a storm of reconnecting
// clients would starve those who are there; and when descriptors run out it would spin. The gate shuts for one pass of
// the loop after a dose, and for a while when there is no descriptor or no place left. Client thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "event/event_loop.h"
#include "http/admission.h"

namespace tailwater {

class AcceptGate {
 public:
  static constexpr int kDose = 64;
  static constexpr Milliseconds kPause{250};

  /// `http` and `admission` outlive the gate.
  AcceptGate(EventLoop& loop, evhttp* http, const Admission& admission);
  ~AcceptGate();
  AcceptGate(const AcceptGate&) = delete;
  AcceptGate& operator=(const AcceptGate&) = delete;

  /// Takes a listening, non-blocking socket.
  [[nodiscard]] Result<void> listen(UniqueFd socket);
  /// One connection was accepted.
  void on_accepted();
  /// Closes the listening sockets, for good.
  void close();

  [[nodiscard]] std::uint64_t pauses() const { return pauses_; }

 private:
  static void on_accept_error(evconnlistener* listener, void* http);
  void shut(Milliseconds time);
  void reopen();

  evhttp* http_;
  const Admission& admission_;
  std::vector<evhttp_bound_socket*> sockets_;
  Timer reopen_timer_;
  int accepted_in_dose_ = 0;
  std::uint64_t pauses_ = 0;
};

}  // namespace tailwater
