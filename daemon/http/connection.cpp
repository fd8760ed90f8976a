#include "http/connection.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include <event2/bufferevent_ssl.h>
#include <event2/http_struct.h>

#include "base/unique_fd.h"
#include "http/reply.h"
#include "http/tls_context.h"
#include "http/tls_sink.h"

namespace tailwater {
namespace {

/// Line ends before a request, left over from a body that some clients end with one (RFC 9112 section 2.2).
void skip_empty_lines(evbuffer* input) {
  char line[2];
  while (evbuffer_copyout(input, line, sizeof line) == sizeof line && line[0] == '\r' && line[1] == '\n') {
    evbuffer_drain(input, sizeof line);
  }
}

/// Frees what a request holds and a stream has no use for, 1.7 KB; evhttp minds none of it missing when it frees the
/// rest.
void let_go_of(evhttp_request* request) {
  evhttp_clear_headers(request->input_headers);
  evhttp_clear_headers(request->output_headers);
  if (request->uri_elems != nullptr) evhttp_uri_free(std::exchange(request->uri_elems, nullptr));
  if (request->input_buffer != nullptr) evbuffer_free(std::exchange(request->input_buffer, nullptr));
  if (request->output_buffer != nullptr) evbuffer_free(std::exchange(request->output_buffer, nullptr));
}

}  // namespace

std::unique_ptr<Connection> Connection::adopt(bufferevent* bev, ConnectionSettings& settings) {
  bufferevent_data_cb read = nullptr;
  bufferevent_data_cb write = nullptr;
  void* evcon = nullptr;
  // evhttp hands out its connection only with a request; before that it is the argument of evhttp's own callbacks.
  bufferevent_getcb(bev, &read, &write, nullptr, &evcon);
  if (evcon == nullptr || read == nullptr || write == nullptr) return nullptr;
  settings.evhttp_read = read;
  settings.evhttp_write = write;
  return std::unique_ptr<Connection>(new Connection(bev, static_cast<evhttp_connection*>(evcon), settings));
}

Connection::Connection(bufferevent* bev, evhttp_connection* evcon, ConnectionSettings& settings)
    : settings_(settings),
      bev_(bev),
      evcon_(evcon),
      peer_(PeerAddress::of(evhttp_connection_get_addr(evcon))),
      client_(peer_),
      from_proxy_(settings.proxies.trusts(evhttp_connection_get_addr(evcon))) {
  // One callback for the whole life of the connection: evhttp calls it wherever it ends.
  evhttp_connection_set_closecb(
      evcon,
      [](evhttp_connection*, void* self) {
        auto& connection = *static_cast<Connection*>(self);
        if (ssl_st* ssl = connection.ssl(); ssl != nullptr) say_tls_goodbye(ssl);
        connection.settings_.listener.on_closed(connection);
      },
      this);
  // Only for writing: a timeout for reading would end idle streams too. Heads have their own, absolute deadline.
  const auto stall = settings.stall_timeout.count();
  const timeval write_timeout{static_cast<time_t>(stall / 1000), static_cast<suseconds_t>(stall % 1000 * 1000)};
  bufferevent_set_timeouts(bev_, nullptr, &write_timeout);
  settings_.head_deadlines.start(*this);
  hook();
}

Connection::~Connection() {
  if (gone_ != nullptr) *gone_ = true;
}

void Connection::close() {
  evhttp_connection_free(evcon_);  // calls back, and so destroys this object
}

// evhttp calls the read callback with its own connection as argument where input was left over from the request before,
// so callbacks find their object in the bufferevent.
Connection& Connection::of(bufferevent* bev) {
  void* self = nullptr;
  bufferevent_getcb(bev, nullptr, nullptr, nullptr, &self);
  return *static_cast<Connection*>(self);
}

void Connection::hook() {
  bufferevent_setcb(
      bev_, [](bufferevent* bev, void*) { of(bev).on_readable(); },
      [](bufferevent* bev, void*) { of(bev).on_drained(); },
      [](bufferevent* bev, short what, void*) { of(bev).on_event(what); }, this);
}

void Connection::let_evhttp(bufferevent_data_cb callback) {
  bool gone = false;
  gone_ = &gone;
  callback(bev_, evcon_);
  if (gone) return;
  gone_ = nullptr;
  hook();
  if (settings_.stopping && phase_ == Phase::kHead) close();
}

void Connection::on_readable() {
  switch (phase_) {
    case Phase::kHead: return read_head();
    case Phase::kBody: return let_evhttp(settings_.evhttp_read);
    case Phase::kWait:
    case Phase::kReply:
      // evhttp reads again when the reply is through.
      if (evbuffer_get_length(bufferevent_get_input(bev_)) > kMaxAhead) bufferevent_disable(bev_, EV_READ);
      return;
    case Phase::kStream: return discard_input(kMaxStreamInput);
    case Phase::kRefused: return discard_input(kMaxLinger);
  }
}

void Connection::on_drained() {
  if (phase_ == Phase::kRefused) return linger();
  if (phase_ != Phase::kStream) let_evhttp(settings_.evhttp_write);
}

void Connection::on_event(short what) {
  if ((what & BEV_EVENT_CONNECTED) != 0) return;  // the handshake is through
  // A client that has sent all it will may still want its reply; closing waits until that is through. A stream, which
  // has no end, ends here: nothing else tells that its reader is gone.
  const bool half_closed = (what & BEV_EVENT_EOF) != 0 && (what & BEV_EVENT_READING) != 0;
  // The TLS bufferevent writes nothing any more once it has heard that.
  if (half_closed && phase_ == Phase::kReply && !is_tls()) return;
  if ((what & BEV_EVENT_ERROR) != 0 && phase_ == Phase::kHead && is_tls()) answer_plain_request();
  close();
}

ssl_st* Connection::ssl() const {
  return bufferevent_openssl_get_ssl(bev_);
}

/// Who speaks plain HTTP to a port with TLS is told so in plain HTTP, as nobody else could read it. Whether all of it
/// gets through does not matter: the connection ends here.
void Connection::answer_plain_request() const {
  if (ERR_GET_REASON(bufferevent_get_openssl_error(bev_)) != SSL_R_HTTP_REQUEST) return;
  const std::string text =
      to_closing_reply_text(problem(400, "this port speaks https, and the request was plain http"));
  std::array<char, 4096> rest;  // unread bytes would reset the connection before the reply is read
  [[maybe_unused]] ssize_t moved = ::recv(fd(), rest.data(), rest.size(), MSG_DONTWAIT);
  moved = ::send(fd(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Connection::read_head() {
  evbuffer* input = bufferevent_get_input(bev_);
  if (scanned_ == 0) skip_empty_lines(input);
  const std::size_t length = std::min(evbuffer_get_length(input), settings_.limits.max_head_bytes + 1);
  if (length == 0) return;
  const auto* bytes = reinterpret_cast<const char*>(evbuffer_pullup(input, static_cast<ev_ssize_t>(length)));
  if (bytes == nullptr) return close();
  const HeadScan scan = scan_request_head({bytes, length}, scanned_, settings_.limits);
  switch (scan.state) {
    case HeadScan::State::kIncomplete: scanned_ = static_cast<std::uint32_t>(scan.length); return;
    case HeadScan::State::kRefused: return refuse(scan.refusal, /*is_head=*/false);
    case HeadScan::State::kComplete: return vet(std::string(bytes, scan.length));
  }
}

void Connection::vet(std::string text) {
  scanned_ = 0;
  auto vetted = std::make_shared<VettedHead>();
  vetted->text = std::move(text);
  const bool is_head = vetted->text.compare(0, 5, "HEAD ") == 0;
  auto head = parse_request_head(vetted->text, settings_.limits);
  if (!head) return refuse(head.error(), is_head);
  vetted->head = std::move(*head);
  if (from_proxy_) {
    const auto named = settings_.proxies.client_of(vetted->head);
    client_ = named ? PeerAddress::of(*named) : peer_;
  }
  // Who can open a unix socket is no web page.
  if (!peer_.is_unix() && !settings_.hosts.allows(vetted->head.host)) {
    return refuse({421, "this server does not answer to that Host; if it should, add it to server.allowed_hosts"},
                  is_head);
  }
  vetted_ = std::move(vetted);
  phase_ = Phase::kBody;
  settings_.body_deadlines.start(*this);
  let_evhttp(settings_.evhttp_read);
}

std::uint64_t Connection::begin_wait() {
  cancel_deadline();
  phase_ = Phase::kWait;
  wait_ = ++settings_.waits;
  return wait_;
}

void Connection::send_reply(evhttp_request* request, int status, evbuffer* body) {
  // Named with a host, evhttp takes us for a proxy, and would close without saying so.
  request->flags &= ~EVHTTP_PROXY_REQUEST;
  phase_ = Phase::kReply;
  pending_.reset();
  cancel_deadline();
  evhttp_request_set_on_complete_cb(
      request,
      [](evhttp_request*, void* self) {
        auto& connection = *static_cast<Connection*>(self);
        connection.phase_ = Phase::kHead;
        connection.vetted_.reset();
        connection.settings_.head_deadlines.start(connection);
      },
      this);
  evhttp_send_reply(request, status, status_title(status), body);
  hook();
}

StreamConnection& Connection::begin_stream(evhttp_request* request, int status, bool chunked, std::string* own_head) {
  const bool keeps_alive = vetted_->head.minor_version >= 1;
  chunked = chunked && keeps_alive;
  // Asked to keep an HTTP/1.0 connection alive, evhttp would announce a body of length 0.
  if (!keeps_alive) evhttp_remove_header(evhttp_request_get_input_headers(request), "Connection");
  evhttp_send_reply_start(request, status, status_title(status));
  std::string head = take_output();
  if (own_head != nullptr) own_head->swap(head);
  bufferevent_disable(bev_, EV_WRITE);  // from here on the stream's sink writes
  bufferevent_set_timeouts(bev_, nullptr, nullptr);
  let_go_of(request);
  vetted_.reset();
  cancel_deadline();
  phase_ = Phase::kStream;
  hook();
  stream_ = std::make_unique<StreamConnection>(std::move(head), chunked, [this](StreamConnection::End) {
    // Deferred: the stream, its cursor or the readers are on the stack now.
    bufferevent_trigger_event(bev_, BEV_EVENT_EOF | BEV_EVENT_WRITING, BEV_TRIG_DEFER_CALLBACKS);
  });
  evbuffer* input = bufferevent_get_input(bev_);
  evbuffer_drain(input, evbuffer_get_length(input));  // requests sent ahead are not served during a stream
  return *stream_;
}

/// evhttp would shut it down; so it gets another descriptor under the same number.
void Connection::leave_socket() const {
  bufferevent_disable(bev_, EV_READ | EV_WRITE);
  const UniqueFd other(::eventfd(0, EFD_CLOEXEC));
  if (other) ::dup3(other.get(), fd(), O_CLOEXEC);
}

std::unique_ptr<Sink> Connection::make_sink() {
  if (ssl_st* tls = ssl(); tls != nullptr) {
    return std::make_unique<TlsSink>(settings_.loop, tls, fd(), settings_.stall_timeout, *stream_);
  }
  return std::make_unique<PlainSink>(settings_.loop, fd(), settings_.stall_timeout, *stream_);
}

std::string Connection::take_output() {
  // The bufferevent keeps its output frozen at the front for everybody else; it has not begun to write yet.
  evbuffer* output = bufferevent_get_output(bev_);
  std::string bytes(evbuffer_get_length(output), '\0');
  evbuffer_unfreeze(output, /*at_front=*/1);
  evbuffer_remove(output, bytes.data(), bytes.size());
  evbuffer_freeze(output, /*at_front=*/1);
  return bytes;
}

void Connection::refuse(const RequestRefusal& refusal, bool is_head) {
  phase_ = Phase::kRefused;
  std::string text = to_closing_reply_text(problem(refusal));
  if (is_head) text.resize(text.find("\r\n\r\n") + 4);
  settings_.head_deadlines.start(*this);
  bufferevent_write(bev_, text.data(), text.size());
  bufferevent_enable(bev_, EV_READ | EV_WRITE);
  settings_.listener.on_refused(*this, refusal.status);
  discard_input(kMaxLinger);
}

void Connection::linger() {
  // Closing with unread bytes resets the connection, and the refusal would be lost on its way (RFC 9112 section 9.6).
  if (ssl_st* tls = ssl(); tls != nullptr) say_tls_goodbye(tls);
  ::shutdown(fd(), SHUT_WR);
}

void Connection::discard_input(std::size_t limit) {
  evbuffer* input = bufferevent_get_input(bev_);
  const std::size_t length = evbuffer_get_length(input);
  evbuffer_drain(input, length);
  discarded_ += static_cast<std::uint32_t>(length);
  if (discarded_ > limit) close();
}

}  // namespace tailwater
