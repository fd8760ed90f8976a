// Many streaming clients on one connection each while the daemon is restarted and killed under them. It writes numbered
// lines to a followed file at a steady rate, runs a command for each round, and judges what every client got: each line
// once, in order, and never the end of the connection. Knows nothing of how the daemon is run: by the keeper, by
// systemd.
//   restart_load --port=N --log=FILE [--clients=500] [--rate=5000] [--restarts=N --restart=COMMAND] [--kills=N
//     --kill=COMMAND] [--hangs=N --hang=COMMAND]
// Prints a line for each kind of round; exit code 1 if anything was lost, repeated or disconnected.
//   restart_load --stop-thread=NAME --pid=N
// Stops one thread of a process, as if it hung, until somebody ends the process.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kDigits = 10;
constexpr milliseconds kWriteEvery{5};
constexpr milliseconds kPatience{60'000};
constexpr milliseconds kBetweenRounds{300};

std::string argument(int count, char** values, const std::string& name, std::string otherwise) {
  const std::string flag = "--" + name + "=";
  for (int i = 1; i < count; ++i) {
    if (std::string_view(values[i]).substr(0, flag.size()) == flag) return values[i] + flag.size();
  }
  return otherwise;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

/// What all of them got wrong.
struct Faults {
  std::uint64_t disconnects = 0;
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t framing = 0;
  std::uint64_t unexpected = 0;  ///< hello again, gap, shutdown
  [[nodiscard]] bool any() const { return disconnects + lost + repeated + framing + unexpected > 0; }
};

class Client {
 public:
  bool connect(std::uint16_t port, int epoll) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    constexpr std::string_view kRequest =
        "GET /api/events?format=text&tail=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    if (::send(fd_, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kRequest.size()))
      return false;
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event) == 0;
  }
  void read(Faults& faults) {
    static std::array<char, 128 << 10> buffer;
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      ++faults.disconnects;
      ::close(fd_);
      fd_ = -1;
      return;
    }
    take({buffer.data(), static_cast<std::size_t>(size)}, faults);
  }
  [[nodiscard]] bool is_ready() const { return caught_up_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] std::uint64_t next() const { return next_; }
  void expect(std::uint64_t next) { next_ = next; }
  void begin_round() {
    longest_ = {};
    last_line_ = Clock::now();
  }
  /// The longest time without a line since begin_round().
  [[nodiscard]] double pause_ms() const { return std::chrono::duration<double, std::milli>(longest_).count(); }

 private:
  enum class Chunk { kHead, kSize, kSizeEnd, kData, kDataCr, kDataLf };

  void take(std::string_view bytes, Faults& faults) {
    while (!bytes.empty()) {
      switch (chunk_) {
        case Chunk::kHead: {
          head_.append(bytes);
          const std::size_t end = head_.find("\r\n\r\n");
          if (end == std::string::npos) return;
          bytes = bytes.substr(bytes.size() - (head_.size() - end - 4));
          chunk_ = Chunk::kSize;
          break;
        }
        case Chunk::kSize: {
          const char c = bytes.front();
          bytes.remove_prefix(1);
          if (c == '\r') {
            chunk_ = Chunk::kSizeEnd;
          } else if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
            left_ = left_ * 16 + static_cast<std::size_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
          } else {
            ++faults.framing;
          }
          break;
        }
        case Chunk::kSizeEnd:
          if (bytes.front() != '\n' || left_ == 0) ++faults.framing;
          bytes.remove_prefix(1);
          chunk_ = Chunk::kData;
          break;
        case Chunk::kData: {
          const std::size_t size = std::min(left_, bytes.size());
          take_data(bytes.substr(0, size), faults);
          bytes.remove_prefix(size);
          left_ -= size;
          if (left_ == 0) chunk_ = Chunk::kDataCr;
          break;
        }
        case Chunk::kDataCr:
        case Chunk::kDataLf:
          if (bytes.front() != (chunk_ == Chunk::kDataCr ? '\r' : '\n')) ++faults.framing;
          bytes.remove_prefix(1);
          chunk_ = chunk_ == Chunk::kDataCr ? Chunk::kDataLf : Chunk::kSize;
          break;
      }
    }
  }

  void take_data(std::string_view data, Faults& faults) {
    while (!data.empty()) {
      const std::size_t end = data.find('\n');
      if (end == std::string_view::npos) {
        line_.append(data);
        return;
      }
      if (line_.empty()) {
        take_line(data.substr(0, end), faults);
      } else {
        line_.append(data.substr(0, end));
        take_line(line_, faults);
        line_.clear();
      }
      data.remove_prefix(end + 1);
    }
  }

  void take_line(std::string_view line, Faults& faults) {
    if (line.substr(0, 7) == "event: ") {
      type_ = line[7];
      if (line == "event: caught-up") {
        faults.unexpected += caught_up_ ? 1 : 0;
        caught_up_ = true;
      } else if (line != "event: log" && (line != "event: hello" || said_hello_)) {
        ++faults.unexpected;
      }
      said_hello_ = said_hello_ || line == "event: hello";
      return;
    }
    if (type_ != 'l' || line.substr(0, 6) != "data: ") return;
    std::uint64_t number = 0;
    std::from_chars(line.data() + 6, line.data() + std::min(line.size(), 6 + kDigits), number);
    if (number < next_) ++faults.repeated;
    if (number > next_) faults.lost += number - next_;
    next_ = number + 1;
    const auto now = Clock::now();
    longest_ = std::max(longest_, now - last_line_);
    last_line_ = now;
  }

  int fd_ = -1;
  Chunk chunk_ = Chunk::kHead;
  std::size_t left_ = 0;
  std::string head_;
  std::string line_;
  char type_ = 0;
  bool said_hello_ = false;
  bool caught_up_ = false;
  std::uint64_t next_ = 0;
  Clock::time_point last_line_{};
  Clock::duration longest_{};
};

