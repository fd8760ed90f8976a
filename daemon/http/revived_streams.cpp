#include "http/revived_streams.h"

#include <sys/socket.h>

#include <random>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "http/access_gate.h"
#include "http/paced_sink.h"
#include "stream/chunk.h"
#include "stream/sse_frame.h"

namespace tailwater {
namespace {

/// The one that the loop's timers run on, whatever clock records are stamped by.
const Clock& steady_clock() {
  static const SystemClock clock;
  return clock;
}

Milliseconds come_back_in() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return Milliseconds(std::uniform_int_distribution<int>(200, 2000)(random));
}

PeerAddress client_of(int fd, const RequestHead& head, const TrustedProxies& proxies) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  const auto* peer = reinterpret_cast<const sockaddr*>(&storage);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  const auto named = proxies.trusts(peer) ? proxies.client_of(head) : std::nullopt;
  return named ? PeerAddress::of(*named) : PeerAddress::of(peer);
}

Error refusal(const Reply& reply) {
  return {ErrorCode::kDenied, fmt::format("its request would be answered with {} now", reply.status)};
}

}  // namespace

std::unique_ptr<Sink> at_client_rate(std::unique_ptr<Sink> sink, EventLoop& loop, const HttpOptions& options,
                                     StreamConnection& stream) {
  if (options.client_rate == 0) return sink;
  return std::make_unique<PacedSink>(loop, steady_clock(), std::move(sink), options.client_rate, stream);
}

bool RevivedStreams::take_up(KeptStream stream) {
  const auto counted = count_of(stream);
  auto revival = counted ? revive(stream.moored, *counted) : fail(counted.error());
  if (!revival) {
    spdlog::debug("a stream of an earlier process ends: {}", revival.error().message);
    settings_.kept.end(stream.fd.get(), stream.cookie);
    return false;
  }
  auto asked = ask_again(stream);
  const bool sse = stream.moored.head().find("/api/events") != std::string_view::npos;
  if (asked && revival->next.kind != ReadOn::kNowhere &&
      settings_.admission.stream_begins(asked->client) == Admitted::kYes) {
    go_on(std::move(stream), std::move(*asked), std::move(*revival));
    return true;
  }
  if (!asked) spdlog::debug("a stream of an earlier process ends: {}", asked.error().message);
  close(std::move(stream), *revival, sse);
  return false;
}

/// Who asks, and whether he may, is found out as for any request; only rates are not counted.
Result<RevivedStreams::Asked> RevivedStreams::ask_again(const KeptStream& stream) {
  const HeadLimits limits{settings_.options.max_head_bytes, settings_.options.max_body_bytes};
  const auto head = parse_request_head(stream.moored.head(), limits);
  if (!head) return fail(ErrorCode::kInvalid, head.error().detail);
  auto found = find_route(*head, settings_.options.base_path);
  if (const auto* reply = std::get_if<Reply>(&found)) return fail(refusal(*reply));
  auto& routed = std::get<RoutedRequest>(found);
  auto refused = admit_caller(routed, *settings_.backend.access, settings_.options.base_path);
  if (!refused) refused = refuse_foreign_page(routed, settings_.browsers);
  if (refused) return fail(refusal(*refused));
  Asked asked;
  asked.client = client_of(stream.fd.get(), *head, settings_.proxies);
  asked.caller = routed.request.caller;
  routed.request.address = asked.client.to_text();
  routed.request.asked = stream.moored.asked();
  Outcome outcome = routed.route->handler(routed.request, routed.captures, settings_.backend);
  if (const auto* reply = std::get_if<Reply>(&outcome)) return fail(refusal(*reply));
  auto* start = std::get_if<StreamStart>(&outcome);
  if (start == nullptr) return fail(ErrorCode::kInvalid, "its request is none for a stream");
  asked.start = std::move(*start);
  return asked;
}

void RevivedStreams::go_on(KeptStream stream, Asked asked, Revival revival) {
  settings_.admission.connection_begins();
  HttpCounters::add(settings_.backend.counters->connections);
  HttpCounters::add(settings_.backend.counters->streams_begun);
  MooredStart start;
  start.mooring = settings_.kept.moor_again(stream, revival.taken);
  start.revival = std::make_unique<Revival>(std::move(revival));
  const int fd = stream.fd.get();
  const std::uint64_t cookie = stream.cookie;
  auto connection = std::make_unique<RevivedConnection>(
      settings_.loop, std::move(stream.fd), cookie, asked.client,
      [this, fd, cookie] { settings_.loop.post([this, fd, cookie] { on_end(fd, cookie); }); });
  StreamConnection& sent = connection->stream();
  auto sink =
      at_client_rate(connection->make_sink(settings_.options.stall_timeout), settings_.loop, settings_.options, sent);
  auto cursor = readers_.subscribe_moored(std::move(asked.start.subscription), std::move(start), sent);
  streams_[fd] = {std::move(connection), std::move(asked.caller)};
  sent.start(std::move(sink), std::move(cursor));
}

void RevivedStreams::close(KeptStream stream, const Revival& revival, bool sse) {
  std::string last = revival.rest;
  if (sse && revival.next.kind != ReadOn::kNowhere) {
    std::string frames;
    append_shutdown(frames, come_back_in());
    append_chunk(last, frames);
  }
  last += "0\r\n\r\n";
  (void)::send(stream.fd.get(), last.data(), last.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  settings_.kept.end(stream.fd.get(), stream.cookie);
}

void RevivedStreams::recheck_callers(bool locals_may) {
  std::vector<int> ended;
  for (const auto& [fd, entry] : streams_) {
    const bool local = entry.caller->kind == CallerKind::kLocal;
    if (local ? !locals_may : !settings_.backend.access->still_holds(*entry.caller)) ended.push_back(fd);
  }
  for (const int fd : ended) on_end(fd, streams_[fd].connection->cookie());
}

void RevivedStreams::on_end(int fd, std::uint64_t cookie) {
  const auto found = streams_.find(fd);
  if (found == streams_.end() || found->second.connection->cookie() != cookie) return;
  end(*found->second.connection);
  streams_.erase(found);
  on_ended_();
}

void RevivedStreams::end(const RevivedConnection& connection) {
  settings_.kept.end(connection.fd(), connection.cookie());
  settings_.admission.stream_ends(connection.client());
  settings_.admission.connection_ends();
  HttpCounters::add(settings_.backend.counters->connections_ended);
}

void RevivedStreams::close_all() {
  for (const auto& [fd, entry] : streams_) end(*entry.connection);
  streams_.clear();
}

}  // namespace tailwater
