#include "keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/blocked_signals.h"
#include "kept_fds.h"

namespace tailwater {
namespace {

constexpr int kFirstInherited = 3;
constexpr std::array kKeeperSignals{SIGTERM, SIGINT, SIGHUP, SIGUSR2};
constexpr std::chrono::milliseconds kPause{250};
/// After some crashes in a row, each sooner than this, there is nothing to be gained by hurry.
constexpr std::chrono::milliseconds kSettled{200};
constexpr int kManyCrashes = 5;
constexpr std::chrono::milliseconds kLongPause{2000};

void say(const std::string& text) {
  fmt::print(stderr, "tailwater: keeper: {}\n", text);
}

std::string own_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return {path.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

class Keeper {
 public:
  Keeper(std::span<const char* const> arguments, KeptFds kept)
      : arguments_(arguments), kept_(std::move(kept)), path_(own_path()) {}

  int run();

 private:
  enum class Binary { kSame, kNew };
  /// What is under way.
  enum class Phase { kStarting, kServing, kRestarting, kReplacing, kStopping };

  bool set_up();
  void spawn(Binary binary);
  [[noreturn]] void become(Binary binary, const std::vector<char*>& environment, char* listen_pid);
  [[nodiscard]] std::vector<std::string> child_environment() const;
  void on_signal(int number);
  void restart();
  [[nodiscard]] bool new_one_would_start() const;
  /// The exit code, if that was the end.
  [[nodiscard]] int on_child_end(int status, bool& over);
  void start_again();

  const std::span<const char* const> arguments_;
  KeptFds kept_;
  const std::string path_;
  UniqueFd running_binary_;  // opened when it was started: still there when its file has been replaced
  UniqueFd next_binary_;
  BlockedSignals signals_{kKeeperSignals};
  pid_t child_ = 0;
  UniqueFd child_fd_;
  Phase phase_ = Phase::kStarting;
  int crashes_ = 0;
  bool has_served_ = false;
  bool wants_restart_ = false;  // asked for while another was under way
  std::chrono::steady_clock::time_point started_;
};

bool Keeper::set_up() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  running_binary_.reset(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  return signals_.valid() && running_binary_.valid();
}

std::vector<std::string> Keeper::child_environment() const {
  std::vector<std::string> made;
  for (char** entry = environ; *entry != nullptr; ++entry) made.emplace_back(*entry);
  made.push_back("NOTIFY_SOCKET=" + kept_.address());
  made.push_back(fmt::format("FDSTORE={}", KeptFds::kCapacity));
  made.push_back(fmt::format("LISTEN_FDS={}", kept_.all().size()));
  made.push_back("LISTEN_FDNAMES=" + kept_.names());
  made.emplace_back("LISTEN_PID=0123456789");
  return made;
}

void Keeper::spawn(Binary binary) {
  std::vector<std::string> variables = child_environment();
  std::vector<char*> environment;
  environment.reserve(variables.size() + 1);
  for (std::string& variable : variables) environment.push_back(variable.data());
  char* listen_pid = variables.back().data() + std::string_view("LISTEN_PID=").size();
  environment.push_back(nullptr);
  next_binary_.reset();
  if (binary == Binary::kNew) next_binary_.reset(::open(path_.c_str(), O_PATH | O_CLOEXEC));
  started_ = std::chrono::steady_clock::now();
  const pid_t made = ::fork();
  if (made == 0) become(binary, environment, listen_pid);
  child_ = made;
  child_fd_.reset(made > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, made, 0)) : -1);
}

void Keeper::become(Binary binary, const std::vector<char*>& environment, char* listen_pid) {
  const pid_t keeper = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(126);
  // The binary and what is kept out of the way first, as some may lie where others belong.
  const int behind = kFirstInherited + static_cast<int>(kept_.all().size());
  const int program =
      ::fcntl(binary == Binary::kNew ? next_binary_.get() : running_binary_.get(), F_DUPFD_CLOEXEC, behind);
  std::vector<int> moved;
  for (const InheritedFd& each : kept_.all()) moved.push_back(::fcntl(each.fd.get(), F_DUPFD_CLOEXEC, behind));
  for (std::size_t i = 0; i < moved.size(); ++i) ::dup2(moved[i], kFirstInherited + static_cast<int>(i));
  *std::to_chars(listen_pid, listen_pid + 10, ::getpid()).ptr = '\0';
  // The signals stay blocked: what comes while it starts is to wait for it, as it would for us, not to end it.
  std::vector<char*> arguments;
  for (const char* argument : arguments_) arguments.push_back(const_cast<char*>(argument));
  arguments.push_back(nullptr);
  ::execveat(program, "", arguments.data(), environment.data(), AT_EMPTY_PATH);
  ::_exit(127);
}

void Keeper::on_signal(int number) {
  switch (number) {
    case SIGTERM:
    case SIGINT:
      // Nobody will take its streams up: they are to be told.
      phase_ = Phase::kStopping;
      ::kill(child_, SIGINT);
      break;
    case SIGHUP: ::kill(child_, SIGHUP); break;
    case SIGUSR2: restart(); break;
    default: break;
  }
}

/// Asks the binary that is there now whether it would start with our configuration, while the old one serves.
bool Keeper::new_one_would_start() const {
  std::vector<std::string> command{path_, "check"};
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    const std::string_view argument = arguments_[i];
    if (argument.substr(0, 9) == "--config=") command.emplace_back(argument);
    if (argument == "--config" && i + 1 < arguments_.size()) {
      command.insert(command.end(), {"--config", arguments_[i + 1]});
    }
  }
  std::vector<char*> pointers;
  pointers.reserve(command.size() + 1);
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t made = ::fork();
  if (made == 0) {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::pthread_sigmask(SIG_SETMASK, &signals_.before(), nullptr);
    ::execv(path_.c_str(), pointers.data());
    ::_exit(127);
  }
  int status = -1;
  while (made > 0 && ::waitpid(made, &status, 0) < 0 && errno == EINTR) {
  }
  return made > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void Keeper::restart() {
  if (phase_ == Phase::kStopping) return;
  if (phase_ != Phase::kServing) {
    // The binary may be another one by now.
    wants_restart_ = true;
    return say("a restart is under way already: another follows it");
  }
  wants_restart_ = false;
  if (!new_one_would_start()) return say(fmt::format("{} would not start: the one that runs goes on", path_));
  phase_ = Phase::kRestarting;
  ::kill(child_, SIGTERM);
}

void Keeper::start_again() {
  std::this_thread::sleep_for(crashes_ < kManyCrashes ? kPause : kLongPause);
  phase_ = Phase::kStarting;
  spawn(Binary::kSame);
}

int Keeper::on_child_end(int status, bool& over) {
  const bool settled = std::chrono::steady_clock::now() - started_ > kSettled;
  switch (phase_) {
    case Phase::kRestarting:
      phase_ = Phase::kReplacing;
      spawn(Binary::kNew);
      return 0;
    case Phase::kReplacing:
      say(fmt::format("the new tailwater {} before it served: the one before it is started again",
                      how_it_ended(status)));
      phase_ = Phase::kStarting;
      spawn(Binary::kSame);
      return 0;
    case Phase::kStarting:
      if (!has_served_) break;  // it cannot start at all
      [[fallthrough]];
    case Phase::kServing:
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
      crashes_ = settled ? 1 : crashes_ + 1;
      say(fmt::format("tailwater {}: it is started again", how_it_ended(status)));
      start_again();
      return 0;
    case Phase::kStopping: break;
  }
  over = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int Keeper::run() {
  if (!set_up()) {
    say("cannot watch signals or find its own binary");
    return EXIT_FAILURE;
  }
  spawn(Binary::kSame);
  while (true) {
    if (child_ <= 0) {
      say("cannot start a process");
      return EXIT_FAILURE;
    }
    std::array<pollfd, 3> watched{
        {{kept_.socket(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}, {child_fd_.get(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return EXIT_FAILURE;
    // What it said comes before its end.
    if (kept_.take_messages(child_) && phase_ != Phase::kStopping) {
      if (phase_ == Phase::kReplacing) running_binary_ = std::move(next_binary_);
      phase_ = phase_ == Phase::kRestarting ? phase_ : Phase::kServing;
      has_served_ = true;
      if (wants_restart_ && phase_ == Phase::kServing) restart();
    }
    while (const auto signal = signals_.next()) on_signal(static_cast<int>(signal->ssi_signo));
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) != child_) continue;
    kept_.take_messages(child_);
    bool over = false;
    const int code = on_child_end(status, over);
    if (over) return code;
  }
}

}  // namespace

int run_keeper(std::span<const char* const> arguments, std::vector<InheritedFd> inherited) {
  auto kept = KeptFds::create(std::move(inherited));
  if (!kept) {
    say(kept.error().message);
    return EXIT_FAILURE;
  }
  return Keeper(arguments, std::move(*kept)).run();
}

}  // namespace tailwater
