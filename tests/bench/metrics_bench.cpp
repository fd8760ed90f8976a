// What a sample of the machine costs: time at the 50th and 99th percentile over a thousand samples, as they are taken
// (one after the other, so with warm caches), and their share of a core at one a second.
//   ./dev bench metrics_bench
#include <algorithm>
#include <chrono>
#include <vector>

#include <benchmark/benchmark.h>

#include "metrics/host_sampler.h"

namespace tailwater {
namespace {

void BM_HostSample(benchmark::State& state) {
  SampleTable table;
  HostSampler sampler({}, table);
  std::vector<double> microseconds;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    sampler.sample(begin);
    microseconds.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(microseconds.begin(), microseconds.end());
  SampleSet set;
  table.read(set);
  state.counters["series"] = static_cast<double>(set.values.size());
  state.counters["p50_us"] = microseconds[microseconds.size() / 2];
  state.counters["p99_us"] = microseconds[microseconds.size() * 99 / 100];
  state.counters["core_percent"] = benchmark::Counter(microseconds[microseconds.size() / 2] / 1e6 * 100);
}
BENCHMARK(BM_HostSample)->Iterations(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tailwater
