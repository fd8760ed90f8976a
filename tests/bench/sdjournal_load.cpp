// sdjournal_load: the system's journal as a source under load: entries at a fixed rate into a directory of journal
// files (by systemd-journal-remote, which is installed with the test packages), with rotations, vacuums and kills of
// the daemon. Are all there, once and in order? And what does an entry cost beside systemd-journal-gatewayd on the same
// files, each with a reader who follows as text and JSON lines?
//   sdjournal_load [--rate=10000] [--seconds=15] [--kills=3]
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "bench/load_report.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

constexpr const char* kWriter = "/lib/systemd/systemd-journal-remote";
constexpr const char* kGateway = "/lib/systemd/systemd-journal-gatewayd";
constexpr int kTicksPerSecond = 20;
constexpr std::size_t kFilesKept = 3;

UniqueFd listen_on_loopback(std::uint16_t port) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), 16) != 0) {
    std::exit(1);
  }
  return listener;
}

std::string entry_text(std::uint64_t number, std::uint64_t first_time) {
  const std::uint64_t time = first_time + number * 10;
  return fmt::format(
      "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
      "_MACHINE_ID=fedcba9876543210fedcba9876543210\n_TRANSPORT=stdout\nPRIORITY={}\nSYSLOG_IDENTIFIER=app\n_PID={}\n"
      "_UID=33\n_GID=33\n_COMM=app\n_EXE=/usr/bin/app\n_CMDLINE=/usr/bin/app --serve\n_CAP_EFFECTIVE=0\n"
      "_SYSTEMD_CGROUP=/system.slice/app.service\n_SYSTEMD_UNIT=app.service\n_SYSTEMD_SLICE=system.slice\n"
      "_HOSTNAME=web1\nMESSAGE=request {} took {} ms\n\n",
      time, 1'000'000 + number * 10, number % 8, 100 + number % 400, number, number % 997);
}

/// Writes entries to one journal file after another.
class Writer {
 public:
  explicit Writer(std::string directory) : directory_(std::move(directory)) {}

  void rotate() {
    close();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::exit(1);
    const UniqueFd reader(ends[0]);
    pipe_.reset(ends[1]);
    files_.push_back(fmt::format("{}/f{:04}.journal", directory_, number_++));
    ChildSettings settings;
    settings.command = {kWriter, "-o", files_.back(), "-"};
    settings.input_fd = reader.get();
    program_ = std::make_unique<ChildProcess>();
    if (!program_->spawn(settings)) std::exit(1);
    if (files_.size() <= kFilesKept) return;
    std::filesystem::remove(files_.front());
    files_.pop_front();
  }
  void close() {
    pipe_.reset();
    if (program_) program_->wait(std::chrono::seconds(30));
  }
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::write(pipe_.get(), text.data(), text.size());
      if (count <= 0) std::exit(1);
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

 private:
  std::string directory_;
  std::deque<std::string> files_;
  int number_ = 0;
  UniqueFd pipe_;
  std::unique_ptr<ChildProcess> program_;
};

/// curl, following an address into a file.
void read_into(ChildProcess& curl, const std::string& url, const std::string& file) {
  ChildSettings settings;
  settings.command = {"curl", "-sN", "-H", "Accept: application/json", url};
  settings.output_file = file;
  if (!curl.spawn(settings)) std::exit(1);
}

struct Seen {
  std::uint64_t lines = 0;
  std::uint64_t in_order = 0;  ///< lines that are the one expected next
};
Seen numbers_in(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  Seen seen;
  while (std::getline(file, line)) {
    const std::size_t at = line.find("request ");
    if (at == std::string::npos) continue;
    ++seen.lines;
    if (std::strtoull(line.c_str() + at + 8, nullptr, 10) == seen.in_order) ++seen.in_order;
  }
  return seen;
}

std::uint64_t lines_of_spool(const DaemonProcess& daemon) {
  std::uint64_t lines = 0;
  for (const char* ending : {".1", ""}) {
    std::ifstream file(daemon.state_dir() + "/sdjournal/journal.jsonl" + ending);
    std::string line;
    while (std::getline(file, line)) ++lines;
  }
  return lines;
}

