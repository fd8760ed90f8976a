// How soon live lines are with everybody.
#include <algorithm>

#include "bench/fanout/rows.h"

namespace tailwater {
namespace {

/// Sends `messages` one after the other, each when the last one is with everybody; tells the median time to the last.
template <typename Send>
double time_to_last(const Swarm& swarm, int messages, const Send& send) {
  std::vector<double> last;
  swarm.told().ages.clear();
  for (int message = 0; message < messages; ++message) {
    const std::uint64_t expected = swarm.told().events.load() + static_cast<std::uint64_t>(swarm.clients());
    const std::int64_t begin = steady_ns();
    send();
    if (!swarm.wait_for_events(expected)) break;
    last.push_back(static_cast<double>(swarm.told().last_arrival.load() - begin) / 1e6);
    std::this_thread::sleep_for(Milliseconds(50));
  }
  return median(last);
}

void print_line_row(const char* name, double last, const TimeCounts& ages) {
  fmt::print("  {:<18}{:>8.1f} ms to the last, p50 {:>6.1f}, p99 {:>6.1f} ms\n", name, last, ages.percentile(0.5),
             ages.percentile(0.99));
}

/// As one client gets it from the daemon: an event in a chunk.
std::string wire_event(std::uint64_t number) {
  const std::string line = timed_line(number);
  const std::string event = fmt::format(
      "event: log\nid: k3x9.0.48213\ndata: "
      "{{\"stream\":\"app\",\"file\":\"/var/log/app.log\",\"level\":\"info\",\"time\":"
      "\"2026-11-20T00:00:00.000Z\",\"arrived\":\"2026-11-20T00:00:00.000Z\",\"line\":\"{}\"}}\n\n",
      line.substr(0, line.size() - 1));
  return fmt::format("{:x}\r\n{}\r\n", event.size(), event);
}

}  // namespace

void measure_one_line(const RowSettings& row) {
  const int clients = row.clients > 0 ? row.clients : 9000;
  const int messages = 12;
  const int rounds = 5;
  fmt::print("one line to {} clients, median of {} x {} (bar: 1.1 x the bare loop)\n", clients, messages, rounds);
  SwarmSettings settings;
  settings.clients = clients;
  settings.pauses = true;
  BareLoop bare;
  settings.port = bare.port();
  settings.request = [](int) { return std::string(); };
  const Swarm bare_swarm(settings);
  bare.accept(clients);
  bare_swarm.settle();
  Bench bench({}, row.threads);
  settings.port = bench.daemon->port();
  settings.request = SwarmSettings{}.request;
  const Swarm swarm(settings);
  swarm.settle();
  std::vector<double> ratios;
  std::uint64_t number = 1;
  double ours = 0;
  double limit = 0;
  for (int round = 0; round < rounds; ++round) {
    ours = time_to_last(swarm, messages, [&] { bench.write_lines(1); });
    limit = time_to_last(bare_swarm, messages, [&] { bare.send_all(wire_event(number++)); });
    ratios.push_back(ours / limit);
  }
  print_line_row("tailwater", ours, swarm.told().ages);
  print_line_row("bare send() loop", limit, bare_swarm.told().ages);
  fmt::print("  ratio {:.2f}, {} out of turn\n", median(ratios), swarm.told().out_of_turn.load());
  std::string why;
  const auto nchan = NchanPeer::start(why);
  if (!nchan) return fmt::print("  {}\n", why);
  settings.port = nchan->port();
  settings.request = NchanPeer::request;
  const Swarm nchan_swarm(settings);
  nchan_swarm.settle();
  const double theirs = time_to_last(nchan_swarm, messages, [&] { nchan->publish(timed_line(number++)); });
  print_line_row("nchan", theirs, nchan_swarm.told().ages);
}

void measure_steady_rate(const RowSettings& row) {
  const int clients = row.clients > 0 ? row.clients : 10'000;
  const double seconds = row.seconds > 0 ? row.seconds : 60;
  constexpr double kRate = 1000;
  fmt::print("{} clients x {:.0f} lines/s for {:.0f} s, one client of 50 timed (bars: p99 250 ms, 0 lost, 64 MB)\n",
             clients, kRate, seconds);
  SwarmSettings settings;
  settings.clients = clients;
  settings.timed_one_of = 50;
  settings.pauses = true;
  const auto report = [&](const char* name, const Swarm& swarm, std::uint64_t sent, double cpu, std::uint64_t kib) {
    const auto timed = static_cast<std::uint64_t>((clients + 49) / 50);
    // Whatever is still on its way has a while to come.
    (void)swarm.wait_for_events(sent * timed, 10);
    fmt::print(
        "  {:<10} p50 {:>7.1f}, p99 {:>7.1f} ms; {} of {} events missing, {} out of turn, {} hung up; {:.2f} cores, "
        "{:.1f} MB\n",
        name, swarm.told().ages.percentile(0.5), swarm.told().ages.percentile(0.99),
        sent * timed - std::min(sent * timed, swarm.told().events.load()), sent * timed,
        swarm.told().out_of_turn.load(), swarm.told().gone.load(), cpu / seconds,
        static_cast<double>(kib) * 1024 / 1e6);
  };
  {
    Bench bench({}, row.threads);
    settings.port = bench.daemon->port();
    const Swarm swarm(settings);
    swarm.settle();
    const double cpu = process_cpu_seconds(bench.daemon->pid());
    pace(kRate, seconds, [&](std::uint64_t lines) { bench.write_lines(lines); });
    const double used = process_cpu_seconds(bench.daemon->pid()) - cpu;
    report("tailwater", swarm, bench.next_number - 1, used, bench.resident_kib());
  }
  std::string why;
  const auto nchan = NchanPeer::start(why);
  if (!nchan) return fmt::print("  {}\n", why);
  settings.port = nchan->port();
  settings.request = NchanPeer::request;
  const Swarm swarm(settings);
  swarm.settle();
  const double cpu = nchan->cpu_seconds();
  std::uint64_t number = 1;
  pace(kRate, seconds, [&](std::uint64_t lines) {
    for (std::uint64_t i = 0; i < lines; ++i) nchan->publish(timed_line(number++));
  });
  report("nchan", swarm, number - 1, nchan->cpu_seconds() - cpu, nchan->resident_kib());
}

}  // namespace tailwater
