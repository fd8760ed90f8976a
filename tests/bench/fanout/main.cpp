// fanout: what the fan-out engine costs and what it stands, row by row.
//   fanout [ROW...] [--clients=N] [--seconds=S] [--threads=N]
// Without rows all of them. Rates and delays depend on the machine and on what else it does; the ratios to the peer of
// the same run do so less.
#include <fstream>
#include <sstream>

#include "bench/fanout/rows.h"
#include "support/test_certificate.h"

namespace tailwater {

Bench::Bench(const std::string& toml, int threads, bool tls) {
  std::string text = "[server]\nheartbeat = \"600s\"\n";
  if (tls) {
    const TestCertificate certificate(directory.file("server"));
    text += fmt::format("tls.certificate = \"{}\"\ntls.key = \"{}\"\n", certificate.certificate(), certificate.key());
  }
  text += "[limits]\nclients = 20000\n" + toml + fmt::format("\n[[stream]]\nname = \"app\"\npaths = [\"{}\"]\n", log);
  append_to_file(directory.file("tailwater.toml"), text);
  append_to_file(log, "the first line\n");
  daemon = std::make_unique<DaemonProcess>(
      std::vector<std::string>{"--config", directory.file("tailwater.toml"), "--threads", std::to_string(threads)});
  start_or_give_up(*daemon);
}

std::uint64_t socket_memory() {
  std::ifstream file("/proc/slabinfo");
  std::uint64_t sum = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t active = 0;
    std::uint64_t all = 0;
    std::uint64_t size = 0;
    words >> name >> active >> all >> size;
    for (const char* counted : {"TCP", "sock_inode_cache", "filp", "dentry", "eventpoll_epi", "eventpoll_pwq",
                                "request_sock_TCP", "tcp_bind_bucket", "skbuff_head_cache"}) {
      if (name == counted) sum += active * size;
    }
  }
  return sum;
}

std::uint64_t tcp_buffer_memory() {
  std::ifstream file("/proc/net/sockstat");
  for (std::string line; std::getline(file, line);) {
    const std::size_t at = line.find(" mem ");
    if (line.rfind("TCP:", 0) == 0 && at != std::string::npos) {
      return std::strtoull(line.c_str() + at + 5, nullptr, 10) * 4096;
    }
  }
  return 0;
}

namespace {

constexpr std::pair<const char*, void (*)(const RowSettings&)> kRows[] = {
    {"idle", measure_idle_clients}, {"line", measure_one_line},
    {"rate", measure_steady_rate},  {"stalled", measure_stalled_clients},
    {"resumes", measure_resumes},   {"filters", measure_filters},
    {"tls", measure_tls},           {"storm", measure_storm},
};

int run(int count, char** values) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const RowSettings settings{static_cast<int>(argument(count, values, "clients", 0)),
                             argument(count, values, "seconds", 0),
                             static_cast<int>(argument(count, values, "threads", 1))};
  bool named = false;
  for (int i = 1; i < count; ++i) named = named || values[i][0] != '-';
  bool known = !named;
  for (const auto& [name, measure] : kRows) {
    bool wanted = !named;
    for (int i = 1; i < count; ++i) wanted = wanted || std::string(name) == values[i];
    if (!wanted) continue;
    known = true;
    measure(settings);
    fmt::print("\n");
  }
  if (known) return 0;
  fmt::print(stderr, "no such row; there are");
  for (const auto& [name, measure] : kRows) fmt::print(stderr, " {}", name);
  fmt::print(stderr, "\n");
  return 2;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
