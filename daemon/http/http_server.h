// HttpServer: N client threads, each with its own EventLoop, evhttp, SO_REUSEPORT listeners, Readers and streaming
// connections. Started and stopped from the main thread; nothing of it is touched from outside in between but
// the members below. Streams come out of stream/ as cursors; everything here is requests, replies and sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/access.h"
#include "access/audit_log.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/inherited_fds.h"
#include "base/result.h"
#include "history/history_service.h"
#include "http/http_counters.h"
#include "http/ingest_request.h"
#include "http/kept_streams.h"
#include "http/metric_history_request.h"
#include "http/tls_context.h"
#include "journal/catalog.h"
#include "journal/journal.h"
#include "runs/run_board.h"
#include "stream/stream_service.h"

namespace tailwater {

struct HttpOptions {
  /// host:port, [v6]:port, unix:/path; port 0: any. http:// before host:port leaves it without TLS.
  std::vector<std::string> listen{"127.0.0.1:8245"};
  bool allow_reachable = false;           ///< sockets that are handed over may be reached from other machines
  std::shared_ptr<const TlsContext> tls;  ///< what TCP addresses speak; empty: plain HTTP
  unsigned threads = 1;
  std::string base_path;                     ///< "/logs" when served under a sub-path; no slash at the end
  std::string public_url;                    ///< of which pages are ours, too
  std::vector<std::string> cors_origins;     ///< pages that may read from here with a token
  std::vector<std::string> allowed_hosts;    ///< beside the listen addresses and localhost; against DNS rebinding
  std::vector<std::string> trusted_proxies;  ///< whose X-Forwarded-For is believed: addresses, blocks of them, "unix"
  std::size_t max_clients = 10'000;
  std::size_t max_clients_per_address = 64;  ///< loopback and unix sockets are not counted
  /// From one address; a burst of five times as many is let through. 0: no limit.
  double requests_per_second = 0;
  double connections_per_second = 0;
  ByteCount max_head_bytes = 8 << 10;
  ByteCount max_body_bytes = 1 << 20;
  Milliseconds head_timeout{5000};  ///< absolute, from accept or from the end of the last request
  /// A stream whose socket takes nothing for this long is closed, and so is a connection whose peer acknowledges
  /// nothing, or whose request takes longer after its head. Two heartbeats: half-open connections end within three.
  Milliseconds stall_timeout{30'000};
  /// A request whose patterns (or password) nobody came to in this time is told to come back.
  Milliseconds longest_handler_wait{2000};
  ByteCount client_rate = 0;  ///< bytes a second that one stream gets at most; 0: as many as it takes
  Milliseconds shutdown_grace{2500};
  std::string version;
};

/// What the routes know of the rest of the daemon. Everything outlives the server; functions are called on client
/// threads and must not block.
struct HttpSources {
  Access& access;
  AuditLog& audit;
  StreamService& streams;
  HistoryService& history;
  Journal& journal;
  Catalog& catalog;
  const Clock& clock;
  /// Empty if ready; else why not, for /readyz.
  std::function<std::string()> not_ready;
  /// What of the sandbox is in force, in words; may be unset.
  std::function<std::string()> sandbox = {};
  /// The text of /metrics, as OpenMetrics or not, without what tells of streams that are not readable; unset: there
  /// are no metrics.
  std::function<std::string(bool openmetrics, const StreamSet& readable)> metrics = {};
  /// The answer of /api/metrics, in JSON. May wait for a disk.
  std::function<Result<std::string>(const MetricHistoryRequest&)> metric_history = {};
  /// The runs; null: there are none. Outlives the server.
  const RunBoard* runs = nullptr;
  /// Appends what somebody pushes. May wait for a disk.
  std::function<Result<IngestAnswer>(const IngestRequest&)> ingest = {};
  std::shared_ptr<HttpCounters> counters = std::make_shared<HttpCounters>();
};

/// What this process is handed, by its service manager and by an earlier process.
struct HandedOver {
  std::vector<InheritedFd> listeners;
  KeptStreams* kept = nullptr;  ///< outlives the server; null: all streams end with the process
  KeptByEarlier earlier;        ///< nothing without `kept`
};

class HttpServer {
 public:
  /// Binds every address (kUnavailable naming the address and what to do if one is taken), or accepts from the
  /// listeners that are handed over instead if there are any; then starts the threads, and goes on with the streams of
  /// an earlier process.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(HttpOptions options, const HttpSources& sources,
                                                                 HandedOver handed = {});
  virtual ~HttpServer() = default;
  /// What is listened on, with real ports, in the order of the options: "http://127.0.0.1:8245/", "https://..." or
  /// "unix:/path".
  [[nodiscard]] virtual std::vector<std::string> addresses() const = 0;
  /// Who may do what has changed, or time has passed: ends the streams of those who may not have them any more.
  virtual void recheck_callers() = 0;
  /// Runs `task` once on each client thread, soon; how many they are. Not after stop().
  virtual std::size_t post_to_each(const std::function<void()>& task) = 0;
  /// Connections to come get another certificate. Only where there was one from the start.
  virtual void use_tls(std::shared_ptr<const TlsContext> tls) = 0;
  /// Stops accepting, gives streams their `shutdown` event, waits for them at most the grace, joins the threads. What
  /// is kept and is to stay is left as it is.
  virtual void stop() = 0;
};

}  // namespace tailwater
