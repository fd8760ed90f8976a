#include "daemon.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <future>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "access/private_file.h"
#include "base/service_notify.h"
#include "extent_relay.h"
#include "filter/sample_line.h"
#include "part_options.h"
#include "record_rules.h"
#include "run_setup.h"
#include "source/path_pattern.h"
#include "tls_files.h"

namespace tailwater {
namespace {

/// How long a revoked token may live on.
constexpr Milliseconds kAccessInterval{2000};

constexpr std::array kEndSignals{SIGTERM, SIGINT};
constexpr std::array kOtherSignals{SIGHUP, SIGUSR2};

/// Client sockets, followed files and history readers all need descriptors: as many as the hard limit allows.
void raise_descriptor_limit(std::size_t wanted, std::vector<std::string>& lowered) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max == RLIM_INFINITY || wanted <= limit.rlim_max) return;
  lowered.push_back(
      fmt::format("limit: {} descriptors are allowed, {} could be needed by limits.clients and limits.files; raise "
                  "LimitNOFILE or `ulimit -Hn`",
                  limit.rlim_max, wanted));
}

RecordRules record_rules(const StreamConfig& stream, const Configuration& configuration, Redactors& redactors) {
  RecordRules rules = record_rules(stream);
  rules.masks = redactors.masks_of(stream, configuration);
  rules.redactor = rules.masks ? rules.masks->redactor() : redactors.of(stream);
  return rules;
}

/// Which files are read is settled at the start; what they hold is read again.
void keep_auth_paths(const AuthConfig& running, AuthConfig& fresh) {
  fresh.tokens = running.tokens;
  fresh.jwt_algorithm = running.jwt_algorithm;
  fresh.jwt_key = running.jwt_key;
  fresh.audit_log = running.audit_log;
}

/// Makes what is missing of the path, for us alone. Nothing to do for an empty path.
Result<void> make_private_directory(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); !path.empty(); slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      Error error = errno_error("state directory: mkdir", part, errno);
      error.message += " (make it writable for this user, or choose another place with --state-dir)";
      return fail(std::move(error));
    }
    if (slash == std::string::npos) break;
  }
  return {};
}

void warn_about(const TlsContext& tls, const Clock& clock) {
  for (const std::string& warning : tls.warnings(clock.wall_now())) spdlog::warn("{}", warning);
}

void notify(std::string_view state) {
  if (const auto sent = notify_service_manager(state); !sent) spdlog::warn("{}", sent.error().message);
}

long long monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

}  // namespace

Daemon::Daemon(Configuration configuration, StateDirectory state, Reload reload, std::vector<InheritedFd> inherited)
    : configuration_(std::move(configuration)),
      state_(std::move(state)),
      reload_(std::move(reload)),
      inherited_(std::move(inherited)),
      access_(clock_, state_.path.empty() ? "" : state_.path + "/sessions"),
      catalog_(catalog_limits(configuration_.limits)) {}

Result<std::unique_ptr<Daemon>> Daemon::start(Configuration configuration, StateDirectory state, Reload reload,
                                              std::vector<InheritedFd> inherited) {
  std::unique_ptr<Daemon> daemon(
      new Daemon(std::move(configuration), std::move(state), std::move(reload), std::move(inherited)));
  const LimitsConfig& limits = daemon->configuration_.limits;
  raise_descriptor_limit(limits.clients + limits.files + limits.retained_files + 256, daemon->lowered_limits_);
  // A closed client or terminal is an error of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // the same for a write beyond RLIMIT_FSIZE

  auto main_loop = EventLoop::create();
  if (!main_loop) return fail(main_loop.error());
  daemon->main_loop_ = std::move(*main_loop);
  if (auto watched = daemon->watch_signals(); !watched) return fail(watched.error());
  if (auto opened = daemon->open_journal(); !opened) return fail(opened.error());
  daemon->start_survival();
  daemon->spools_ = std::make_unique<Spools>(daemon->state_.path, daemon->clock_);
  daemon->spools_->configure(daemon->configuration_.streams);
  daemon->spools_->enforce();
  daemon->host_journals_ = std::make_unique<HostJournals>(daemon->state_.path, daemon->clock_);
  if (auto ready = daemon->host_journals_->prepare(daemon->configuration_.streams, /*sandboxed=*/false); !ready) {
    return fail(ready.error());
  }
  daemon->spool_timer_ =
      std::make_unique<Timer>(*daemon->main_loop_, [spools = daemon->spools_.get()] { spools->enforce(); });
  daemon->spool_timer_->start_periodic(std::chrono::hours(1));
  daemon->sampling_ = std::make_unique<Sampling>(daemon->configuration_.sampler, daemon->state_.path, daemon->registry_,
                                                 daemon->clock_);
  if (auto confined = daemon->confine(/*calls=*/false); !confined) return fail(confined.error());
  if (auto started = daemon->start_ingest(); !started) return fail(started.error());
  if (auto started = daemon->start_access(); !started) return fail(started.error());
  if (auto started = daemon->start_http(); !started) return fail(started.error());
  if (auto started = daemon->start_sampling(); !started) return fail(started.error());
  if (auto confined = daemon->confine(/*calls=*/true); !confined) return fail(confined.error());
  ::malloc_trim(0);  // what only the start needed
  return daemon;
}

