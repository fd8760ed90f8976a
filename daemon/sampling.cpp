#include "sampling.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "filter/sample_line.h"
#include "metrics/sample_record.h"

namespace tailwater {
namespace {

constexpr Milliseconds kShortestInterval{100};
/// Where no interval is configured: the pace while somebody asks, and while nobody does.
constexpr Milliseconds kInterval{1000};
constexpr Milliseconds kQuietInterval{60'000};
constexpr std::chrono::seconds kLongestUnwritten{10};
constexpr ByteCount kMemoryHistoryBytes = 8ULL << 20;
constexpr ByteCount kMemorySpoolBytes = 4ULL << 20;
constexpr std::uint32_t kMaxSampleBytes = 4U << 20;

/// After loading they are globs.
std::vector<Glob> globs_of(const std::vector<std::string>& texts) {
  std::vector<Glob> globs;
  for (const std::string& text : texts) {
    if (auto glob = Glob::parse(text)) globs.push_back(std::move(*glob));
  }
  return globs;
}

/// Clients and files come first: units get a quarter of what this process may open.
std::size_t descriptors_for_units(std::size_t units) {
  rlimit limit{};
  const bool limited = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const std::size_t wanted = units * kUnitFiles;
  return limited ? std::min<std::size_t>(wanted, limit.rlim_cur / 4) : wanted;
}

SamplerOptions sampler_options(const SamplerConfig& config) {
  SamplerOptions options;
  if (config.interval == SamplerConfig::kWhenAsked) {
    options.interval = kInterval;
    options.quiet_interval = kQuietInterval;
  } else if (config.interval.count() == 0) {
    options.interval = Milliseconds(0);
  } else {
    options.interval = options.quiet_interval = std::max(config.interval, kShortestInterval);
  }
  options.host.per_core = config.per_core;
  options.units.patterns = {globs_of(config.units), globs_of(config.cgroups)};
  options.units.max_units = config.max_units;
  options.units.max_descriptors = descriptors_for_units(config.max_units);
  return options;
}

constexpr std::string_view kMemory = "/dev/shm";
constexpr std::string_view kMemoryFolder = "tailwater-samples-";

/// Locked as long as its owner lives, whoever that is.
UniqueFd lock_folder(const std::string& path) {
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder && ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) folder.reset();
  return folder;
}

/// What daemons left behind that were killed. What is not ours cannot be opened.
void remove_left_behind() {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(kMemory, error), end; !error && entry != end; entry.increment(error)) {
    const std::filesystem::path path = entry->path();
    std::error_code ignored;
    if (path.filename().native().compare(0, kMemoryFolder.size(), kMemoryFolder) != 0) continue;
    if (lock_folder(path)) std::filesystem::remove_all(path, ignored);
  }
}

}  // namespace

Sampling::Sampling(const SamplerConfig& config, const std::string& state, Registry& registry, const Clock& clock)
    : sampler_(sampler_options(config), registry, clock) {
  if (config.interval.count() != 0) {
    open_spool(config, state);
    open_history(config, state);
  }
  register_own(registry);
  sampler_.on_sample([this](const Sample& sample) { keep(sample); });
}

void Sampling::keep(const Sample& sample) {
  if (history_) history_->add(sample);
  if (!spool_) return;
  append_sample_record(unwritten_, sample);
  unwritten_for_ += sample.elapsed;
  if (unwritten_for_ < kLongestUnwritten && !anybody_()) return;
  spool_->append(unwritten_);
  unwritten_.clear();
  unwritten_for_ = {};
}

Sampling::~Sampling() {
  stop();
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
}

void Sampling::open_spool(const SamplerConfig& config, const std::string& state) {
  std::string folder = state + "/samples";
  ByteCount bytes = config.spool_bytes;
  if (state.empty()) {
    remove_left_behind();
    // Files can only be followed where they have a path.
    folder = fmt::format("{}/{}XXXXXX", kMemory, kMemoryFolder);
    if (::mkdtemp(folder.data()) == nullptr) folder.clear();
    temporary_ = folder;
    temporary_lock_ = lock_folder(folder);
    bytes = std::min(bytes, kMemorySpoolBytes);
  } else if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    folder.clear();
  }
  if (!folder.empty()) {
    auto spool = std::make_unique<SampleSpool>(folder + "/samples.jsonl", bytes);
    if (spool->open()) spool_ = std::move(spool);
  }
  if (!spool_) spdlog::warn("there is no place for samples: clients get no metric events");
}

void Sampling::open_history(const SamplerConfig& config, const std::string& state) {
  HistoryOptions options;
  options.budget = state.empty() ? std::min(config.history_bytes, kMemoryHistoryBytes) : config.history_bytes;
  if (!state.empty()) options.directory = state + "/history";
  auto history = std::make_unique<SampleHistory>(std::move(options));
  const auto opened = history->open();
  if (opened) {
    history_ = std::move(history);
  } else {
    spdlog::warn("no history of metrics is kept: {}", opened.error().message);
  }
}

void Sampling::register_own(Registry& registry) {
  if (spool_) {
    registry.add({"tailwater.spool.write_errors", "{error}", MetricType::kCounter,
                  "Samples that could not be written to the spool, and are in no metric event."},
                 [this] { return static_cast<double>(spool_->write_errors()); });
  }
  if (!history_) return;
  registry.add({"tailwater.history.size", "By", MetricType::kGauge, "Size of the history of metrics."},
               [this] { return static_cast<double>(history_->bytes()); });
  registry.add({"tailwater.history.write_errors", "{error}", MetricType::kCounter,
                "Blocks of history that could not be written."},
               [this] { return static_cast<double>(history_->write_errors()); });
  registry.add({"tailwater.history.resets", "{reset}", MetricType::kCounter,
                "Times when a total was smaller than before and counted as unchanged."},
               [this] { return static_cast<double>(history_->resets()); });
  registry.add({"tailwater.history.left_out", "{series}", MetricType::kGauge,
                "Series that are in no history because there are too many of them."},
               [this] { return static_cast<double>(history_->left_out()); });
}

std::optional<StreamSource> Sampling::source() const {
  if (!spool_) return std::nullopt;
  return StreamSource{std::string(kSampleStream), {spool_->path()}, {}, rules()};
}

RecordRules Sampling::rules() {
  return {kMaxSampleBytes, /*samples=*/true};
}

void Sampling::stop() {
  if (std::exchange(stopped_, true)) return;
  sampler_.stop();
  if (spool_ && !unwritten_.empty()) spool_->append(unwritten_);
  if (history_) history_->flush();
}

std::string Sampling::exposition(bool openmetrics, const StreamSet& readable) const {
  return sampler_.exposition(openmetrics ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kPrometheus, readable);
}

Result<std::string> Sampling::history(const MetricHistoryRequest& request) const {
  if (!history_)
    return fail(ErrorCode::kUnavailable, "no history of metrics is kept; sampler.interval is 0s, or the log says why");
  return history_->query({request.from, request.to, request.step, request.names, request.readable});
}

}  // namespace tailwater
