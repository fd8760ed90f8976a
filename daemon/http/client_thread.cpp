#include "http/client_thread.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include <event2/bufferevent_ssl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/bytes.h"
#include "http/access_gate.h"
#include "http/event_routes.h"
#include "http/history_routes.h"
#include "http/reply_writer.h"

namespace tailwater {
namespace {

constexpr std::string_view kAllTaken = "all places are taken; limits.clients says how many there are";
constexpr std::string_view kTooManyFromAddress =
    "too many streams from this address; limits.clients_per_address says how many";
constexpr std::string_view kTooManyWait = "too many requests wait whose patterns or files take long to look at";

/// Clients that there was no place for come back spread over ten seconds.
constexpr int kRetryFromMs = 5000;
constexpr int kRetryToMs = 15'000;
constexpr int kRetryAfterSeconds = 10;

/// evhttp parses these; what a route does not take is answered with 405 by the table.
constexpr ev_uint16_t kMethods = EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                 EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE;

Reply too_fast(Milliseconds wait) {
  Reply reply = problem(429, "too many requests from this address; limits.request_rate says how many");
  reply.headers.emplace_back("Retry-After", std::to_string((wait.count() + 999) / 1000));
  reply.close = true;
  return reply;
}

std::string body_of(evhttp_request* request) {
  evbuffer* input = evhttp_request_get_input_buffer(request);
  std::string body(evbuffer_get_length(input), '\0');
  body.resize(static_cast<std::size_t>(std::max(0, evbuffer_remove(input, body.data(), body.size()))));
  return body;
}

}  // namespace

Result<std::unique_ptr<ClientThread>> ClientThread::create(const HttpOptions& options, const HostRules& hosts,
                                                           const Backend& backend, const SharedByThreads& shared,
                                                           std::vector<ListeningSocket> sockets) {
  auto loop = EventLoop::create();
  if (!loop) return fail(loop.error());
  std::unique_ptr<ClientThread> thread(new ClientThread(options, backend, shared, std::move(*loop)));
  if (auto fine = thread->set_up(hosts, shared.proxies, std::move(sockets)); !fine) return fail(fine.error());
  return thread;
}

ClientThread::ClientThread(const HttpOptions& options, const Backend& backend, const SharedByThreads& shared,
                           std::unique_ptr<EventLoop> loop)
    : options_(options),
      backend_(backend),
      admission_(shared.admission),
      worker_(shared.worker),
      sign_in_worker_(shared.sign_in_worker),
      tls_(shared.tls),
      browsers_(shared.browsers),
      kept_(shared.kept),
      loop_(std::move(loop)),
      random_(std::random_device()()) {}

ClientThread::~ClientThread() {
  tear_down();
}

Result<void> ClientThread::set_up(const HostRules& hosts, const TrustedProxies& proxies,
                                  std::vector<ListeningSocket> sockets) {
  adopt_event_.reset(event_new(
      loop_->base(), -1, 0,
      [](evutil_socket_t, short, void* self) { static_cast<ClientThread*>(self)->adopt_accepted(); }, this));
  if (!adopt_event_) return fail(ErrorCode::kUnavailable, "out of memory for a client thread");
  readers_ = backend_.make_readers(*loop_);
  if (kept_ != nullptr) {
    revived_ = std::make_unique<RevivedStreams>(
        RevivalSettings{*loop_, options_, backend_, admission_, browsers_, proxies, *kept_}, *readers_,
        [this] { finish_if_quiet(); });
  }
  const auto close = [](WithDeadline& due) { static_cast<Connection&>(due).close(); };
  head_deadlines_ = std::make_unique<Deadlines>(*loop_, options_.head_timeout, close);
  body_deadlines_ = std::make_unique<Deadlines>(*loop_, options_.stall_timeout, close);
  settings_ =
      std::make_unique<ConnectionSettings>(ConnectionSettings{{options_.max_head_bytes, options_.max_body_bytes},
                                                              hosts,
                                                              proxies,
                                                              options_.stall_timeout,
                                                              *loop_,
                                                              *head_deadlines_,
                                                              *body_deadlines_,
                                                              *this});
  for (ListeningSocket& socket : sockets) {
    const auto door = door_for(socket.tls);
    if (!door) return fail(door.error());
    if (auto fine = (*door)->gate->listen(std::move(socket.fd)); !fine) return fine;
  }
  return {};
}

Result<ClientThread::Door*> ClientThread::door_for(bool tls) {
  for (const auto& door : doors_) {
    if (door->tls == tls) return door.get();
  }
  EvhttpPtr http(evhttp_new(loop_->base()));
  if (!http) return fail(ErrorCode::kUnavailable, "out of memory for a client thread");
  doors_.push_back(std::make_unique<Door>(*this, tls));
  doors_.back()->gate = std::make_unique<AcceptGate>(*loop_, http.get(), admission_);
  doors_.back()->http = std::move(http);
  set_up_http(*doors_.back());
  return doors_.back().get();
}

void ClientThread::set_up_http(Door& door) {
  evhttp* http = door.http.get();
  evhttp_set_allowed_methods(http, kMethods);
  // Our own limits are checked first; these only say the same.
  evhttp_set_max_headers_size(http, static_cast<ev_ssize_t>(options_.max_head_bytes));
  evhttp_set_max_body_size(http, static_cast<ev_ssize_t>(options_.max_body_bytes));
  evhttp_set_default_content_type(http, nullptr);
  evhttp_set_bevcb(
      http,
      [](event_base*, void* self) {
        auto& its_door = *static_cast<Door*>(self);
        return its_door.thread.make_bufferevent(its_door);
      },
      &door);
  evhttp_set_gencb(
      http,
      [](evhttp_request* request, void* self) {
        auto& thread = *static_cast<ClientThread*>(self);
        bufferevent* bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
        thread.on_request(*thread.connections_[static_cast<std::size_t>(bufferevent_getfd(bev))], request);
      },
      this);
}

/// evhttp asks for this for each connection that it accepts, before it knows the connection. What is made here is
/// adopted when evhttp is done with it, still in this pass, before a byte is read.
bufferevent* ClientThread::make_bufferevent(Door& door) {
  bufferevent* bev = door.tls ? make_tls_bufferevent() : bufferevent_socket_new(loop_->base(), -1, 0);
  if (bev == nullptr) return nullptr;
  bufferevent_incref(bev);
  accepted_.push_back(bev);
  admission_.connection_begins();
  HttpCounters::add(backend_.counters->connections);
  door.gate->on_accepted();
  event_active(adopt_event_.get(), 0, 0);
  return bev;
}

/// The handshake begins when evhttp gives it its descriptor. It has to be through within the time for a head.
bufferevent* ClientThread::make_tls_bufferevent() const {
  SslPtr ssl = tls_.get()->make_connection();
  if (!ssl) return nullptr;
  bufferevent* bev =
      bufferevent_openssl_socket_new(loop_->base(), -1, ssl.get(), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
  if (bev == nullptr) return nullptr;
  [[maybe_unused]] const ssl_st* bufferevents_own = ssl.release();
  bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);  // clients hang up as they do without TLS
  return bev;
}

void ClientThread::adopt_accepted() {
  for (bufferevent* bev : std::exchange(accepted_, {})) {
    auto connection = Connection::adopt(bev, *settings_);
    bufferevent_decref(bev);
    if (!connection) {
      admission_.connection_ends();
      HttpCounters::add(backend_.counters->connections_ended);
      continue;
    }
    const auto fd = static_cast<std::size_t>(connection->fd());
    const bool too_fast_a_peer =
        !connection->is_from_proxy() &&
        admission_.connection_wait(connection->client(), backend_.clock->steady_now()) > Milliseconds(0);
    if (fd >= connections_.size()) connections_.resize(std::max(fd + 1, connections_.size() * 2));
    connections_[fd] = std::move(connection);
    ++connection_count_;
    if (too_fast_a_peer) connections_[fd]->close();
  }
}

void ClientThread::on_closed(Connection& connection) {
  if (connection.kept() != 0 && kept_->keeps_all()) {
    connection.leave_socket();
  } else if (connection.kept() != 0) {
    kept_->end(connection.fd(), connection.kept());
  }
  if (connection.is_streaming()) admission_.stream_ends(connection.client());
  HttpCounters::add(backend_.counters->connections_ended);
  admission_.connection_ends();
  --connection_count_;
  stream_callers_.erase(connection.fd());
  connections_[static_cast<std::size_t>(connection.fd())].reset();
  finish_if_quiet();
}

void ClientThread::on_request(Connection& connection, evhttp_request* request) {
  auto found = find_route(connection.head(), options_.base_path);
  if (auto* answer = std::get_if<Reply>(&found)) {
    if (answer->status == 400) record_refusal(connection, answer->status, nullptr);
    return reply(connection, request, std::move(*answer));
  }
  auto& routed = std::get<RoutedRequest>(found);
  if (auto refusal = admit(connection, routed)) return reply(connection, request, std::move(*refusal));
  stream_callers_.erase(connection.fd());
  if (routed.request.caller->kind != CallerKind::kLocal) stream_callers_[connection.fd()] = routed.request.caller;
  if (connection.head().content_length > 0) routed.request.body = body_of(request);
  serve(connection, request, std::move(routed));
}

/// Rates, caller and page; refusals go into the audit log.
std::optional<Reply> ClientThread::admit(const Connection& connection, RoutedRequest& routed) {
  if (routed.route->kind != RouteKind::kProbe) {
    const Milliseconds wait = admission_.request_wait(connection.client(), backend_.clock->steady_now());
    if (wait > Milliseconds(0)) {
      record_refusal(connection, 429, &routed);
      return too_fast(wait);
    }
  }
  auto refusal = admit_caller(routed, *backend_.access, options_.base_path);
  if (!refusal) refusal = refuse_foreign_page(routed, browsers_);
  if (refusal && refusal->status >= 400) record_refusal(connection, refusal->status, &routed);
  if (!refusal) routed.request.address = connection.client().to_text();
  return refusal;
}

/// Before the parser saw it: nothing of it is known but where it came from.
void ClientThread::on_refused(const Connection& connection, int status) {
  backend_.counters->count_reply(status);
  record_refusal(connection, status, nullptr);
}

/// Only what we have words for: a request's own could hold anything, a secret among it.
void ClientThread::record_refusal(const Connection& connection, int status, const RoutedRequest* routed) {
  if (!backend_.audit->is_on()) return;
  const std::string status_text = std::to_string(status);
  std::vector<AuditLog::Field> fields{{"status", status_text}};
  if (routed != nullptr) fields.push_back({"method", to_text(routed->request.method)});
  if (routed != nullptr) fields.push_back({"resource", routed->route->pattern});
  const Caller* caller = routed != nullptr ? routed->request.caller.get() : nullptr;
  backend_.audit->record("refusal", caller, connection.client().to_text(), fields);
}

const Caller* ClientThread::stream_caller(const Connection& connection) const {
  const auto found = stream_callers_.find(connection.fd());
  return found != stream_callers_.end() ? found->second.get() : nullptr;
}

void ClientThread::recheck_callers() {
  const bool locals_may = !backend_.access->policy()->required;
  for (const auto& connection : connections_) {
    if (!connection || !connection->is_streaming()) continue;
    const Caller* caller = stream_caller(*connection);
    if (caller != nullptr ? !backend_.access->still_holds(*caller) : !locals_may) connection->close();
  }
  if (revived_) revived_->recheck_callers(locals_may);
}

void ClientThread::serve(Connection& connection, evhttp_request* request, RoutedRequest routed) {
  const RouteKind kind = routed.route->kind;
  if ((kind == RouteKind::kShort || kind == RouteKind::kSignIn) && admission_.is_crowded()) {
    return reply(connection, request, no_place(kind, kAllTaken));
  }
  if (worker_ != nullptr && (routed.route->may_wait || HandlerWorker::is_for(routed.request))) {
    return hand_over(connection, request, std::move(routed));
  }
  finish(connection, request, kind, routed.route->handler(routed.request, routed.captures, backend_));
}

void ClientThread::hand_over(Connection& connection, evhttp_request* request, RoutedRequest routed) {
  const RouteKind kind = routed.route->kind;
  const auto fd = static_cast<std::size_t>(connection.fd());
  const std::uint64_t wait = connection.begin_wait();
  const auto on_outcome = [this, fd, wait, request, kind](std::optional<Outcome> outcome) {
    // The connection may have been closed meanwhile, and its descriptor may be another's.
    if (fd >= connections_.size() || !connections_[fd] || !connections_[fd]->is_waiting(wait)) return;
    if (!outcome) return reply(*connections_[fd], request, no_place(kind, kTooManyWait));
    finish(*connections_[fd], request, kind, std::move(*outcome));
  };
  HandlerWorker* worker = kind == RouteKind::kSignIn && sign_in_worker_ != nullptr ? sign_in_worker_ : worker_;
  if (worker->submit({connection.shared_head(), std::move(routed), loop_.get(), on_outcome})) return;
  reply(connection, request, no_place(kind, kTooManyWait));
}

void ClientThread::finish(Connection& connection, evhttp_request* request, RouteKind kind, Outcome outcome) {
  if (auto* answer = std::get_if<Reply>(&outcome)) return reply(connection, request, std::move(*answer));
  auto* task = std::get_if<TaskStart>(&outcome);
  if (task != nullptr && task->whole) return await_body(connection, request, kind, std::move(*task));
  if (connection.head().method == Method::kHead) {
    return reply(
        connection, request,
        task != nullptr ? task_head_reply(*task) : stream_head_reply(std::get<StreamStart>(outcome).content_type));
  }
  const Admitted admitted = settings_->stopping ? Admitted::kTooMany : admission_.stream_begins(connection.client());
  if (admitted != Admitted::kYes) {
    return reply(connection, request,
                 no_place(kind, admitted == Admitted::kTooManyFromAddress ? kTooManyFromAddress : kAllTaken));
  }
  if (task != nullptr) return stream_body(connection, request, std::move(*task));
  begin_stream(connection, request, std::move(std::get<StreamStart>(outcome)));
}

void ClientThread::stream_body(Connection& connection, evhttp_request* request, TaskStart start) {
  backend_.counters->count_reply(start.status);
  HttpCounters::add(backend_.counters->streams_begun);
  Reply allowed;
  browsers_.allow_reading(connection.head(), allowed);
  start.headers.insert(start.headers.end(), allowed.headers.begin(), allowed.headers.end());
  set_task_headers(request, start);
  StreamConnection& stream = connection.begin_stream(request, start.status, /*chunked=*/!start.length);
  auto cursor = readers_->stream(std::move(start.task), start.content_type == kEventStreamType, stream);
  stream.start(connection.make_sink(), std::move(cursor));
}

void ClientThread::await_body(Connection& connection, evhttp_request* request, RouteKind kind, TaskStart start) {
  const auto fd = static_cast<std::size_t>(connection.fd());
  const std::uint64_t wait = connection.begin_wait();
  auto task = std::move(start.task);
  const auto on_body = [this, fd, wait, request, kind, start = std::move(start)](Result<std::string> body) {
    if (fd >= connections_.size() || !connections_[fd] || !connections_[fd]->is_waiting(wait)) return;
    finish(*connections_[fd], request, kind, body_reply(start, std::move(body)));
  };
  connection.wait_for(readers_->collect(std::move(task), on_body));
}

void ClientThread::reply(Connection& connection, evhttp_request* request, Reply reply) {
  reply.close = reply.close || settings_->stopping;
  browsers_.allow_reading(connection.head(), reply);
  backend_.counters->count_reply(reply.status);
  write_reply(connection, request, std::move(reply));
}

void ClientThread::record_subscription(const Connection& connection, const StreamStart& start) {
  if (!backend_.audit->is_on()) return;
  const AuditedQuery query(*start.subscription.query);
  backend_.audit->record("subscription", stream_caller(connection), connection.client().to_text(),
                         {{"streams", query.streams},
                          {"filter", query.filter},
                          {"resource", start.subscription.sse ? "/api/events" : "/tail"}});
}

void ClientThread::begin_stream(Connection& connection, evhttp_request* request, StreamStart start) {
  backend_.counters->count_reply(200);
  HttpCounters::add(backend_.counters->streams_begun);
  Reply allowed;
  browsers_.allow_reading(connection.head(), allowed);
  set_stream_headers(request, start.content_type, allowed.headers);
  record_subscription(connection, start);
  MooredStart moored = moor(connection);
  const bool keeps = moored.mooring != nullptr;
  if (keeps) connection.keep(moored.mooring->cookie());
  StreamConnection& stream = connection.begin_stream(request, 200, /*chunked=*/true, keeps ? &moored.head : nullptr);
  auto cursor = readers_->subscribe_moored(std::move(start.subscription), std::move(moored), stream);
  if (keeps) kept_->store(connection.fd(), connection.kept());
  stream.start(at_client_rate(connection.make_sink(), *loop_, options_, stream), std::move(cursor));
}

/// Those that speak TLS cannot be gone on with: its state is in this process alone. Nor HTTP/1.0, whose bytes have no
/// chunks to tell where they can be cut.
MooredStart ClientThread::moor(const Connection& connection) {
  MooredStart start;
  if (kept_ == nullptr || connection.is_tls() || connection.head().minor_version < 1) return start;
  start.mooring = kept_->moor(connection.fd(), connection.head(), backend_.clock->wall_now());
  return start;
}

Reply ClientThread::no_place(RouteKind kind, std::string_view detail) {
  HttpCounters::add(backend_.counters->no_place);
  if (kind != RouteKind::kEvents) return busy(detail, kRetryAfterSeconds);
  std::uniform_int_distribution<std::uint32_t> jitter(kRetryFromMs, kRetryToMs);
  return come_back_later(detail, jitter(random_));
}

void ClientThread::run() {
  // evhttp writes with writev(), which has no MSG_NOSIGNAL: a client that resets must not end the process.
  sigset_t pipe_signal;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
  loop_->run();
  tear_down();
}

void ClientThread::stop() {
  loop_->post([this] { begin_stop(); });
}

void ClientThread::begin_stop() {
  if (settings_->stopping) return;
  settings_->stopping = true;
  for (const auto& door : doors_) door->gate->close();
  readers_->shut_down();
  for (const auto& connection : connections_) {
    if (connection && connection->is_idle()) connection->close();
  }
  if (kept_ != nullptr && kept_->keeps_all()) leave_kept();
  grace_timer_ = std::make_unique<Timer>(*loop_, [this] { loop_->stop(); });
  grace_timer_->start_once(options_.shutdown_grace);
  finish_if_quiet();
}

/// What is kept is open elsewhere, too: closing it here tells the client nothing.
void ClientThread::leave_kept() {
  for (const auto& connection : connections_) {
    if (connection && connection->kept() != 0) connection->close();
  }
  revived_->close_all();
}

void ClientThread::finish_if_quiet() {
  if (settings_->stopping && connection_count_ == 0 && (!revived_ || revived_->size() == 0)) loop_->stop();
}

void ClientThread::tear_down() {
  if (!loop_) return;
  grace_timer_.reset();
  for (const auto& door : doors_) door->gate.reset();
  adopt_accepted();
  for (const auto& connection : connections_) {
    if (connection) connection->close();
  }
  connections_.clear();
  settings_.reset();
  body_deadlines_.reset();
  head_deadlines_.reset();
  revived_.reset();
  readers_.reset();
  adopt_event_.reset();
  doors_.clear();
  loop_.reset();
}

}  // namespace tailwater