class Load {
 public:
  Load(const std::string& log, double rate)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        log_(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)),
        rate_(rate) {}

  bool connect(std::uint16_t port, int count) {
    for (int i = 0; i < count; ++i) {
      clients_.push_back(std::make_unique<Client>());
      if (!clients_.back()->connect(port, epoll_)) return false;
    }
    return run_until([this] {
      return std::all_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->is_ready(); });
    });
  }
  void begin_writing() { begun_ = last_write_ = Clock::now(); }
  void end_writing() { begun_ = {}; }
  /// Runs the loop until `holds`; false after our patience.
  template <typename Condition>
  bool run_until(Condition holds) {
    const auto deadline = Clock::now() + kPatience;
    while (!holds()) {
      if (Clock::now() > deadline) return false;
      step();
    }
    return true;
  }
  void run_for(milliseconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) step();
  }
  bool all_have(std::uint64_t number) {
    return std::all_of(clients_.begin(), clients_.end(),
                       [number](const auto& client) { return client->next() >= number || !client->is_open(); });
  }
  /// One restart or kill: until every client has what was written after it.
  bool round(const std::string& command, std::vector<double>& pauses) {
    run_for(kBetweenRounds);
    for (const auto& client : clients_) client->begin_round();
    const auto begun = Clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    int status = -1;
    if (!run_until([&] { return ::waitpid(child, &status, WNOHANG) == child; }) || status != 0) return false;
    run_for(milliseconds(50));
    const std::uint64_t after = written_ + 1;
    if (!run_until([&] { return all_have(after); })) return false;
    longest_round_ = std::max(longest_round_, Clock::now() - begun);
    for (const auto& client : clients_) pauses.push_back(client->pause_ms());
    return true;
  }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] double longest_round_ms() const {
    return std::chrono::duration<double, std::milli>(longest_round_).count();
  }
  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  void step() {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), 2);
    for (int i = 0; i < count; ++i) static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr)->read(faults_);
    write_lines();
  }
  void write_lines() {
    const auto now = Clock::now();
    if (begun_ == Clock::time_point{} || now - last_write_ < kWriteEvery) return;
    owed_ += std::chrono::duration<double>(now - last_write_).count() * rate_;
    last_write_ = now;
    std::string text;
    for (; owed_ >= 1; owed_ -= 1) {
      char line[160];
      text.append(line, static_cast<std::size_t>(std::snprintf(
                            line, sizeof line,
                            "%010llu INFO request served in the usual time, nothing to see here, go on reading\n",
                            static_cast<unsigned long long>(written_++))));
    }
    if (::write(log_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::exit(2);
  }

  int epoll_;
  int log_;
  double rate_;
  double owed_ = 0;
  std::uint64_t written_ = 0;
  Clock::duration longest_round_{};
  Clock::time_point begun_{};
  Clock::time_point last_write_{};
  std::vector<std::unique_ptr<Client>> clients_;
  Faults faults_;
};

/// The first thread of that name; the process itself is "main".
pid_t thread_named(pid_t process, const std::string& name) {
  if (name == "main") return process;
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
    std::string is;
    std::getline(std::ifstream(entry.path() / "comm"), is);
    if (is == name) return std::stoi(entry.path().filename());
  }
  return 0;
}