Daemon::~Daemon() {
  stop();
}

Result<void> Daemon::confine(bool calls) {
  const SandboxMode mode = sandbox_mode(configuration_.server.sandbox);
  SandboxState state = sandbox();
  Result<void> confined;
  if (calls) {
    confined = confine_calls(mode, state);
  } else {
    const auto samples = sampling_->source();
    const bool in_memory = state_.path.empty() && samples;
    confinement_ = confinement_of(configuration_, state_.path,
                                  in_memory ? std::string(parent_of(samples->paths.front())) : std::string(), binds_);
    confined = confine_files(mode, confinement_.paths, confinement_.kept, state);
  }
  if (calls && confined) {
    if (state.landlock > 0) {
      for (const std::string& warning : confinement_.warnings) spdlog::warn("{}", warning);
    }
    if (state.missing.empty()) {
      spdlog::info("sandbox: {}", state.text());
    } else {
      spdlog::warn("sandbox: {}", state.text());
    }
    registry_.add({"tailwater.sandbox.level", "", MetricType::kGauge,
                   "How much of the sandbox is in force: 0 nothing, 1 a part, 2 all."},
                  [this] { return static_cast<double>(sandbox().level()); });
  }
  const std::lock_guard lock(sandbox_mutex_);
  sandbox_ = std::move(state);
  return confined;
}

SandboxState Daemon::sandbox() const {
  const std::lock_guard lock(sandbox_mutex_);
  return sandbox_;
}

/// From here on a signal waits for run() instead of ending a process that is half started. Those that end us have a
/// descriptor of their own: reloads that are asked for faster than they are done would leave them waiting for ever.
Result<void> Daemon::watch_signals() {
  for (const auto& numbers : {kEndSignals, kOtherSignals}) {
    const BlockedSignals& signals = *signals_.emplace_back(std::make_unique<BlockedSignals>(numbers));
    if (!signals.valid()) return fail(errno_error("signalfd", "for the signals of the daemon", errno));
    const auto take = [this, &signals] {
      if (const auto signal = signals.next()) take_signal(static_cast<int>(signal->ssi_signo));
    };
    signal_watches_.push_back(std::make_unique<FdWatch>(*main_loop_, signals.fd(), FdWatch::Interest::kRead, take));
    signal_watches_.back()->enable();
  }
  return {};
}

void Daemon::take_signal(int number) {
  switch (number) {
    case SIGTERM:
      leaves_streams_ = survival_->kept() != nullptr && !ends_for_good_;
      main_loop_->stop();
      break;
    case SIGINT:
      ends_for_good_ = true;
      leaves_streams_ = false;
      main_loop_->stop();
      break;
    case SIGHUP: reload(); break;
    case SIGUSR2:
      spdlog::warn("SIGUSR2 restarts a tailwater that runs under its keeper (serve --keeper), if the keeper gets it");
      break;
    default: break;
  }
}

