// RevivedStreams: the streams of one client thread that an earlier process had begun. Each is asked for anew, as its
// client had asked, so that whoever may not have it any more does not get it; then it goes on where it was. Client
// thread only.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "event/event_loop.h"
#include "http/admission.h"
#include "http/backend.h"
#include "http/browser_rules.h"
#include "http/http_server.h"
#include "http/kept_streams.h"
#include "http/revived_connection.h"
#include "http/routes.h"
#include "http/trusted_proxies.h"

namespace tailwater {

/// What they have in common with the other connections of the thread; outlives them.
struct RevivalSettings {
  EventLoop& loop;
  const HttpOptions& options;
  const Backend& backend;
  Admission& admission;
  const BrowserRules& browsers;
  const TrustedProxies& proxies;
  KeptStreams& kept;
};

class RevivedStreams {
 public:
  /// `on_ended`: one of them is gone.
  RevivedStreams(const RevivalSettings& settings, Readers& readers, std::function<void()> on_ended)
      : settings_(settings), readers_(readers), on_ended_(std::move(on_ended)) {}
  ~RevivedStreams() { close_all(); }
  RevivedStreams(const RevivedStreams&) = delete;
  RevivedStreams& operator=(const RevivedStreams&) = delete;

  /// False: it could not go on, and has been closed.
  bool take_up(KeptStream stream);
  /// Ends those whose callers may not have them any more.
  void recheck_callers(bool locals_may);
  void close_all();
  [[nodiscard]] std::size_t size() const { return streams_.size(); }

 private:
  struct Entry {
    std::unique_ptr<RevivedConnection> connection;
    std::shared_ptr<const Caller> caller;
  };
  struct Asked {
    StreamStart start;
    std::shared_ptr<const Caller> caller;
    PeerAddress client;
  };

  [[nodiscard]] Result<Asked> ask_again(const KeptStream& stream);
  void go_on(KeptStream stream, Asked asked, Revival revival);
  /// What is under way is sent to its end, if the socket has room, and the client told to come back.
  void close(KeptStream stream, const Revival& revival, bool sse);
  void on_end(int fd, std::uint64_t cookie);
  void end(const RevivedConnection& connection);

  const RevivalSettings settings_;
  Readers& readers_;
  std::function<void()> on_ended_;
  std::unordered_map<int, Entry> streams_;  // by descriptor
};

/// `sink`, held to the rate that the options allow a client.
[[nodiscard]] std::unique_ptr<Sink> at_client_rate(std::unique_ptr<Sink> sink, EventLoop& loop,
                                                   const HttpOptions& options, StreamConnection& stream);

}  // namespace tailwater