int stop_thread(pid_t process, const std::string& name) {
  const pid_t thread = thread_named(process, name);
  if (thread == 0 || ::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0 ||
      ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) != 0) {
    std::perror("cannot stop the thread");
    return 2;
  }
  // Who looks into a thread has to take note of its end, or its process cannot end.
  int status = 0;
  while (::waitpid(thread, &status, __WALL) == thread && !WIFEXITED(status) && !WIFSIGNALED(status)) {
  }
  return 0;
}

void report(const char* kind, const std::vector<double>& pauses, std::size_t clients) {
  if (pauses.empty()) return;
  std::printf("%s: %zu rounds, pause of a client p50 %.0f ms, p99 %.0f ms, longest %.0f ms\n", kind,
              pauses.size() / clients, percentile(pauses, 0.5), percentile(pauses, 0.99), percentile(pauses, 1));
}

}  // namespace

int main(int count, char** values) {
  const auto number = [&](const char* name, const char* otherwise) {
    return std::atof(argument(count, values, name, otherwise).c_str());
  };
  if (const std::string thread = argument(count, values, "stop-thread", ""); !thread.empty()) {
    return stop_thread(static_cast<pid_t>(number("pid", "0")), thread);
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const int clients = static_cast<int>(number("clients", "500"));
  Load load(argument(count, values, "log", "restart.log"), number("rate", "5000"));
  if (!load.connect(static_cast<std::uint16_t>(number("port", "8245")), clients)) {
    std::printf("not every client could connect\n");
    return 2;
  }
  load.begin_writing();
  std::vector<double> restarts;
  std::vector<double> kills;
  std::vector<double> hangs;
  bool good = true;
  for (int i = static_cast<int>(number("restarts", "0")); good && i > 0; --i) {
    good = load.round(argument(count, values, "restart", "false"), restarts);
  }
  for (int i = static_cast<int>(number("kills", "0")); good && i > 0; --i) {
    good = load.round(argument(count, values, "kill", "false"), kills);
  }
  for (int i = static_cast<int>(number("hangs", "0")); good && i > 0; --i) {
    good = load.round(argument(count, values, "hang", "false"), hangs);
  }
  load.end_writing();
  if (!good || !load.run_until([&] { return load.all_have(load.written()); })) {
    std::printf("a round did not come to its end\n");
    good = false;
  }
  load.run_for(kBetweenRounds);
  report("restart", restarts, static_cast<std::size_t>(clients));
  report("kill -9", kills, static_cast<std::size_t>(clients));
  report("hang", hangs, static_cast<std::size_t>(clients));
  std::printf("longest round, until every client had a new line: %.0f ms\n", load.longest_round_ms());
  const Faults& faults = load.faults();
  std::printf(
      "%d clients, %llu lines each: %llu disconnected, %llu lost, %llu repeated, %llu unexpected, %llu badly framed\n",
      clients, static_cast<unsigned long long>(load.written()), static_cast<unsigned long long>(faults.disconnects),
      static_cast<unsigned long long>(faults.lost), static_cast<unsigned long long>(faults.repeated),
      static_cast<unsigned long long>(faults.unexpected), static_cast<unsigned long long>(faults.framing));
  return good && !faults.any() ? 0 : 1;
}
