// Starting the daemon and asking the kernel about it.
#include "support/daemon_process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/unique_fd.h"
#include "support/build_kind.h"

namespace tailwater {
namespace {

constexpr std::chrono::milliseconds kLookAgain{2};

bool can_bind(std::uint16_t port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

std::string daemon_binary() {
  if (const char* chosen = std::getenv("TAILWATER_BINARY"); chosen != nullptr) return chosen;
  return TAILWATER_BINARY;
}

std::map<std::string, std::string> slow_calls(unsigned one_in) {
  std::map<std::string, std::string> environment{{"LD_PRELOAD", TAILWATER_SLOW_CALLS_LIBRARY},
                                                 {"TAILWATER_SLOW_CALLS", std::to_string(one_in)}};
  if (kSanitized) environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";
  return environment;
}

std::uint16_t free_port() {
  std::random_device seed;
  std::uniform_int_distribution<int> ports(10'240, 32'000);
  for (;;) {
    const auto port = static_cast<std::uint16_t>(ports(seed));
    if (can_bind(port)) return port;
  }
}

uid_t unprivileged_user() {
  return ::getuid() == 0 ? 65534 : 0;
}

ProgramResult run_tailwater(std::vector<std::string> arguments, std::chrono::milliseconds limit) {
  ChildSettings settings;
  settings.command = std::move(arguments);
  settings.command.insert(settings.command.begin(), daemon_binary());
  return run_program(std::move(settings), limit);
}

DaemonProcess::DaemonProcess(DaemonSettings settings) : settings_(std::move(settings)), port_(free_port()) {
  if (settings_.state_dir.empty()) settings_.state_dir = directory_.folder("state");
  if (settings_.user != 0 && settings_.state_dir != "none") {
    std::filesystem::permissions(settings_.state_dir, std::filesystem::perms::all);
  }
}

bool DaemonProcess::start(std::chrono::milliseconds limit) {
  ChildSettings child;
  child.command = {daemon_binary(),    "serve", "--listen", "127.0.0.1:" + std::to_string(port_), "--state-dir",
                   settings_.state_dir};
  child.command.insert(child.command.end(), settings_.arguments.begin(), settings_.arguments.end());
  child.environment = settings_.environment;
  child.output_file = directory_.file("stdout");
  child.error_file = directory_.file("stderr");
  child.user = settings_.user;
  child.max_descriptors = settings_.max_descriptors;
  child.inherited_fds = settings_.inherited_fds;
  const std::size_t before = output().size();
  return child_.spawn(child) && wait_for_address(before, limit);
}

bool DaemonProcess::wait_for_address(std::size_t output_before, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const std::string address = "://127.0.0.1:" + std::to_string(port_);  // http or https
  while (std::chrono::steady_clock::now() < deadline) {
    if (output().find(address, output_before) != std::string::npos) return true;
    if (!child_.running()) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return false;
}

std::optional<ChildEnd> DaemonProcess::terminate(std::chrono::milliseconds limit) {
  child_.send_signal(SIGTERM);
  return child_.wait(limit);
}

std::uint64_t process_status(pid_t pid, const std::string& field) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind(field + ":", 0) == 0) return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10);
  }
  return 0;
}

std::vector<std::string> open_files(pid_t pid) {
  std::error_code error;
  std::vector<std::string> links;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
    links.push_back(std::filesystem::read_symlink(entry.path(), error).string());
  }
  return links;
}

double process_cpu_seconds(pid_t pid) {
  std::error_code error;
  double nanoseconds = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::ifstream statistics(entry.path() / "schedstat");
    double on_cpu = 0;
    if (statistics >> on_cpu) nanoseconds += on_cpu;
  }
  return nanoseconds / 1e9;
}

}  // namespace tailwater