Result<void> Daemon::open_journal() {
  if (auto made = make_private_directory(state_.path); !made) return made;
  JournalOptions options;
  options.directory = state_.path.empty() ? "" : state_.path + "/journal";
  options.budget = configuration_.limits.journal_bytes;
  options.memory_budget = configuration_.limits.journal_memory_bytes;
  auto journal = Journal::open(options, catalog_);
  if (!journal) return fail(journal.error());
  journal_ = std::move(*journal);
  return {};
}

/// What an earlier process left is not for those who listen.
void Daemon::start_survival() {
  survival_ = std::make_unique<Survival>(configuration_, state_.path, inherited_);
  binds_ = inherited_.empty();
  const std::size_t places = survival_->places();
  if (places > 0 && places < configuration_.limits.clients) {
    lowered_limits_.push_back(
        fmt::format("limit: {} streams go on over a restart, {} are allowed by limits.clients; raise "
                    "FileDescriptorStoreMax and FDSTORE in the unit",
                    places, configuration_.limits.clients));
  }
}

std::vector<StreamSource> Daemon::sources_of(const Configuration& configuration) {
  std::vector<StreamSource> sources;
  for (const StreamConfig& stream : configuration.streams) {
    std::vector<std::string> paths = stream.paths;
    if (auto pushed = spools_->pattern(stream)) paths.push_back(std::move(*pushed));
    if (auto entries = host_journals_->path(stream)) paths.push_back(std::move(*entries));
    sources.push_back({stream.name, std::move(paths), stream.exclude, record_rules(stream, configuration, redactors_)});
  }
  if (auto spool = sampling_->source()) sources.push_back(std::move(*spool));
  return sources;
}

std::vector<StreamRules> Daemon::rules_of(const Configuration& configuration) {
  std::vector<StreamRules> rules;
  for (const StreamConfig& stream : configuration.streams) {
    rules.push_back({stream.name, record_rules(stream, configuration, redactors_)});
  }
  rules.push_back({std::string(kSampleStream), Sampling::rules()});  // also where only older samples are left
  return rules;
}

Result<void> Daemon::start_ingest() {
  auto loop = EventLoop::create();
  if (!loop) return fail(loop.error());
  ingest_loop_ = std::move(*loop);
  StreamOptions options = stream_options(configuration_);
  options.moorings = survival_->moorings();
  options.on_sample_reader = [this] { sampling_->want(); };
  options.states = &run_events_;
  streams_ = std::make_unique<StreamService>(*journal_, catalog_, clock_, *ingest_loop_, std::move(options),
                                             rules_of(configuration_));
  history_ = std::make_unique<HistoryService>(
      streams_->core(), HistoryLimits{configuration_.limits.searches, configuration_.limits.searches_per_caller});
  log_metrics_ = std::make_unique<LogMetrics>(configuration_.sampler.log_levels, clock_, registry_);
  if (auto set = log_metrics_->set_rules(log_rules(configuration_)); !set) return set;
  sampling_->add_source([this](SampleSet& set) { log_metrics_->read(set); });
  open_runs();
  relay_ = std::make_unique<ExtentRelay>(*streams_, *log_metrics_, *runs_, rules_of(configuration_));
  auto ingest = Ingest::create(*ingest_loop_, *journal_, catalog_, clock_, ingest_options(configuration_),
                               sources_of(configuration_), *relay_);
  if (!ingest) return fail(ingest.error());
  ingest_ = std::move(*ingest);

  ingest_thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "ingest");
    ingest_loop_->run();
  });
  Result<void> scanned;
  on_ingest_thread([&] { scanned = ingest_->start(); });
  if (!scanned) return scanned;
  runs_->start();
  return host_journals_->configure(configuration_.streams);
}

void Daemon::open_runs() {
  std::unique_ptr<RunStore> store;
  if (!state_.path.empty()) {
    auto opened = RunStore::open(state_.path + "/runs");
    if (opened && !(*opened)->warning().empty()) spdlog::warn("{}", (*opened)->warning());
    if (opened) store = std::move(*opened);
    if (!store) spdlog::warn("runs are in memory only: {}", opened.error().message);
  }
  runs_ = std::make_unique<RunTable>(
      RunTable::Parts{streams_->core().sources, run_board_, clock_,
                      [this](const std::string& stream, const std::string& file) { spools_->remove(stream, file); }},
      std::move(store), run_streams(configuration_, *spools_));
  run_stages_ = std::make_unique<RunStages>(*runs_, streams_->core().sources);
  streams_->core().rules.set_stages(run_stages_.get());
}

