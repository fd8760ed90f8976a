// What clients that stall, catch up, filter or come all at once cost the others.
#include <sys/stat.h>

#include "bench/fanout/rows.h"
#include "filter/pattern_set.h"
#include "support/http_stream.h"

namespace tailwater {
namespace {

double p99_over(const Swarm& swarm, Bench& bench, double rate, double seconds) {
  swarm.told().ages.clear();
  pace(rate, seconds, [&](std::uint64_t lines) { bench.write_lines(lines); });
  std::this_thread::sleep_for(Milliseconds(300));
  return swarm.told().ages.percentile(0.99);
}

/// A regular expression for each: literals alone would be found without one.
std::string filter_of(int number) {
  return fmt::format("seq=[0-9]*{:03}\\.", number);
}

double own_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double to_mb(std::uint64_t kib) {
  return static_cast<double>(kib) * 1024 / 1e6;
}

}  // namespace

void measure_stalled_clients(const RowSettings& row) {
  const int clients = row.clients > 0 ? row.clients : 1000;
  const double seconds = row.seconds > 0 ? row.seconds : 6;
  constexpr double kRate = 2000;
  fmt::print("{} clients that read nothing beside one that does, {:.0f} lines/s (bar: p99 +10 ms, memory flat)\n",
             clients, kRate);
  Bench bench("stall_timeout = \"600s\"\n", 1);
  SwarmSettings settings;
  settings.port = bench.daemon->port();
  settings.clients = 1;
  const Swarm live(settings);
  live.settle();
  const double alone = p99_over(live, bench, kRate, seconds);
  settings.clients = clients;
  settings.reads = false;
  const Swarm stalled(settings);
  stalled.settle();
  const std::uint64_t kernel = tcp_buffer_memory();
  std::vector<std::uint64_t> memory;
  double beside = 0;
  for (int part = 0; part < 3; ++part) {
    beside = std::max(beside, p99_over(live, bench, kRate, seconds));
    memory.push_back(bench.resident_kib());
  }
  fmt::print("  p99 {:.2f} ms alone, {:.2f} ms beside them (the worst of 3); {} out of turn\n", alone, beside,
             live.told().out_of_turn.load());
  fmt::print(
      "  memory after each third {:.1f}, {:.1f}, {:.1f} MB; {:.0f} KiB of TCP buffers a stalled client, both ends\n",
      to_mb(memory[0]), to_mb(memory[1]), to_mb(memory[2]),
      static_cast<double>(tcp_buffer_memory() - std::min(kernel, tcp_buffer_memory())) / clients / 1024);
}

void measure_resumes(const RowSettings& row) {
  const int resuming = 50;
  const int clients = row.clients > 0 ? row.clients : 1000;
  constexpr double kRate = 100;
  constexpr std::uint64_t kHistory = 200ULL << 20;
  fmt::print("{} clients resuming 200 MB each beside {} live ones (bars: live p99 +20 ms, 500 MB/s in all, exact)\n",
             resuming, clients);
  Bench bench({}, 1);
  const HttpReply first = fetch(bench.daemon->port(), "/api/events?follow=0&tail=1");
  const std::size_t at = first.body.find("\nid: ");
  const std::string id = first.body.substr(at + 5, first.body.find('\n', at + 5) - at - 5);
  std::string block;
  for (std::uint64_t written = 0; written < kHistory; written += block.size()) {
    block.clear();
    while (block.size() < (4U << 20)) block += timed_line(bench.next_number++);
    append_to_file(bench.log, block);
  }
  SwarmSettings settings;
  settings.port = bench.daemon->port();
  settings.clients = clients;
  const Swarm live(settings);
  live.settle();
  const double alone = p99_over(live, bench, kRate, 3);
  settings.clients = resuming;
  settings.timed_one_of = 10;
  settings.request = [id](int) {
    return "GET /api/events?format=text HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: " + id + "\r\n\r\n";
  };
  const auto begin = Steady::now();
  const double cpu = process_cpu_seconds(bench.daemon->pid());
  const std::uint64_t expected = (bench.next_number - 1) * (resuming / 10);
  const Swarm swarm(settings);
  live.told().ages.clear();
  while (swarm.told().events.load() < expected && seconds_since(begin) < 300) {
    pace(kRate, 0.5, [&](std::uint64_t lines) { bench.write_lines(lines); });
  }
  const double took = seconds_since(begin);
  const double bytes = static_cast<double>(kHistory) * resuming / 1e6;
  fmt::print("  {:.0f} MB of lines in {:.1f} s: {:.0f} MB/s, {:.0f} MB per CPU second; {} out of turn\n", bytes, took,
             bytes / took, bytes / (process_cpu_seconds(bench.daemon->pid()) - cpu), swarm.told().out_of_turn.load());
  fmt::print("  live p99 {:.2f} ms alone, {:.2f} ms beside them; {} out of turn; {:.1f} MB\n", alone,
             live.told().ages.percentile(0.99), live.told().out_of_turn.load(), to_mb(bench.resident_kib()));
}

namespace {

/// The patterns alone: all in one pass, and one after the other.
void measure_patterns(int count) {
  std::vector<std::shared_ptr<const RegexFilter>> patterns;
  for (int i = 0; i < count; ++i) patterns.push_back(*RegexFilter::make(filter_of(i), /*ignore_case=*/false));
  const auto set = PatternSet::make(patterns);
  std::vector<std::string> lines;
  for (std::uint64_t i = 0; i < 20'000; ++i) lines.push_back(timed_line(i));
  std::vector<int> found;
  std::size_t matches = 0;
  std::vector<double> passes;
  for (int round = 0; round < 5; ++round) {
    const double begin = own_cpu_seconds();
    for (const std::string& line : lines) matches += set->find(line, found) ? found.size() : 0;
    passes.push_back((own_cpu_seconds() - begin) * 1e9 / static_cast<double>(lines.size()));
  }
  constexpr std::size_t kFew = 200;
  const double begin = own_cpu_seconds();
  std::size_t one_by_one = 0;
  for (std::size_t i = 0; i < kFew; ++i) {
    for (const auto& pattern : patterns) one_by_one += pattern->matches(lines[i]) ? 1 : 0;
  }
  const double alone = (own_cpu_seconds() - begin) * 1e9 / static_cast<double>(kFew);
  fmt::print(
      "  the patterns alone: {:.0f} ns a line in one pass (the first time {:.0f}), {:.0f} one by one; matches a "
      "line {:.2f} and {:.2f}\n",
      median(passes), passes.front(), alone, static_cast<double>(matches) / 5 / 20'000,
      static_cast<double>(one_by_one) / kFew);
}

}  // namespace

void measure_filters(const RowSettings& row) {
  const int clients = row.clients > 0 ? row.clients : 1000;
  const double seconds = row.seconds > 0 ? row.seconds : 5;
  constexpr double kRate = 10'000;
  fmt::print(
      "{} clients, each with a filter of its own, {:.0f} lines/s (bars: one core, 600 ns a line for the patterns)\n",
      clients, kRate);
  for (const int count : {0, clients}) {
    Bench bench({}, 1);
    SwarmSettings settings;
    settings.port = bench.daemon->port();
    settings.clients = std::max(count, 1);
    settings.request = [count](int client) {
      // A regular expression each: literals alone would be found without one.
      const std::string grep =
          count == 0 ? "never%5B0-9%5D%7B3%7D" : fmt::format("seq%3D%5B0-9%5D%2A{:03}%5C.", client);
      return "GET /api/events?tail=0&grep=" + grep + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    };
    const Swarm swarm(settings);
    swarm.settle();
    bench.write_lines(100);
    std::this_thread::sleep_for(Milliseconds(2500));  // the set is made
    bench.write_lines(1000);
    std::this_thread::sleep_for(Milliseconds(300));
    swarm.told().ages.clear();
    const std::uint64_t events = swarm.told().events.load();
    const double cpu = process_cpu_seconds(bench.daemon->pid());
    const std::uint64_t lines = bench.next_number;
    pace(kRate, seconds, [&](std::uint64_t each) { bench.write_lines(each); });
    const auto matching = static_cast<std::uint64_t>(count == 0 ? 0 : bench.next_number - lines);
    const bool whole = swarm.wait_for_events(events + matching, 30);
    const double used = process_cpu_seconds(bench.daemon->pid()) - cpu;
    const auto written = static_cast<double>(bench.next_number - lines);
    fmt::print(
        "  {:>5} filters: {:.2f} cores, {:.0f} ns of CPU a line; {} of {:.0f} lines matched{}, p99 {:.1f} ms, {:.1f} "
        "MB\n",
        std::max(count, 1), used / seconds, used * 1e9 / written, swarm.told().events.load() - events, written,
        whole ? "" : " (no more comes)", swarm.told().ages.percentile(0.99), to_mb(bench.resident_kib()));
  }
  measure_patterns(clients);
  fmt::print("  (the daemon whole: reading, filtering, framing, a send() for each match)\n");
}

void measure_storm(const RowSettings& row) {
  const int clients = row.clients > 0 ? row.clients : 9000;
  fmt::print("{} clients as EventSource is, after a kill -9 (all served, exact; the reconnects spread)\n", clients);
  Bench bench({}, 1);
  SwarmSettings settings;
  settings.port = bench.daemon->port();
  settings.clients = clients;
  settings.reconnects = true;
  const Swarm swarm(settings);
  swarm.settle();
  bench.write_lines(100);
  const auto all = static_cast<std::uint64_t>(clients);
  (void)swarm.wait_for_events(100 * all);
  bench.daemon->kill();
  bench.write_lines(50);
  const std::uint64_t connected = swarm.told().connected.load();
  const auto begin = Steady::now();
  if (!bench.daemon->start()) return fmt::print("  {}\n", bench.daemon->failure());
  double first = 0;
  double last = 0;
  while (swarm.told().connected.load() < connected + all && seconds_since(begin) < 60) {
    if (first == 0 && swarm.told().connected.load() > connected) first = seconds_since(begin);
    std::this_thread::sleep_for(Milliseconds(5));
  }
  last = seconds_since(begin);
  bench.write_lines(50);
  const bool whole = swarm.wait_for_events(200 * all, 60);
  fmt::print(
      "  connected again from {:.1f} to {:.1f} s after; {} events of {}{}, {} out of turn, {} hang-ups; {:.1f} MB\n",
      first, last, swarm.told().events.load(), 200 * all, whole ? "" : " (no more comes)",
      swarm.told().out_of_turn.load(), swarm.told().gone.load() - all, to_mb(bench.resident_kib()));
}

}  // namespace tailwater
