#include "bench/fanout/swarm.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <new>
#include <queue>
#include <string_view>
#include <thread>
#include <vector>

namespace tailwater {

void TimeCounts::add(std::int64_t nanoseconds) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0)) / 1000;
  const auto power = static_cast<std::size_t>(micros < kParts ? 0 : std::bit_width(micros) - 6);
  const std::size_t bucket = power * kParts + static_cast<std::size_t>(micros >> power);
  counts_[std::min(bucket, kBuckets - 1)].fetch_add(1, std::memory_order_relaxed);
}

void TimeCounts::clear() {
  for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
}

std::uint64_t TimeCounts::count() const {
  std::uint64_t sum = 0;
  for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
  return sum;
}

double TimeCounts::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count())));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket].load(std::memory_order_relaxed);
    if (seen < std::max<std::uint64_t>(wanted, 1)) continue;
    const std::size_t power = bucket / kParts;
    return static_cast<double>((bucket % kParts) << power) / 1e3;
  }
  return 0;
}

std::string timed_line(std::uint64_t number) {
  std::string line =
      fmt::format("2026-11-20T00:00:00.000Z INFO [billing] invoice made sent={}. seq={}.", steady_ns(), number);
  line.resize(149, 'x');
  return line + '\n';
}

namespace {

struct Client {
  int fd = -1;
  SSL* ssl = nullptr;
  bool timed = false;
  bool heard = false;
  std::uint64_t next_number = 0;  // 0: none seen yet
  std::string carried;            // the end of the last read, of a timed client
  std::string last_id;
  int retry_ms = 3000;
};

class Clients {
 public:
  Clients(const SwarmSettings& settings, Swarm::Told& told, int reached_fd)
      : settings_(settings), told_(told), reached_fd_(reached_fd) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (settings_.tls) context_ = SSL_CTX_new(TLS_client_method());
    clients_.resize(static_cast<std::size_t>(settings_.clients));
  }

  [[noreturn]] void run() {
    for (int i = 0; i < settings_.clients; ++i) {
      clients_[static_cast<std::size_t>(i)].timed = i % settings_.timed_one_of == 0;
      if (!connect(i)) ::_exit(1);
    }
    std::vector<epoll_event> ready(512);
    while (true) {
      const int found =
          settings_.reads ? ::epoll_wait(epoll_, ready.data(), 512, reconnecting_.empty() ? -1 : 5) : ::pause();
      for (int i = 0; i < found; ++i) read(ready[static_cast<std::size_t>(i)].data.u32);
      tell_if_reached();
      if (settings_.pauses && found < 512) ::usleep(100);
      while (!reconnecting_.empty() && reconnecting_.top().first <= steady_ns()) {
        const int index = reconnecting_.top().second;
        reconnecting_.pop();
        if (!connect(index)) reconnecting_.emplace(steady_ns() + 300'000'000, index);
      }
    }
  }

 private:
  void tell_if_reached() {
    const std::uint64_t awaited = told_.awaited.load();
    if (awaited == 0 || told_.events.load() < awaited) return;
    told_.awaited.store(0);
    const std::uint64_t one = 1;
    if (::write(reached_fd_, &one, sizeof one) < 0) ::_exit(1);
  }

