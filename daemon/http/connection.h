// Connection: one accepted socket, from accept to close. It stands between evhttp and the wire: evhttp's own callbacks
// run behind ours, so that no head reaches its parser unvetted, no error page of its own reaches a client, and every
// connection ends in one place. Client thread only.
//
// The way of a connection: head (bytes are gathered and vetted) -> body (evhttp reads) -> [wait] -> reply (evhttp
// writes), and back to head; or from body or wait to stream, or from head to refused, both of which end it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <event2/bufferevent.h>

#include "http/admission.h"
#include "http/deadlines.h"
#include "http/handler_worker.h"
#include "http/host_rules.h"
#include "http/request_head.h"
#include "http/stream_connection.h"
#include "http/trusted_proxies.h"

struct ssl_st;

namespace tailwater {

class Connection;

/// Hears of a connection's requests and of its end.
class ConnectionListener {
 public:
  virtual ~ConnectionListener() = default;
  /// A whole, vetted request: it must be answered or taken over before this returns, since evhttp has stopped
  /// reading and an unanswered one would hold its descriptor for ever.
  virtual void on_request(Connection& connection, evhttp_request* request) = 0;
  /// A request that was answered before it was read to its end.
  virtual void on_refused(const Connection& connection, int status) = 0;
  /// The last that is heard of it: destroys the object.
  virtual void on_closed(Connection& connection) = 0;
};

/// What all connections of a thread have in common; outlives them.
struct ConnectionSettings {
  HeadLimits limits;
  HostRules hosts;
  const TrustedProxies& proxies;
  Milliseconds stall_timeout{30'000};
  EventLoop& loop;
  Deadlines& head_deadlines;
  Deadlines& body_deadlines;
  ConnectionListener& listener;
  bool stopping = false;    ///< no further request is read
  std::uint64_t waits = 0;  ///< numbers given by begin_wait()

  /// evhttp's own callbacks, the same for every connection; learnt from the first.
  bufferevent_data_cb evhttp_read = nullptr;
  bufferevent_data_cb evhttp_write = nullptr;
};

class Connection final : public WithDeadline {
 public:
  /// Bytes that a client may send while it is streamed to, before it is taken for a nuisance.
  static constexpr std::size_t kMaxStreamInput = 16 << 10;
  /// Requests that a client may send ahead while a reply is on its way; more waits in its own socket.
  static constexpr std::size_t kMaxAhead = 64 << 10;
  /// What is thrown away of the body of a refused request, so that the refusal is read before the connection resets.
  static constexpr std::size_t kMaxLinger = 256 << 10;

  /// Takes over the connection that evhttp has just made around `bev`; null if evhttp has given it up already.
  [[nodiscard]] static std::unique_ptr<Connection> adopt(bufferevent* bev, ConnectionSettings& settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Of the request that is being served.
  [[nodiscard]] const RequestHead& head() const { return vetted_->head; }
  [[nodiscard]] std::shared_ptr<const VettedHead> shared_head() const { return vetted_; }
  /// Who sent it: the peer, or whom a proxy of ours asks for.
  [[nodiscard]] const PeerAddress& client() const { return client_; }
  /// The peer is a proxy of ours, and many clients.
  [[nodiscard]] bool is_from_proxy() const { return from_proxy_; }
  [[nodiscard]] int fd() const { return bufferevent_getfd(bev_); }
  [[nodiscard]] bool is_tls() const { return ssl() != nullptr; }

  /// Lets evhttp send a reply to `request`, whole; its headers are set, `body` may be null.
  void send_reply(evhttp_request* request, int status, evbuffer* body);
  /// The reply will come later. Nothing is read meanwhile, so that nobody notices if the client leaves; who waits must
  /// answer soon. The number tells this wait from any other.
  [[nodiscard]] std::uint64_t begin_wait();
  /// What the reply waits for; given up when the connection closes.
  void wait_for(std::unique_ptr<PendingBody> pending) { pending_ = std::move(pending); }
  [[nodiscard]] bool is_waiting(std::uint64_t wait) const { return phase_ == Phase::kWait && wait_ == wait; }
  /// Takes the reply to `request` over; its headers are set. Gives the stream to start, which this connection owns.
  /// Not `chunked`: its length has been announced.
  /// With `head` the reply's own bytes go there, and are the caller's to send.
  [[nodiscard]] StreamConnection& begin_stream(evhttp_request* request, int status, bool chunked,
                                               std::string* head = nullptr);
  /// Its stream survives us; under the kernel's number of its socket. 0: it does not.
  void keep(std::uint64_t cookie) { kept_ = cookie; }
  [[nodiscard]] std::uint64_t kept() const { return kept_; }
  /// As it is closed: somebody else holds the socket, and its peer is to notice nothing.
  void leave_socket() const;
  [[nodiscard]] std::unique_ptr<Sink> make_sink();
  [[nodiscard]] bool is_streaming() const { return phase_ == Phase::kStream; }
  /// Nothing is on its way to the client.
  [[nodiscard]] bool is_idle() const {
    return phase_ == Phase::kHead || phase_ == Phase::kBody || phase_ == Phase::kWait || phase_ == Phase::kRefused;
  }

  /// Closes it, now; the object is gone when this returns.
  void close();

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kWait, kReply, kStream, kRefused };

  Connection(bufferevent* bev, evhttp_connection* evcon, ConnectionSettings& settings);
  static Connection& of(bufferevent* bev);
  [[nodiscard]] ssl_st* ssl() const;
  void answer_plain_request() const;
  void hook();
  void let_evhttp(bufferevent_data_cb callback);
  void on_readable();
  void on_drained();
  void on_event(short what);
  void read_head();
  void vet(std::string text);
  void refuse(const RequestRefusal& refusal, bool is_head);
  void linger();
  void discard_input(std::size_t limit);
  [[nodiscard]] std::string take_output();

  ConnectionSettings& settings_;
  bufferevent* bev_;          // evcon_'s
  evhttp_connection* evcon_;  // evhttp's; ours to free
  std::shared_ptr<const VettedHead> vetted_;
  std::unique_ptr<StreamConnection> stream_;
  std::unique_ptr<PendingBody> pending_;
  std::uint64_t wait_ = 0;
  std::uint64_t kept_ = 0;
  bool* gone_ = nullptr;  // set while evhttp runs: told if it frees the connection
  std::uint32_t discarded_ = 0;
  std::uint32_t scanned_ = 0;
  PeerAddress peer_;
  PeerAddress client_;
  bool from_proxy_ = false;
  Phase phase_ = Phase::kHead;
};

}  // namespace tailwater
