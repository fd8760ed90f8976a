// Daemon: joins the stages into one process: journal and catalog, ingest on its thread, streams, HTTP. Built, run and
// torn down on the main thread; the only file that sees all folders. Nothing outlives it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "access/access.h"
#include "access/audit_log.h"
#include "access_setup.h"
#include "audit_sink.h"
#include "base/blocked_signals.h"
#include "base/clock.h"
#include "base/inherited_fds.h"
#include "base/result.h"
#include "config/configuration.h"
#include "config/load.h"
#include "config/state_directory.h"
#include "confinement.h"
#include "event/event_loop.h"
#include "event/watchdog.h"
#include "extent_relay.h"
#include "history/history_service.h"
#include "host_journals.h"
#include "http/http_server.h"
#include "journal/catalog.h"
#include "journal/journal.h"
#include "log_rules.h"
#include "metrics/log_metrics.h"
#include "metrics/registry.h"
#include "own_metrics.h"
#include "runs/run_board.h"
#include "runs/run_events.h"
#include "runs/run_stages.h"
#include "runs/run_table.h"
#include "sampling.h"
#include "sandbox/sandbox.h"
#include "source/ingest.h"
#include "spools.h"
#include "stream/stream_service.h"
#include "survival.h"

namespace tailwater {

class Daemon {
 public:
  /// Reads the configuration again as at the start; called on the main thread at each SIGHUP.
  using Reload = std::function<tl::expected<Configuration, Errors>()>;

  /// Opens the journal, brings it up to date with the files, starts every thread and listens: on the `inherited`
  /// sockets, if there are any.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> start(Configuration configuration, StateDirectory state,
                                                             Reload reload, std::vector<InheritedFd> inherited = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// What the person who started it wants to know, a line each.
  [[nodiscard]] std::vector<std::string> greeting() const;
  /// Until SIGTERM or SIGINT; SIGHUP reloads. Then an orderly stop.
  void run();

 private:
  Daemon(Configuration configuration, StateDirectory state, Reload reload, std::vector<InheritedFd> inherited);
  Result<void> watch_signals();
  void take_signal(int number);
  Result<void> open_journal();
  void start_survival();
  Result<void> start_ingest();
  /// Before ingest, which tells it of what comes.
  void open_runs();
  [[nodiscard]] Result<IngestAnswer> take_push(const IngestRequest& request);
  Result<void> start_http();
  [[nodiscard]] std::string why_not_ready() const;
  Result<void> start_sampling();
  Result<void> start_access();
  void start_watchdog();
  /// New rules, or tokens, take effect; streams that they do not allow any more end.
  void use_policy(AccessPolicy policy);
  void look_at_tokens();
  [[nodiscard]] std::vector<StreamSource> sources_of(const Configuration& configuration);
  [[nodiscard]] std::vector<StreamRules> rules_of(const Configuration& configuration);
  /// What the sandbox takes away while there is one thread; and, with `calls`, of all of them.
  Result<void> confine(bool calls);
  [[nodiscard]] SandboxState sandbox() const;
  void reload();
  void reload_tls(const ServerConfig& fresh, std::shared_ptr<const TlsContext> tls);
  /// Runs `task` on the ingest thread and waits for it.
  void on_ingest_thread(const std::function<void()>& task);
  void stop();

  Configuration configuration_;
  StateDirectory state_;
  Reload reload_;
  std::vector<InheritedFd> inherited_;  // until http_ has them
  bool binds_ = true;                   // as server.listen says
  bool leaves_streams_ = false;         // at the end, to the next process
  bool ends_for_good_ = false;          // there will be none
  std::vector<std::string> lowered_limits_;
  Redactors redactors_;
  SystemClock clock_;
  Access access_;
  Confinement confinement_;
  mutable std::mutex sandbox_mutex_;
  SandboxState sandbox_;  // guarded by sandbox_mutex_
  std::unique_ptr<AuditSink> audit_sink_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<FileStamp> token_stamp_;  ///< of the token file, if there is one
  std::unique_ptr<Timer> access_timer_;
  std::unique_ptr<EventLoop> main_loop_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<Survival> survival_;
  std::vector<std::unique_ptr<BlockedSignals>> signals_;
  std::vector<std::unique_ptr<FdWatch>> signal_watches_;
  Registry registry_;
  std::unique_ptr<EventLoop> ingest_loop_;
  Catalog catalog_;
  std::unique_ptr<Journal> journal_;
  RunBoard run_board_;
  RunEvents run_events_{run_board_};
  std::unique_ptr<StreamService> streams_;
  std::unique_ptr<HistoryService> history_;
  std::unique_ptr<LogMetrics> log_metrics_;
  LagMetrics lag_metrics_;
  std::unique_ptr<RunTable> runs_;
  std::unique_ptr<RunStages> run_stages_;
  std::unique_ptr<ExtentRelay> relay_;
  std::unique_ptr<Ingest> ingest_;
  std::thread ingest_thread_;
  std::unique_ptr<Spools> spools_;
  std::unique_ptr<HostJournals> host_journals_;
  std::unique_ptr<Timer> spool_timer_;
  std::unique_ptr<Sampling> sampling_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace tailwater