  bool connect(int index) {
    Client& client = clients_[static_cast<std::size_t>(index)];
    client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (settings_.receive_buffer > 0) {
      ::setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &settings_.receive_buffer, sizeof settings_.receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(settings_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(client.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(client.fd);
      return false;
    }
    if (settings_.tls) {
      client.ssl = SSL_new(context_);
      SSL_set_fd(client.ssl, client.fd);
      if (SSL_connect(client.ssl) != 1) return false;
    }
    std::string request = settings_.request(index);
    if (!client.last_id.empty()) request.insert(request.size() - 2, "Last-Event-ID: " + client.last_id + "\r\n");
    const auto sent = client.ssl != nullptr ? SSL_write(client.ssl, request.data(), static_cast<int>(request.size()))
                                            : ::send(client.fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (!request.empty() && sent <= 0) return false;
    ::fcntl(client.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(index);
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
    client.heard = false;
    told_.connected.fetch_add(1);
    return true;
  }

  void read(std::uint32_t index) {
    Client& client = clients_[index];
    const ssize_t got = client.ssl != nullptr ? SSL_read(client.ssl, buffer_.data(), static_cast<int>(buffer_.size()))
                                              : ::recv(client.fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      const bool nothing_yet = client.ssl != nullptr
                                   ? SSL_get_error(client.ssl, static_cast<int>(got)) == SSL_ERROR_WANT_READ
                                   : got < 0 && errno == EAGAIN;
      if (!nothing_yet) leave(static_cast<int>(index));
      return;
    }
    if (!client.heard) told_.heard.fetch_add(1);
    client.heard = true;
    told_.bytes.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
    if (client.timed) take({buffer_.data(), static_cast<std::size_t>(got)}, client);
  }

  void leave(int index) {
    Client& client = clients_[static_cast<std::size_t>(index)];
    ::close(client.fd);
    told_.gone.fetch_add(1);
    client.carried.clear();
    if (settings_.reconnects) reconnecting_.emplace(steady_ns() + client.retry_ms * 1'000'000LL, index);
  }

  /// Number after `name` in `text` at or behind `at`, which is moved past it; npos if it is not whole.
  static std::int64_t number_after(std::string_view text, std::string_view name, std::size_t& at) {
    const std::size_t found = text.find(name, at);
    const std::size_t end = found == text.npos ? text.npos : text.find('.', found);
    at = end;
    return end == text.npos ? -1 : std::strtoll(text.data() + found + name.size(), nullptr, 10);
  }

  void take(std::string_view bytes, Client& client) {
    const std::int64_t now = steady_ns();
    client.carried.append(bytes);
    const std::string_view text = client.carried;
    std::size_t used = 0;
    for (std::size_t at = 0; at != text.npos;) {
      const std::int64_t sent = number_after(text, " sent=", at);
      const std::int64_t number = at == text.npos ? -1 : number_after(text, " seq=", at);
      if (at == text.npos) break;
      used = at;
      told_.ages.add(now - sent);
      if (client.next_number != 0 && static_cast<std::uint64_t>(number) != client.next_number)
        told_.out_of_turn.fetch_add(1);
      client.next_number = static_cast<std::uint64_t>(number) + 1;
      told_.events.fetch_add(1, std::memory_order_relaxed);
      told_.last_arrival.store(now, std::memory_order_relaxed);
    }
    if (settings_.reconnects) remember(text, client);
    client.carried.erase(0, std::max(used, text.size() - std::min<std::size_t>(text.size(), 200)));
  }

  static void remember(std::string_view text, Client& client) {
    if (const std::size_t id = text.rfind("\nid: "); id != text.npos) {
      const std::size_t end = text.find('\n', id + 5);
      // An ID counts once its event is whole.
      if (end != text.npos && text.find("\n\n", end) != text.npos) client.last_id = text.substr(id + 5, end - id - 5);
    }
    if (const std::size_t retry = text.find("retry: "); retry != text.npos)
      client.retry_ms = std::atoi(text.data() + retry + 7);
  }

  const SwarmSettings& settings_;
  Swarm::Told& told_;
  const int reached_fd_;
  int epoll_ = -1;
  SSL_CTX* context_ = nullptr;
  std::vector<Client> clients_;
  std::vector<char> buffer_ = std::vector<char>(256 << 10);
  using Due = std::pair<std::int64_t, int>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> reconnecting_;
};

Swarm::Told* make_shared_memory() {
  void* memory = ::mmap(nullptr, sizeof(Swarm::Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::exit(1);
  return new (memory) Swarm::Told;
}

}  // namespace

Swarm::Swarm(SwarmSettings settings)
    : settings_(std::move(settings)), told_(make_shared_memory()), reached_(::eventfd(0, EFD_CLOEXEC)), pid_(::fork()) {
  if (pid_ == 0) run();
}

void Swarm::run() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  Clients(settings_, *told_, reached_.get()).run();
}

Swarm::~Swarm() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ::munmap(told_, sizeof(Told));
}

void Swarm::settle() const {
  const auto wanted = static_cast<std::uint64_t>(settings_.clients);
  const bool hears = settings_.reads && !settings_.request(0).empty();
  for (std::uint64_t before = 1;
       before != told_->bytes.load() || told_->connected.load() < wanted || (hears && told_->heard.load() < wanted);) {
    before = told_->bytes.load();
    std::this_thread::sleep_for(Milliseconds(300));
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      fmt::print(stderr, "a swarm of clients could not connect\n");
      std::exit(1);
    }
  }
}

bool Swarm::wait_for_events(std::uint64_t events, double limit_seconds) const {
  const auto begin = Steady::now();
  // Without looking again and again: that would take time from who reads. In this order, or the last one is missed.
  told_->awaited.store(events);
  while (told_->events.load() < events) {
    if (seconds_since(begin) > limit_seconds) return false;
    pollfd ready{reached_.get(), POLLIN, 0};
    std::uint64_t count = 0;
    if (::poll(&ready, 1, 100) > 0 && ::read(reached_.get(), &count, sizeof count) < 0) std::exit(1);
  }
  return true;
}

}  // namespace tailwater
