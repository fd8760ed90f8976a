// ClientThread: one event loop with its evhttp, its listening sockets, its readers and its connections. Built on the
// main thread, run on one of its own, which also takes it apart; only stop() and the counters are for others.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "event/event_loop.h"
#include "http/accept_gate.h"
#include "http/admission.h"
#include "http/backend.h"
#include "http/connection.h"
#include "http/handler_worker.h"
#include "http/http_server.h"
#include "http/reply.h"
#include "http/routes.h"

namespace tailwater {

class ClientThread final : private ConnectionListener {
 public:
  /// `options`, `backend`, `admission` and `worker` outlive the object, whose loop the worker
  /// answers to until it is stopped; `sockets` listen already. Without a worker all handlers run here.
  [[nodiscard]] static Result<std::unique_ptr<ClientThread>> create(const HttpOptions& options, const HostRules& hosts,
                                                                    const Backend& backend, Admission& admission,
                                                                    HandlerWorker* worker,
                                                                    std::vector<UniqueFd> sockets);
  ~ClientThread() override;
  ClientThread(const ClientThread&) = delete;
  ClientThread& operator=(const ClientThread&) = delete;

  /// Serves until stop(); returns when streams are closed or the grace is over, and all connections are.
  void run();
  /// One pass without waiting, for tests.
  void run_once() { loop_->run_once(); }
  /// Any thread.
  void stop();
  /// Any thread, not after stop().
  void post(EventLoop::Task task) { loop_->post(std::move(task)); }

 private:
  ClientThread(const HttpOptions& options, const Backend& backend, Admission& admission, HandlerWorker* worker,
               std::unique_ptr<EventLoop> loop);
  Result<void> set_up(const HostRules& hosts, std::vector<UniqueFd> sockets);
  void set_up_http();

  bufferevent* make_bufferevent();
  void adopt_accepted();
  void on_request(Connection& connection, evhttp_request* request) override;
  void on_closed(Connection& connection) override;
  void serve(Connection& connection, evhttp_request* request, RoutedRequest routed);
  void hand_over(Connection& connection, evhttp_request* request, RoutedRequest routed);
  void finish(Connection& connection, evhttp_request* request, RouteKind kind, Outcome outcome);
  void reply(Connection& connection, evhttp_request* request, Reply reply);
  void begin_stream(Connection& connection, evhttp_request* request, StreamStart start);
  [[nodiscard]] Reply no_place(RouteKind kind, Admitted why);
  void begin_stop();
  void finish_if_quiet();
  void tear_down();

  const HttpOptions& options_;
  const Backend& backend_;
  Admission& admission_;
  HandlerWorker* const worker_;

  // In reverse teardown order.
  std::unique_ptr<EventLoop> loop_;
  EvhttpPtr http_;
  std::unique_ptr<Readers> readers_;
  std::unique_ptr<Deadlines> head_deadlines_;
  std::unique_ptr<Deadlines> body_deadlines_;
  std::unique_ptr<ConnectionSettings> settings_;
  EventPtr adopt_event_;
  std::vector<bufferevent*> accepted_;                    // made for evhttp in this pass, not yet ours; referenced
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::size_t connection_count_ = 0;
  std::unique_ptr<AcceptGate> gate_;
  std::unique_ptr<Timer> grace_timer_;
  std::minstd_rand random_;
};

}  // namespace tailwater
