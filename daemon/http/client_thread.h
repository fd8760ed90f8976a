// ClientThread: one event loop with its evhttp, its listening sockets, its readers and its connections. Built on the
// main thread, run on one of its own, which also takes it apart; only stop() and the counters are for others.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/event_loop.h"
#include "http/accept_gate.h"
#include "http/admission.h"
#include "http/backend.h"
#include "http/browser_rules.h"
#include "http/connection.h"
#include "http/handler_worker.h"
#include "http/http_server.h"
#include "http/reply.h"
#include "http/revived_streams.h"
#include "http/routes.h"

namespace tailwater {

struct ListeningSocket {
  UniqueFd fd;
  bool tls = false;
};

/// What the client threads of one server have in common; outlives them.
struct SharedByThreads {
  Admission& admission;
  /// Answers to the threads' loops until it is stopped; without one all handlers run on the client threads.
  HandlerWorker* worker = nullptr;
  HandlerWorker* sign_in_worker = nullptr;  ///< the same; without one the other does
  const CurrentTls& tls;
  const BrowserRules& browsers;
  const TrustedProxies& proxies;
  KeptStreams* kept = nullptr;  ///< null: streams end with the process
};

class ClientThread final : private ConnectionListener {
 public:
  /// `options` and `backend` outlive the object; `sockets` listen already.
  [[nodiscard]] static Result<std::unique_ptr<ClientThread>> create(const HttpOptions& options, const HostRules& hosts,
                                                                    const Backend& backend,
                                                                    const SharedByThreads& shared,
                                                                    std::vector<ListeningSocket> sockets);
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
  /// On its thread: goes on with a stream that an earlier process had begun; false if it cannot, and has been closed.
  bool take_up(KeptStream stream) { return revived_->take_up(std::move(stream)); }
  /// On its thread: ends the streams of callers who may not have them any more.
  void recheck_callers();

 private:
  /// An evhttp makes one kind of connection; so there is one for plain ones and one for those with TLS.
  struct Door {
    Door(ClientThread& its_thread, bool with_tls) : thread(its_thread), tls(with_tls) {}
    ClientThread& thread;
    const bool tls;
    EvhttpPtr http;
    std::unique_ptr<AcceptGate> gate;
  };

  ClientThread(const HttpOptions& options, const Backend& backend, const SharedByThreads& shared,
               std::unique_ptr<EventLoop> loop);
  Result<void> set_up(const HostRules& hosts, const TrustedProxies& proxies, std::vector<ListeningSocket> sockets);
  Result<Door*> door_for(bool tls);
  void set_up_http(Door& door);

  bufferevent* make_bufferevent(Door& door);
  [[nodiscard]] bufferevent* make_tls_bufferevent() const;
  void adopt_accepted();
  void on_request(Connection& connection, evhttp_request* request) override;
  void on_refused(const Connection& connection, int status) override;
  void on_closed(Connection& connection) override;
  void serve(Connection& connection, evhttp_request* request, RoutedRequest routed);
  std::optional<Reply> admit(const Connection& connection, RoutedRequest& routed);
  void record_refusal(const Connection& connection, int status, const RoutedRequest* routed);
  void hand_over(Connection& connection, evhttp_request* request, RoutedRequest routed);
  void finish(Connection& connection, evhttp_request* request, RouteKind kind, Outcome outcome);
  void reply(Connection& connection, evhttp_request* request, Reply reply);
  void await_body(Connection& connection, evhttp_request* request, RouteKind kind, TaskStart start);
  void stream_body(Connection& connection, evhttp_request* request, TaskStart start);
  [[nodiscard]] const Caller* stream_caller(const Connection& connection) const;
  void record_subscription(const Connection& connection, const StreamStart& start);
  void begin_stream(Connection& connection, evhttp_request* request, StreamStart start);
  [[nodiscard]] MooredStart moor(const Connection& connection);
  void leave_kept();
  [[nodiscard]] Reply no_place(RouteKind kind, std::string_view detail);
  void begin_stop();
  void finish_if_quiet();
  void tear_down();

  const HttpOptions& options_;
  const Backend& backend_;
  Admission& admission_;
  HandlerWorker* const worker_;
  HandlerWorker* const sign_in_worker_;
  const CurrentTls& tls_;
  const BrowserRules& browsers_;
  KeptStreams* const kept_;

  // In reverse teardown order.
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Readers> readers_;
  std::unique_ptr<RevivedStreams> revived_;  // if anything is kept
  std::unique_ptr<Deadlines> head_deadlines_;
  std::unique_ptr<Deadlines> body_deadlines_;
  std::unique_ptr<ConnectionSettings> settings_;
  EventPtr adopt_event_;
  std::vector<bufferevent*> accepted_;                    // made for evhttp in this pass, not yet ours; referenced
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::size_t connection_count_ = 0;
  /// Whose the streams are, by descriptor; those of the local caller, who is nobody in particular, are not in it.
  std::unordered_map<int, std::shared_ptr<const Caller>> stream_callers_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::unique_ptr<Timer> grace_timer_;
  std::minstd_rand random_;
};

}  // namespace tailwater
