// Memory for clients that wait, and what TLS adds.
#include "bench/fanout/rows.h"

namespace tailwater {
namespace {

std::string swarm_request(int /*client*/) {
  return "GET /api/events?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

struct PerClient {
  double user_kib = 0;
  double kernel_kib = 0;  ///< of one of the two ends
};

/// What `clients` more cost a server whose memory `resident_kib` tells. They all have had one event.
template <typename Resident, typename Say>
PerClient cost_of(SwarmSettings settings, const Resident& resident_kib, const Say& say) {
  const auto clients = static_cast<double>(settings.clients);
  const std::uint64_t user = resident_kib();
  const std::uint64_t kernel = socket_memory();
  const Swarm swarm(std::move(settings));
  swarm.settle();
  say();
  std::this_thread::sleep_for(Milliseconds(1500));
  return {static_cast<double>(resident_kib() - user) / clients,
          static_cast<double>(socket_memory() - kernel) / clients / 2 / 1024};
}

}  // namespace

void measure_idle_clients(const RowSettings& row) {
  const int clients = row.clients > 0 ? row.clients : 18'000;
  fmt::print("memory for each of {} idle clients of one process (bars: 3 KiB user, 6 KiB kernel)\n", clients);
  SwarmSettings settings;
  settings.clients = clients;
  settings.timed_one_of = 1'000'000;
  settings.request = swarm_request;
  Bench bench;
  settings.port = bench.daemon->port();
  const PerClient ours = cost_of(
      settings, [&] { return bench.resident_kib(); }, [&] { bench.write_lines(1); });
  fmt::print("  {:<12}{:>8.2f} KiB user{:>8.2f} KiB kernel\n", "tailwater", ours.user_kib, ours.kernel_kib);
  std::string why;
  const auto nchan = NchanPeer::start(why);
  if (!nchan) {
    fmt::print("  {}\n", why);
    return;
  }
  settings.port = nchan->port();
  settings.request = NchanPeer::request;
  const PerClient theirs = cost_of(
      settings, [&] { return nchan->resident_kib(); }, [&] { nchan->publish("hello"); });
  fmt::print("  {:<12}{:>8.2f} KiB user{:>8.2f} KiB kernel\n", "nchan", theirs.user_kib, theirs.kernel_kib);
}

void measure_tls(const RowSettings& row) {
  const int clients = row.clients > 0 ? row.clients : 1000;
  const double seconds = row.seconds > 0 ? row.seconds : 3;
  fmt::print("{} clients over TLS beside as many without (bar: 20 KiB a client)\n", clients);
  for (const bool tls : {false, true}) {
    Bench bench({}, 1, tls);
    SwarmSettings settings;
    settings.clients = clients;
    settings.port = bench.daemon->port();
    settings.tls = tls;
    const std::uint64_t before = bench.resident_kib();
    const Swarm swarm(settings);
    swarm.settle();
    bench.write_lines(1);
    std::this_thread::sleep_for(Milliseconds(1000));
    const double kib = static_cast<double>(bench.resident_kib() - before) / clients;
    for (const std::uint64_t lines : {1U, 100U}) {
      const std::uint64_t events_before = swarm.told().events.load();
      const double cpu_before = process_cpu_seconds(bench.daemon->pid());
      const auto begin = Steady::now();
      std::uint64_t expected = events_before;
      while (seconds_since(begin) < seconds) {
        bench.write_lines(lines);
        expected += lines * static_cast<std::uint64_t>(clients);
        if (!swarm.wait_for_events(expected)) return fmt::print("  no more comes\n");
      }
      const auto events = static_cast<double>(expected - events_before);
      fmt::print("  {:<6}{:>4} lines a time{:>12.0f} events/s{:>14.0f} per CPU second{:>8.1f} KiB user a client\n",
                 tls ? "TLS" : "plain", lines, events / seconds_since(begin),
                 events / (process_cpu_seconds(bench.daemon->pid()) - cpu_before), kib);
    }
  }
}

}  // namespace tailwater
