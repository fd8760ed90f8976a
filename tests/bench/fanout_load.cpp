// fanout_load: one feed, a thousand clients, as fast as they take it: events a second, and events per second of server
// CPU, of the real daemon (one client thread) beside a bare send() loop of the same bytes, by one thread of a process
// with several, over sockets with the same options to the same kind of reader. The two take turns, and each has one
// batch under way at a time, so that neither sends more than the other in one go. The ratio is the median over the
// rounds of each round's own, since the machine may be busier in one than in another.
//   fanout_load [--clients=1000] [--seconds=1] [--rounds=9] [--threads=1] [--lines=1|10|100]
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <semaphore>
#include <thread>

#include "bench/load_report.h"
#include "support/http_stream.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

/// What a reader process tells the one that measures.
struct Progress {
  std::atomic<std::uint64_t> connected{0};
  std::atomic<std::uint64_t> bytes{0};         ///< of all clients
  std::atomic<std::uint64_t> first_bytes{0};   ///< of the first client
  std::atomic<std::uint64_t> first_events{0};  ///< of the first client
  // Set by the other side: what had been read when the measuring began. From there on, all clients get the same.
  std::atomic<std::uint64_t> bytes_before{0};
  std::atomic<std::uint64_t> first_bytes_before{0};
  /// Do all clients have what the first one has?
  [[nodiscard]] bool even(std::uint64_t clients) const {
    return bytes.load() - bytes_before.load() == clients * (first_bytes.load() - first_bytes_before.load());
  }
};

Progress* make_shared_progress() {
  void* memory = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::exit(1);
  return new (memory) Progress;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(1);
  return fd;
}

/// Empty lines end events; the framing between chunks has CRLF and so none of its own.
std::uint64_t count_events(std::string_view bytes, bool& after_newline) {
  std::uint64_t events = 0;
  for (const char byte : bytes) {
    const bool ends = byte == '\n' && after_newline;
    events += ends ? 1 : 0;
    after_newline = byte == '\n' && !ends;
  }
  return events;
}

/// A process of its own that holds all clients. Never returns.
[[noreturn]] void read_for_ever(std::uint16_t port, int clients, const std::string& request, Progress& progress,
                                int wake_fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  int first = -1;
  for (int client = 0; client < clients; ++client) {
    const int fd = connect_to(port);
    if (client == 0) first = fd;
    if (!request.empty() && ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) ::_exit(1);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    progress.connected.store(static_cast<std::uint64_t>(client) + 1);
  }
  std::vector<char> buffer(256 << 10);
  std::vector<epoll_event> ready(512);
  bool after_newline = false;
  for (;;) {
    const int found = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < found; ++i) {
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) ::_exit(1);
      const auto bytes = static_cast<std::uint64_t>(got);
      if (fd == first) {
        progress.first_events += count_events({buffer.data(), bytes}, after_newline);
        progress.first_bytes += bytes;
      }
      progress.bytes.fetch_add(bytes);
    }
    if (!progress.even(static_cast<std::uint64_t>(clients))) {
      // A reader that waits has to be woken, at the sender's cost, for each send; a slow sender would pay for more of
      // that than a fast one.
      ::usleep(100);
      continue;
    }
    const std::uint64_t one = 1;
    if (::write(wake_fd, &one, sizeof one) < 0) ::_exit(1);
  }
}