int run(int count, char** values) {
  if (::access(kWriter, X_OK) != 0 || ::access(kGateway, X_OK) != 0) {
    fmt::print(stderr,
               "sdjournal_load needs systemd-journal-remote (Debian: apt-get install systemd-journal-remote)\n");
    return 1;
  }
  const auto rate = static_cast<std::uint64_t>(argument(count, values, "rate", 10'000));
  const int seconds = static_cast<int>(argument(count, values, "seconds", 15));
  const int kills = static_cast<int>(argument(count, values, "kills", 3));
  const std::uint64_t total = rate * static_cast<std::uint64_t>(seconds);
  const auto first_time = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  const TempDir directory;
  const std::string journal = directory.folder("journal");
  const std::string config = directory.file("tailwater.toml");
  append_to_file(config, "[[stream]]\nname = \"journal\"\njournal = { directory = \"" + journal +
                             "\", since = \"all\", spool_bytes = \"4GiB\" }\n");
  Writer writer(journal);
  writer.rotate();
  writer.write(entry_text(0, first_time));
  DaemonProcess daemon({"--config", config});
  start_or_give_up(daemon);
  const std::uint16_t gateway_port = free_port();
  const UniqueFd listener = listen_on_loopback(gateway_port);
  ChildSettings gateway_settings;
  gateway_settings.command = {kGateway, "-D", journal};
  gateway_settings.inherited_fds = {listener.get()};
  ChildProcess gateway;
  if (!gateway.spawn(gateway_settings)) return 1;
  ChildProcess ours;
  ChildProcess theirs;
  const auto follow_ours = [&] {
    read_into(ours, fmt::format("http://127.0.0.1:{}/tail/journal?tail=0", daemon.port()), directory.file("ours"));
  };
  follow_ours();
  std::this_thread::sleep_for(Milliseconds(500));
  read_into(theirs, fmt::format("http://127.0.0.1:{}/entries?follow", gateway_port), directory.file("theirs"));

  double cpu = 0;
  std::uint64_t number = 1;
  const auto begin = Steady::now();
  const int ticks = seconds * kTicksPerSecond;
  for (int tick = 1; tick <= ticks; ++tick) {
    std::string text;
    const std::uint64_t until = total * static_cast<std::uint64_t>(tick) / static_cast<std::uint64_t>(ticks);
    while (number < until) text += entry_text(number++, first_time);
    writer.write(text);
    if (tick % (kTicksPerSecond * 4) == 0 && tick < ticks) writer.rotate();
    if (kills > 0 && tick % (ticks / (kills + 1)) == 0 && tick < ticks - kTicksPerSecond / 2) {
      cpu += process_cpu_seconds(daemon.pid());
      daemon.kill();
      ours.kill();
      start_or_give_up(daemon);
      follow_ours();
    }
    std::this_thread::sleep_until(begin + std::chrono::milliseconds(1000 / kTicksPerSecond) * tick);
  }
  writer.close();
  const double took = seconds_since(begin);
  const auto deadline = Steady::now() + std::chrono::seconds(20);
  while (lines_of_spool(daemon) < total && Steady::now() < deadline) std::this_thread::sleep_for(Milliseconds(100));
  const double behind = seconds_since(begin) - took;
  std::this_thread::sleep_for(Milliseconds(1500));
  cpu += process_cpu_seconds(daemon.pid());
  const double gateway_cpu = process_cpu_seconds(gateway.pid());
  const std::uint64_t memory = process_status(daemon.pid(), "RssAnon");
  const std::uint64_t gateway_memory = process_status(gateway.pid(), "RssAnon");
  ours.kill();
  theirs.kill();
  ChildProcess whole;
  read_into(whole, fmt::format("http://127.0.0.1:{}/tail/journal?from=start&follow=0", daemon.port()),
            directory.file("whole"));
  whole.wait(std::chrono::seconds(120));

  const Seen all = numbers_in(directory.file("whole"));
  const Seen theirs_seen = numbers_in(directory.file("theirs"));
  fmt::print(
      "{} entries in {:.1f} s, {} kills of tailwater, files rotated every 4 s, {} kept; written {:.2f} s after the "
      "last entry\n",
      total, took, kills, kFilesKept, behind);
  fmt::print("{:<26}{:>12}{:>12}{:>12}{:>16}{:>14}\n", "", "entries", "in order", "missing", "CPU us/entry",
             "anon KiB");
  const auto print = [total](const char* name, const Seen& seen, double used, std::uint64_t kib) {
    fmt::print("{:<26}{:>12}{:>12}{:>12}{:>16.2f}{:>14}\n", name, seen.lines, seen.in_order,
               static_cast<std::int64_t>(total - seen.in_order), used * 1e6 / static_cast<double>(total), kib);
  };
  print("tailwater", all, cpu, memory);
  print("systemd-journal-gatewayd", theirs_seen, gateway_cpu, gateway_memory);
  return all.lines == total && all.in_order == total ? 0 : 1;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
