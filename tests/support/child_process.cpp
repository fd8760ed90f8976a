// Starting and ending programs. Between fork and exec only async-signal-safe calls are made (fork(2),
// signal-safety(7)), since the test has threads; everything that allocates is prepared before.
#include "support/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>

#include "support/temp_dir.h"

extern char** environ;

namespace tailwater {
namespace {

constexpr uid_t kNobody = 65534;

std::vector<std::string> child_environment(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> made;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (changes.find(text.substr(0, text.find('='))) == changes.end()) made.push_back(text);
  }
  for (const auto& [name, value] : changes) made.push_back(name + "=" + value);
  return made;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> made;
  for (std::string& text : texts) made.push_back(text.data());
  made.push_back(nullptr);
  return made;
}

UniqueFd open_output(const std::string& path) {
  const char* name = path.empty() ? "/dev/null" : path.c_str();
  return UniqueFd(::open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

constexpr std::string_view kListenPid = "LISTEN_PID=";

struct ChildPlan {
  char* const* arguments;
  char* const* environment;
  char* listen_pid;  // where the digits go, or null
  std::vector<int>& inherited;
  int input;
  int output;
  int errors;
  uid_t user;
  rlim_t max_descriptors;
  pid_t parent;
};

/// Numbers what is inherited from 3 on, and says whose it is.
void hand_over(const ChildPlan& plan) {
  if (plan.inherited.empty()) return;
  *std::to_chars(plan.listen_pid, plan.listen_pid + 10, ::getpid()).ptr = '\0';
  constexpr int kFirst = 3;
  const int behind = kFirst + static_cast<int>(plan.inherited.size());
  // All of them out of the way first, as some may lie where others belong.
  for (int& fd : plan.inherited) fd = ::fcntl(fd, F_DUPFD_CLOEXEC, behind);
  for (int i = kFirst; i < behind; ++i) ::dup2(plan.inherited[static_cast<std::size_t>(i - kFirst)], i);
}

[[noreturn]] void become(const ChildPlan& plan) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(126);
  ::dup2(plan.input, STDIN_FILENO);
  ::dup2(plan.output, STDOUT_FILENO);
  ::dup2(plan.errors, STDERR_FILENO);
  if (plan.max_descriptors != 0) {
    const rlimit limit{plan.max_descriptors, plan.max_descriptors};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (plan.user != 0) {
    const gid_t group = plan.user == kNobody ? 65534 : plan.user;
    if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(plan.user) != 0) ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // changing the user cleared it (prctl(2))
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  hand_over(plan);
  ::execvpe(plan.arguments[0], plan.arguments, plan.environment);
  ::_exit(127);
}

}  // namespace

double ChildEnd::cpu_seconds() const {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

bool ChildProcess::spawn(const ChildSettings& settings) {
  kill();
  std::vector<std::string> command = settings.command;
  std::vector<std::string> variables = child_environment(settings.environment);
  std::vector<int> inherited = settings.inherited_fds;
  if (!inherited.empty()) {
    variables.push_back("LISTEN_FDS=" + std::to_string(inherited.size()));
    variables.push_back(std::string(kListenPid) + "0123456789");
  }
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> environment = pointers(variables);
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd output = open_output(settings.output_file);
  const UniqueFd errors = open_output(settings.error_file);
  const ChildPlan plan{arguments.data(),
                       environment.data(),
                       inherited.empty() ? nullptr : variables.back().data() + kListenPid.size(),
                       inherited,
                       settings.input_fd >= 0 ? settings.input_fd : nothing.get(),
                       settings.output_fd >= 0 ? settings.output_fd : output.get(),
                       errors.get(),
                       settings.user,
                       settings.max_descriptors,
                       ::getpid()};
  const pid_t made = ::fork();
  if (made == 0) become(plan);
  if (made < 0) return false;
  pid_ = made;
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, made, 0)));
  return true;
}

std::optional<ChildEnd> ChildProcess::wait(std::chrono::milliseconds limit) {
  if (pid_ <= 0) return std::nullopt;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  int ready = 0;
  do ready = ::poll(&ended, 1, static_cast<int>(limit.count()));
  while (ready < 0 && errno == EINTR);
  if (ready <= 0) return std::nullopt;
  ChildEnd end;
  int status = 0;
  if (::wait4(pid_, &status, 0, &end.usage) != pid_) return std::nullopt;
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  pid_ = 0;
  pidfd_.reset();
  return end;
}

void ChildProcess::send_signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void ChildProcess::kill() {
  if (pid_ <= 0) return;
  send_signal(SIGKILL);
  wait(std::chrono::seconds(30));
}

ProgramResult run_program(ChildSettings settings, std::chrono::milliseconds limit) {
  const TempDir directory;
  settings.output_file = directory.file("stdout");
  settings.error_file = directory.file("stderr");
  ProgramResult result;
  ChildProcess child;
  if (child.spawn(settings)) {
    result.end = child.wait(limit);
    child.kill();
  }
  result.output = read_whole_file(settings.output_file);
  result.errors = read_whole_file(settings.error_file);
  return result;
}

std::string read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace tailwater