Result<IngestAnswer> Daemon::take_push(const IngestRequest& request) {
  auto answer = spools_->ingest(request);
  if (!answer || !answer->appended) return answer;
  if (!request.call.says_something()) {
    runs_->expect(request.stream, request.name);
    return answer;
  }
  if (auto called = runs_->call(request.stream, request.name, request.call); !called) return fail(called.error());
  return answer;
}

std::string Daemon::why_not_ready() const {
  const std::string reason = journal_->status().degraded_reason;
  if (reason.empty()) return {};
  return fmt::format(
      "the journal cannot be written to the disk and is in memory for now ({}): a restart would lose the order in "
      "which lines arrived since; make room in {}",
      reason, state_.path);
}

Result<void> Daemon::start_access() {
  auto policy = access_policy(configuration_);
  if (!policy) return fail(policy.error().front());
  access_.set_policy(std::move(*policy));
  auto sink = AuditSink::open(audit_place(configuration_));
  if (!sink) return fail(sink.error());
  audit_sink_ = std::move(*sink);
  AuditLog::Sink write;
  if (audit_sink_) {
    write = [this](std::string line) {
      main_loop_->post([this, text = std::move(line)] { audit_sink_->write(text); });
    };
  }
  audit_ = std::make_unique<AuditLog>(clock_, std::move(write));
  if (const auto path = secret_path(configuration_.auth.tokens); path && !path->empty()) {
    token_stamp_ = std::make_unique<FileStamp>(*path);
  }
  access_timer_ = std::make_unique<Timer>(*main_loop_, [this] { look_at_tokens(); });
  if (access_.policy()->required) access_timer_->start_periodic(kAccessInterval);
  return {};
}

void Daemon::use_policy(AccessPolicy policy) {
  for (const std::string& change : token_changes(access_.policy()->tokens, policy.tokens)) {
    spdlog::info("{}", change);
    audit_->record("tokens", nullptr, {}, {{"change", change}});
  }
  if (policy.required && !access_timer_->is_pending()) access_timer_->start_periodic(kAccessInterval);
  access_.set_policy(std::move(policy));
  http_->recheck_callers();
}

/// Also where nothing has changed: sessions and tokens expire.
void Daemon::look_at_tokens() {
  if (!token_stamp_ || !token_stamp_->has_changed()) return http_->recheck_callers();
  auto policy = access_policy(configuration_);
  if (policy) return use_policy(std::move(*policy));
  for (const Error& error : policy.error()) spdlog::error("the tokens in force stay: {}", error.message);
}

Result<void> Daemon::start_http() {
  HttpSources sources{access_,   *audit_,  *streams_, *history_,
                      *journal_, catalog_, clock_,    [this] { return why_not_ready(); }};
  sources.sandbox = [this] { return sandbox().text(); };
  sources.metrics = [this](bool openmetrics, const StreamSet& readable) {
    sampling_->want();
    return sampling_->exposition(openmetrics, readable);
  };
  sources.metric_history = [this](const MetricHistoryRequest& request) {
    sampling_->want();
    return sampling_->history(request);
  };
  sources.runs = &run_board_;
  sources.ingest = [this](const IngestRequest& request) { return take_push(request); };
  register_own_metrics(registry_, OwnSources{*streams_, *journal_, catalog_, *ingest_, sources.counters, *spools_,
                                             *runs_, TAILWATER_VERSION});
  for (const StreamConfig& stream : configuration_.streams) {
    register_stream_metrics(registry_, *streams_, stream.name);
    register_host_journal_metrics(registry_, *host_journals_, stream);
  }
  HttpOptions options = http_options(configuration_);
  auto tls = load_tls(configuration_.server);
  if (!tls) return fail(tls.error());
  if (*tls) warn_about(**tls, clock_);
  options.tls = std::move(*tls);
  HandedOver handed{std::move(inherited_), survival_->kept(), survival_->take_earlier()};
  auto server = HttpServer::start(std::move(options), sources, std::move(handed));
  if (!server) return fail(server.error());
  http_ = std::move(*server);
  return {};
}

