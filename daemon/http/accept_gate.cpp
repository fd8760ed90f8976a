#include "http/accept_gate.h"

#include <fcntl.h>

#include <cerrno>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <spdlog/spdlog.h>

namespace tailwater {
namespace {

/// A listener's error callback gets the user data of its accept callback, and that is evhttp's. So the gate of a
/// listener is looked up here; only errors come this way.
struct GateTable {
  std::mutex mutex;
  std::unordered_map<const evconnlistener*, AcceptGate*> gates;  // guarded by mutex
};

GateTable& gate_table() {
  static GateTable table;
  return table;
}

}  // namespace

AcceptGate::AcceptGate(EventLoop& loop, evhttp* http, const Admission& admission)
    : http_(http), admission_(admission), reopen_timer_(loop, [this] { reopen(); }) {}

AcceptGate::~AcceptGate() {
  close();
}

Result<void> AcceptGate::listen(UniqueFd socket) {
  // evhttp leaves an inherited descriptor as it is, and accept() on a blocking one would stop the loop.
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail(errno_error("cannot accept from", "a listening socket", errno));
  }
  evhttp_bound_socket* bound = evhttp_accept_socket_with_handle(http_, socket.get());
  if (bound == nullptr) return fail(ErrorCode::kUnavailable, "out of memory for a listening socket");
  [[maybe_unused]] const int given_away = socket.release();
  sockets_.push_back(bound);
  evconnlistener* listener = evhttp_bound_socket_get_listener(bound);
  {
    const std::lock_guard lock(gate_table().mutex);
    gate_table().gates[listener] = this;
  }
  evconnlistener_set_error_cb(listener, on_accept_error);
  return {};
}

void AcceptGate::on_accepted() {
  if (admission_.is_full()) {
    shut(kPause);
  } else if (++accepted_in_dose_ >= kDose) {
    shut(Milliseconds(0));
  }
}

void AcceptGate::on_accept_error(evconnlistener* listener, void* /*http*/) {
  const int error = errno;
  AcceptGate* gate = nullptr;
  {
    const std::lock_guard lock(gate_table().mutex);
    gate = gate_table().gates[listener];
  }
  if (gate == nullptr) return;
  spdlog::warn("cannot accept a connection: {}; trying again in {} ms",
               errno_error("accept", "a client", error).message, kPause.count());
  gate->shut(kPause);
}

void AcceptGate::shut(Milliseconds time) {
  for (evhttp_bound_socket* bound : sockets_) evconnlistener_disable(evhttp_bound_socket_get_listener(bound));
  if (time.count() > 0) ++pauses_;
  reopen_timer_.start_once(time);
}

void AcceptGate::reopen() {
  if (admission_.is_full()) return reopen_timer_.start_once(kPause);
  accepted_in_dose_ = 0;
  for (evhttp_bound_socket* bound : sockets_) evconnlistener_enable(evhttp_bound_socket_get_listener(bound));
}

void AcceptGate::close() {
  reopen_timer_.cancel();
  for (evhttp_bound_socket* bound : std::exchange(sockets_, {})) {
    {
      const std::lock_guard lock(gate_table().mutex);
      gate_table().gates.erase(evhttp_bound_socket_get_listener(bound));
    }
    evhttp_del_accept_socket(http_, bound);
  }
}

}  // namespace tailwater
