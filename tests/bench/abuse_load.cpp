// abuse_load: what one live reader notices of hostile clients. The time from write() on a log file to recv() at the
// reader, while nobody else is there and while an attacker, a process of its own, does one of three things: sends heads
// a byte at a time, leaves requests half sent, or talks into streams. Quiet and hostile rounds take turns. All is
// loopback, where no rate of an address holds anybody back.
//   abuse_load [--rate=500] [--seconds=8] [--rounds=3] [--slow=1000] [--half=10000] [--pace=5000] [--floods=16]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <functional>

#include "bench/line_latency.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

UniqueFd connect_to(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

bool send_now(const UniqueFd& fd, std::string_view bytes) {
  return fd && ::send(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

bool is_closed(const UniqueFd& fd) {
  char byte = 0;
  const ssize_t got = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN);
}

void pause_for(Milliseconds time) {
  ::poll(nullptr, 0, static_cast<int>(time.count()));
}

/// Never return: they are killed.
using Attack = std::function<void(std::uint16_t port)>;

/// Each gets a byte ten times a second, and a new connection when the daemon has had enough of the old one.
void send_slow_heads(std::uint16_t port, int connections) {
  std::vector<UniqueFd> fds(static_cast<std::size_t>(connections));
  while (true) {
    for (UniqueFd& fd : fds) {
      if (send_now(fd, "a")) continue;
      fd = connect_to(port);
      send_now(fd, "GET /api/events HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    }
    pause_for(Milliseconds(100));
  }
}

/// New ones at a pace at which the attacker does not take the processors that the daemon and the reader need: they
/// share a machine here.
void leave_requests_half_sent(std::uint16_t port, int connections, int pace) {
  std::vector<UniqueFd> fds(static_cast<std::size_t>(connections));
  int begun = 0;
  while (true) {
    for (UniqueFd& fd : fds) {
      if (fd && !is_closed(fd)) continue;
      fd = connect_to(port);
      send_now(fd, "GET /api/events HTTP/1.1\r\nHost: local");
      if (++begun % std::max(1, pace / 100) == 0) pause_for(Milliseconds(10));
    }
    pause_for(Milliseconds(100));
  }
}

/// As much as each connection takes, and another when it is cut off: 50 a second each, as limits.connection_rate would
/// let as many addresses do.
void talk_into_streams(std::uint16_t port, int connections) {
  const std::string junk(32 << 10, 'x');
  std::vector<UniqueFd> fds(static_cast<std::size_t>(connections));
  while (true) {
    for (UniqueFd& fd : fds) {
      if (fd && !is_closed(fd) && send_now(fd, junk)) continue;
      fd = connect_to(port);
      send_now(fd, "GET /api/events?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    pause_for(Milliseconds(20));
  }
}

/// Runs while the object lives.
class Attacker {
 public:
  Attacker(const Attack& attack, std::uint16_t port) : pid_(::fork()) {
    if (pid_ != 0) return;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    attack(port);
    ::_exit(0);
  }
  ~Attacker() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Attacker(const Attacker&) = delete;
  Attacker& operator=(const Attacker&) = delete;

 private:
  pid_t pid_;
};

struct Row {
  std::vector<double> p50, p99, worst, memory, busy;
  std::size_t lines = 0;
  void add(const std::vector<double>& microseconds, double mebibytes, double processor_share) {
    p50.push_back(percentile(microseconds, 0.5) / 1e3);
    p99.push_back(percentile(microseconds, 0.99) / 1e3);
    worst.push_back(percentile(microseconds, 1.0) / 1e3);
    memory.push_back(mebibytes);
    busy.push_back(processor_share);
    lines += microseconds.size();
  }
  void print(const std::string& name, const Row& quiet) const {
    fmt::print("{:<34}{:>8}{:>9.2f}{:>9.2f}{:>9.1f}{:>+10.2f}{:>9.1f}{:>8.1f}\n", name, lines, median(p50), median(p99),
               median(worst), median(p99) - median(quiet.p99), median(memory), 100 * median(busy));
  }
};

struct Kind {
  std::string name;
  Attack attack;
  Row row;
};

/// The places that the attacker had are free again when the daemon has seen all of its connections end.
void wait_for_quiet(const DaemonProcess& daemon) {
  for (int i = 0; i < 200 && open_files(daemon.pid()).size() > 200; ++i) pause_for(Milliseconds(50));
}

void measure_into(Row& row, const DaemonProcess& daemon, const std::string& path, const Load& load) {
  const double used = process_cpu_seconds(daemon.pid());
  const auto begin = Steady::now();
  const auto microseconds = through_daemon(daemon.port(), path, load);
  const double share = (process_cpu_seconds(daemon.pid()) - used) / seconds_since(begin);
  row.add(microseconds, static_cast<double>(process_status(daemon.pid(), "VmRSS")) / 1024, share);
}

int run(int count, char** values) {
  Load load;
  load.rate = argument(count, values, "rate", 500);
  load.seconds = argument(count, values, "seconds", 8);
  const int rounds = static_cast<int>(argument(count, values, "rounds", 3));
  const int slow = static_cast<int>(argument(count, values, "slow", 1000));
  const int half = static_cast<int>(argument(count, values, "half", 10'000));
  const int pace = static_cast<int>(argument(count, values, "pace", 5000));
  const int floods = static_cast<int>(argument(count, values, "floods", 16));
  const TempDir directory;
  const std::string path = directory.folder("logs") + "/app.log";
  const UniqueFd made(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  DaemonProcess daemon({directory.file("logs")});
  start_or_give_up(daemon);

  std::vector<Kind> kinds{
      {fmt::format("{} heads, a byte at a time", slow), [=](auto port) { send_slow_heads(port, slow); }, {}},
      {fmt::format("{} half requests, {}/s", half, pace),
       [=](auto port) { leave_requests_half_sent(port, half, pace); },
       {}},
      {fmt::format("floods into {} streams", floods), [=](auto port) { talk_into_streams(port, floods); }, {}}};
  Row quiet;
  for (int round = 0; round < rounds; ++round) {
    for (Kind& kind : kinds) {
      measure_into(quiet, daemon, path, load);
      const Attacker attacker(kind.attack, daemon.port());
      measure_into(kind.row, daemon, path, load);
    }
    wait_for_quiet(daemon);
  }
  fmt::print(
      "write() to recv() at one reader, {:.0f} lines/s, median of {} rounds of {:.0f} s, in ms; memory of the daemon "
      "in MiB, and its share of one processor\n",
      load.rate, rounds, load.seconds);
  fmt::print("{:<34}{:>8}{:>9}{:>9}{:>9}{:>10}{:>9}{:>8}\n", "", "lines", "p50", "p99", "max", "p99 more", "memory",
             "busy %");
  quiet.print("nobody else", quiet);
  for (const Kind& kind : kinds) kind.row.print(kind.name, quiet);
  fmt::print("memory at its highest: {:.1f} MiB, at the end: {:.1f} MiB\n",
             static_cast<double>(process_status(daemon.pid(), "VmHWM")) / 1024,
             static_cast<double>(process_status(daemon.pid(), "VmRSS")) / 1024);
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