Result<void> Daemon::start_sampling() {
  const auto lag = [this](const char* loop, std::function<void(const EventLoop::Task&)> post) {
    sampling_->on_tick(measure_lag(registry_, loop, clock_, std::move(post)));
  };
  lag("main", [this](const EventLoop::Task& task) { main_loop_->post(task); });
  lag("ingest", [this](const EventLoop::Task& task) { ingest_loop_->post(task); });
  lag("client", [this](const EventLoop::Task& task) { http_->post_to_each(task); });
  sampling_->add_source([this](SampleSet& set) { lag_metrics_.read(set); });
  sampling_->on_tick([this] {
    ingest_loop_->post([this] {
      log_metrics_->publish();
      if (ingest_) lag_metrics_.set(ingest_->lag());
    });
  });
  sampling_->on_tick([this] { survival_->trust_journal(journal_->status().degraded_reason.empty()); });
  sampling_->set_audience([this] { return streams_->live_readers(kSampleStream) > 0; });
  return sampling_->start();
}

std::vector<std::string> Daemon::greeting() const {
  std::vector<std::string> lines;
  const std::string_view whose = binds_ ? "" : " (a socket that was handed over: server.listen is not used)";
  for (const std::string& address : http_->addresses()) {
    lines.push_back(fmt::format("listening on {}{}", address, whose));
  }
  std::size_t files = 0;
  ByteCount bytes = 0;
  for (const FileStatus& file : catalog_.list()) {
    if (!file.present || file.info->stream == kSampleStream) continue;
    ++files;
    bytes += file.end;
  }
  std::vector<std::string_view> names;
  for (const StreamConfig& stream : configuration_.streams) names.push_back(stream.name);
  lines.push_back(fmt::format("following {} {} ({}): {} {}, {}", names.size(), names.size() == 1 ? "stream" : "streams",
                              fmt::join(names, ", "), files, files == 1 ? "file" : "files", to_byte_text(bytes)));
  lines.push_back(
      state_.path.empty()
          ? fmt::format(
                "state in memory only ({}): after a restart clients cannot resume where they were, and are told "
                "so by a gap",
                state_.reason)
          : fmt::format("state in {} ({})", state_.path, state_.reason));
  if (survival_->places() > 0) {
    lines.push_back(
        fmt::format("restarts: up to {} streams go on, their connections are kept meanwhile", survival_->places()));
  }
  lines.push_back("sandbox: " + sandbox().text());
  lines.insert(lines.end(), lowered_limits_.begin(), lowered_limits_.end());
  return lines;
}

/// The manager wants to hear of us: of every loop that serves. History workers may wait for a disk, and are not asked.
void Daemon::start_watchdog() {
  const auto interval = watchdog_interval();
  if (!interval) return;
  const auto late = [](const std::string& loop) {
    spdlog::warn("a {} loop has not turned for a while; the service manager will restart tailwater if it stays so",
                 loop);
  };
  // Half of it once more: a loop may be busy for a while without a warning, and for longer without a restart.
  watchdog_ = std::make_unique<Watchdog>(
      *main_loop_, *interval / 2, [] { notify("WATCHDOG=1"); }, late);
  watchdog_->watch("ingest", [this](const EventLoop::Task& task) {
    ingest_loop_->post(task);
    return std::size_t{1};
  });
  watchdog_->watch("client", [this](const EventLoop::Task& task) { return http_->post_to_each(task); });
  watchdog_->watch("sampler", [this](const EventLoop::Task& task) { return sampling_->post(task); });
  watchdog_->start();
}

void Daemon::run() {
  notify("READY=1");
  start_watchdog();
  main_loop_->run();
  notify("STOPPING=1");
  stop();
}

