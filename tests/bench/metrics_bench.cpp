// What metrics cost: a sample of the machine, rules over log lines, a chart of a month.
//   ./dev bench metrics_bench
#include <time.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "metrics/host_sampler.h"
#include "metrics/log_metrics.h"
#include "metrics/sample_history.h"

namespace tailwater {
namespace {

double thread_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// A thousand samples, one after the other: percentiles of the time on a processor and by the clock, which on a busy
/// machine is mostly waiting for one, and the share of a core at one sample a second.
void BM_HostSample(benchmark::State& state) {
  SampleTable table;
  HostSampler sampler({}, table);
  std::vector<double> on_cpu;
  std::vector<double> by_clock;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    const double cpu_begin = thread_microseconds();
    sampler.sample(begin);
    on_cpu.push_back(thread_microseconds() - cpu_begin);
    by_clock.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(on_cpu.begin(), on_cpu.end());
  std::sort(by_clock.begin(), by_clock.end());
  SampleSet set;
  table.read(set);
  const auto percentile = [](const std::vector<double>& sorted, std::size_t p) {
    return sorted[sorted.size() * p / 100];
  };
  state.counters["series"] = static_cast<double>(set.values.size());
  state.counters["cpu_p50_us"] = percentile(on_cpu, 50);
  state.counters["cpu_p99_us"] = percentile(on_cpu, 99);
  state.counters["clock_p50_us"] = percentile(by_clock, 50);
  state.counters["clock_p99_us"] = percentile(by_clock, 99);
  state.counters["core_percent_at_1Hz"] = percentile(on_cpu, 50) / 1e6 * 100;
}
BENCHMARK(BM_HostSample)->Iterations(1000)->Unit(benchmark::kMicrosecond);

/// A thousand lines of an access log for so many rules, of which a line matches two; levels found or not. With 50,000
/// lines a second, a line's nanoseconds / 200 are percent of a core.
void BM_LogLines(benchmark::State& state) {
  SystemClock clock;
  Registry registry;
  LogMetrics metrics(/*levels=*/state.range(1) != 0, clock, registry);
  std::vector<LogMetricRule> rules;
  for (int i = 0; i < state.range(0); ++i) {
    LogMetricRule rule;
    rule.name = fmt::format("rule_{}", i);
    rule.pattern = i == 0   ? R"re("(?P<method>[A-Z]+) \S+ [^"]*" (?P<status>\d{3}) )re"
                   : i == 1 ? R"re(" \d{3} (?P<value>\d+) )re"
                            : fmt::format(R"re(event{}=(?P<kind>\w+) took (?P<value>[\d.]+))re", i);
    rules.push_back(std::move(rule));
  }
  static_cast<void>(metrics.set_rules(rules));
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    bytes += fmt::format("10.0.{}.{} - - [20/Nov/2026:12:00:{:02}] \"{} /shop/{} HTTP/1.1\" {} {} \"-\" \"curl/8\"\n",
                         i % 256, i % 251, i % 60, i % 3 == 0 ? "POST" : "GET", i, i % 7 == 0 ? 404 : 200, i * 13);
    if (i == 500) bytes += "event2=a event3=b event4=c event5=d event6=e event7=f event8=g event9=h\n";
  }
  for (auto _ : state) metrics.on_extent({"app", bytes, 0, false, false}, {});
  state.SetItemsProcessed(state.iterations() * 1001);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(BM_LogLines)->Args({0, 0})->Args({0, 1})->Args({20, 0})->Args({20, 1})->Unit(benchmark::kMicrosecond);

/// A month of 200 series, one sample a minute, in memory: its size, and a chart of three of them.
void BM_MonthChart(benchmark::State& state) {
  constexpr int kSeries = 200;
  constexpr int kMinutes = 30 * 24 * 60;
  HistoryOptions options;
  options.budget = 64ULL << 20;
  SampleHistory history(std::move(options));
  SampleTable table;
  std::vector<SampleTable::Id> ids;
  for (int i = 0; i < kSeries; ++i) {
    ids.push_back(table.add(make_metric({fmt::format("app.metric_{}", i), "1", MetricType::kGauge, "A number."}),
                            {{"device", fmt::format("device{}", i)}, {"direction", "read"}}));
  }
  Sample sample;
  sample.sets.resize(1);
  sample.elapsed = std::chrono::seconds(60);
  sample.time = WallTime{std::chrono::hours(500'000)};
  const WallTime begin = sample.time;
  for (int minute = 0; minute < kMinutes; ++minute) {
    for (int i = 0; i < kSeries; ++i) table.set(ids[static_cast<std::size_t>(i)], minute * 31 % (i + 2));
    table.publish();
    table.read(sample.sets[0]);
    history.add(sample);
    sample.time += std::chrono::seconds(60);
  }
  HistoryQuery query{begin, sample.time, Milliseconds(0), {*Glob::parse("app.metric_1{0,1,2}")}};
  std::size_t bytes = 0;
  for (auto _ : state) bytes = history.query(query).value_or("").size();
  state.counters["answer_bytes"] = static_cast<double>(bytes);
  state.counters["history_MiB"] = static_cast<double>(history.bytes()) / (1 << 20);
}
BENCHMARK(BM_MonthChart)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tailwater