/// The reader's process, seen from the other side.
class Readers {
 public:
  Readers(std::uint16_t port, int clients, const std::string& request)
      : clients_(static_cast<std::uint64_t>(clients)),
        progress_(make_shared_progress()),
        wake_fd_(::eventfd(0, EFD_CLOEXEC)),
        pid_(::fork()) {
    if (pid_ == 0) read_for_ever(port, clients, request, *progress_, wake_fd_.get());
  }
  ~Readers() {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ::munmap(progress_, sizeof(Progress));
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  [[nodiscard]] std::uint64_t bytes() const { return progress_->bytes.load(); }
  [[nodiscard]] std::uint64_t events() const { return progress_->first_events.load(); }
  [[nodiscard]] std::uint64_t clients() const { return clients_; }
  /// Waits until nothing has come for a while: all are connected and have had what there was. Counting begins there.
  void settle() {
    for (std::uint64_t before = 1; before != bytes() || progress_->connected.load() < clients_;) {
      before = bytes();
      std::this_thread::sleep_for(Milliseconds(300));
    }
    progress_->bytes_before = bytes();
    progress_->first_bytes_before = progress_->first_bytes.load();
  }
  /// Waits until every client has had `events` of them since it connected.
  void wait_for(std::uint64_t events) const {
    const auto deadline = Steady::now() + Milliseconds(10'000);
    while (progress_->first_events.load() < events || !progress_->even(clients_)) {
      pollfd ready{wake_fd_.get(), POLLIN, 0};
      std::uint64_t count = 0;
      if (::poll(&ready, 1, 100) > 0 && ::read(wake_fd_.get(), &count, sizeof count) < 0) std::exit(1);
      if (Steady::now() < deadline) continue;
      fmt::print(stderr, "no more comes: {} events of {}\n", progress_->first_events.load(), events);
      std::exit(1);
    }
  }

 private:
  std::uint64_t clients_;
  Progress* progress_;
  UniqueFd wake_fd_;
  pid_t pid_;
};

struct Result {
  double events_per_second = 0;
  double megabytes_per_second = 0;
  double events_per_cpu_second = 0;
};

/// Batch after batch of `lines` events for `seconds`. `send_batch` gives one to all clients; `cpu_seconds` is what the
/// server has used so far.
template <typename SendBatch, typename CpuSeconds>
Result saturate(Readers& readers, int lines, double seconds, const SendBatch& send_batch,
                const CpuSeconds& cpu_seconds) {
  readers.settle();
  const std::uint64_t bytes_before = readers.bytes();
  std::uint64_t expected = readers.events();
  const double cpu_before = cpu_seconds();
  const auto begin = Steady::now();
  std::uint64_t batches = 0;
  for (; seconds_since(begin) < seconds; ++batches) {
    send_batch();
    expected += static_cast<std::uint64_t>(lines);
    readers.wait_for(expected);
  }
  const double took = seconds_since(begin);
  const auto events = static_cast<double>(batches * static_cast<std::uint64_t>(lines) * readers.clients());
  return {events / took, static_cast<double>(readers.bytes() - bytes_before) / 1e6 / took,
          events / (cpu_seconds() - cpu_before)};
}

/// A listener and the sockets that its clients connected: what a server without any logic would have. Its sender is a
/// thread of its own, as the daemon's is: system calls cost more where threads share a table of descriptors.
class BareServer {
 public:
  ~BareServer() {
    stopping_ = true;
    begin_.release();
    sender_.join();
  }
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;
  BareServer() {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 4096) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::exit(1);
    }
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void accept(int clients) {
    for (int client = 0; client < clients; ++client) {
      sockets_.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      const int on = 1;
      ::setsockopt(sockets_.back().get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const int unsent = 64 << 10;  // as http/listener.cpp has it
      ::setsockopt(sockets_.back().get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    }
  }
  void send_all(std::string_view bytes) {
    batch_ = bytes;
    begin_.release();
    done_.acquire();
  }

 private:
  void run() {
    for (begin_.acquire(); !stopping_; begin_.acquire()) {
      send_batch(batch_);
      done_.release();
    }
  }
  void send_batch(std::string_view bytes) const {
    for (const UniqueFd& socket : sockets_) {
      std::string_view rest = bytes;
      while (!rest.empty()) {
        const ssize_t done = ::send(socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (done >= 0) {
          rest.remove_prefix(static_cast<std::size_t>(done));
        } else if (errno == EAGAIN) {
          pollfd ready{socket.get(), POLLOUT, 0};
          ::poll(&ready, 1, 1000);
        } else {
          std::exit(1);
        }
      }
    }
  }

  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<UniqueFd> sockets_;
  std::string_view batch_;
  std::atomic<bool> stopping_{false};
  std::binary_semaphore begin_{0};
  std::binary_semaphore done_{0};
  std::thread sender_{[this] { run(); }};
};

std::string batch_of_lines(int lines) {
  std::string batch;
  for (int line = 0; line < lines; ++line) {
    std::string text = corpus_line(static_cast<std::uint64_t>(line));
    text.pop_back();
    text.resize(149, 'x');
    batch += text + '\n';
  }
  return batch;
}

/// The bytes, framing included, that one client gets for a batch: what the bare loop sends too.
std::string wire_bytes_of(std::uint16_t port, const std::string& path, const std::string& batch, int lines) {
  const int fd = connect_to(port);
  const UniqueFd socket(fd);
  const std::string request = "GET /api/events?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) std::exit(1);
  std::string bytes;
  const auto read_until = [&](auto&& enough) {
    char buffer[65536];
    while (!enough()) {
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) std::exit(1);
      bytes.append(buffer, static_cast<std::size_t>(got));
    }
  };
  read_until([&] { return bytes.find("caught-up") != std::string::npos && bytes.ends_with("\n\n\r\n"); });
  bytes.clear();
  append_to_file(path, batch);
  bool after_newline = false;
  read_until([&] {
    after_newline = false;
    return count_events(bytes, after_newline) >= static_cast<std::uint64_t>(lines) && bytes.ends_with("\r\n");
  });
  return bytes;
}

double own_cpu_seconds() {
  ChildEnd self;
  ::getrusage(RUSAGE_SELF, &self.usage);
  return self.cpu_seconds();
}

void print(const char* name, int lines, const std::vector<Result>& results, const std::vector<Result>& limit) {
  const auto middle = [](const std::vector<Result>& from, double Result::*member) {
    std::vector<double> all;
    for (const Result& result : from) all.push_back(result.*member);
    return median(all);
  };
  const auto middle_ratio = [&](double Result::*member) {
    std::vector<double> all;
    for (std::size_t i = 0; i < results.size(); ++i) all.push_back(results[i].*member / limit[i].*member);
    return median(all);
  };
  fmt::print("{:>6}  {:<18}{:>14.0f}{:>10.0f}{:>18.0f}{:>10.2f}{:>10.2f}\n", lines, name,
             middle(results, &Result::events_per_second), middle(results, &Result::megabytes_per_second),
             middle(results, &Result::events_per_cpu_second), middle_ratio(&Result::events_per_second),
             middle_ratio(&Result::events_per_cpu_second));
}

int run(int count, char** values) {
  const int clients = static_cast<int>(argument(count, values, "clients", 1000));
  const double seconds = argument(count, values, "seconds", 1);
  const int rounds = static_cast<int>(argument(count, values, "rounds", 9));
  const TempDir directory;
  const std::string path = directory.folder("logs") + "/app.log";
  append_to_file(directory.file("tailwater.toml"),
                 fmt::format("[server]\nheartbeat = \"600s\"\n[[stream]]\nname = \"app\"\npaths = [\"{}\"]\n", path));
  append_to_file(path, corpus_line(0));
  DaemonProcess daemon({"--config", directory.file("tailwater.toml"), "--threads",
                        std::to_string(static_cast<int>(argument(count, values, "threads", 1)))});
  start_or_give_up(daemon);
  BareServer bare;
  Readers bare_readers(bare.port(), clients, "");
  bare.accept(clients);
  Readers daemon_readers(daemon.port(), clients, "GET /api/events?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  daemon_readers.settle();
  fmt::print("{} clients of one feed, saturated, median of {} rounds of {:.0f} s\n", clients, rounds, seconds);
  fmt::print("{:>6}  {:<18}{:>14}{:>10}{:>18}{:>10}{:>10}\n", "lines", "", "events/s", "MB/s", "events per CPU s",
             "ratio", "CPU ratio");
  const int only = static_cast<int>(argument(count, values, "lines", 0));
  for (const int lines : {1, 10, 100}) {
    if (only != 0 && lines != only) continue;
    const std::string batch = batch_of_lines(lines);
    const std::string wire = wire_bytes_of(daemon.port(), path, batch, lines);
    std::vector<Result> ours;
    std::vector<Result> limit;
    for (int round = 0; round < rounds; ++round) {
      ours.push_back(saturate(
          daemon_readers, lines, seconds, [&] { append_to_file(path, batch); },
          [&] { return process_cpu_seconds(daemon.pid()); }));
      limit.push_back(saturate(
          bare_readers, lines, seconds, [&] { bare.send_all(wire); }, own_cpu_seconds));
    }
    print("tailwater", lines, ours, limit);
    print("bare send() loop", lines, limit, limit);
  }
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