void Daemon::reload() {
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_microseconds()));
  auto fresh = reload_();
  std::vector<std::string> waiting;
  if (fresh) {
    waiting = changes_for_next_start(configuration_, *fresh);
    auto tls = load_tls(fresh->server);
    Result<void> taken;
    if (!tls) taken = fail(tls.error());
    const auto outside = path_outside(*fresh, confinement_.paths);
    if (taken && outside && sandbox().landlock > 0) {
      taken = fail(ErrorCode::kDenied,
                   fmt::format("{} lies outside of what the sandbox has left within reach since the start (restart "
                               "tailwater to follow it, or start it with --sandbox off)",
                               *outside));
    }
    if (taken) taken = host_journals_->prepare(fresh->streams, sandbox().landlock > 0);
    keep_auth_paths(configuration_.auth, fresh->auth);
    auto policy = access_policy(*fresh);
    if (taken && !policy) taken = fail(policy.error().front());
    on_ingest_thread([&] {
      if (taken) taken = ingest_->reload(sources_of(*fresh));
      if (taken) taken = log_metrics_->set_rules(log_rules(*fresh));
      if (!taken) return;
      streams_->set_rules(rules_of(*fresh));
      relay_->set_rules(rules_of(*fresh));
      runs_->set_streams(run_streams(*fresh, *spools_));
    });
    if (taken) reload_tls(fresh->server, std::move(*tls));
    if (taken) use_policy(std::move(*policy));
    if (!taken) fresh = tl::unexpected(Errors{taken.error()});
  }
  if (fresh) {
    for (const std::string& key : waiting) spdlog::warn("{} has changed: it takes effect at the next start", key);
    for (const StreamConfig& stream : configuration_.streams) registry_.remove({"stream", stream.name});
    configuration_.streams = std::move(fresh->streams);
    spools_->configure(configuration_.streams);
    spools_->enforce();
    if (const auto followed = host_journals_->configure(configuration_.streams); !followed) {
      spdlog::error("{}", followed.error().message);
    }
    for (const StreamConfig& stream : configuration_.streams) {
      register_stream_metrics(registry_, *streams_, stream.name);
      register_host_journal_metrics(registry_, *host_journals_, stream);
    }
    configuration_.metrics = std::move(fresh->metrics);
    configuration_.runs = std::move(fresh->runs);
    configuration_.auth = std::move(fresh->auth);
    configuration_.users = std::move(fresh->users);
    configuration_.sampler.readers = std::move(fresh->sampler.readers);
    if (audit_sink_) audit_sink_->reopen();
    spdlog::info("configuration reloaded, {} streams", configuration_.streams.size());
  } else {
    spdlog::error("reload refused, the configuration in force stays:");
    for (const Error& error : fresh.error()) spdlog::error("{}", error.message);
  }
  notify("READY=1");
}

void Daemon::reload_tls(const ServerConfig& fresh, std::shared_ptr<const TlsContext> tls) {
  const bool was_there = !configuration_.server.tls_certificate.empty();
  if (was_there != (tls != nullptr)) {
    spdlog::warn("server.tls.certificate has been {}: it takes effect at the next start",
                 was_there ? "removed" : "set");
    return;
  }
  if (!tls) return;
  warn_about(*tls, clock_);
  http_->use_tls(std::move(tls));
  configuration_.server.tls_certificate = fresh.tls_certificate;
  configuration_.server.tls_key = fresh.tls_key;
}

void Daemon::on_ingest_thread(const std::function<void()>& task) {
  std::promise<void> done;
  ingest_loop_->post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Daemon::stop() {
  if (sampling_) sampling_->stop();
  if (http_ && leaves_streams_) survival_->kept()->keep_all();
  if (http_) http_->stop();
  http_.reset();
  if (host_journals_) host_journals_->stop();
  if (ingest_thread_.joinable()) {
    on_ingest_thread([this] {
      if (ingest_) ingest_->stop();
      ingest_.reset();
    });
    ingest_loop_->stop();
    ingest_thread_.join();
  }
  ingest_.reset();
  relay_.reset();
  if (runs_) runs_->stop();
  if (streams_) streams_->stop();  // the workers, which ask for stages
  run_stages_.reset();
  runs_.reset();
  history_.reset();
  streams_.reset();
  journal_.reset();
  sampling_.reset();
  log_metrics_.reset();
}

}  // namespace tailwater
