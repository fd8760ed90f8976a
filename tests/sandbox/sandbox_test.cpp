// Each test confines a child process and asks it what it still can do: the test itself has to live on.
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/build_kind.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using ::testing::HasSubstr;

/// What `asked` returns in a child process: a small number, an errno for most.
int in_child(const std::function<int()>& asked) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(asked());
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int opened(const std::string& path, int flags = O_RDONLY) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  return fd >= 0 ? 0 : errno;
}

constexpr int kNotConfined = 200;

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto support = sandbox_support(); !support) GTEST_SKIP() << support.error().message;
    for (const char* name : {"logs", "state", "other"}) ::mkdir(dir_.file(name).c_str(), 0700);
    std::ofstream(dir_.file("logs/a.log")) << "line\n";
    std::ofstream(dir_.file("other/secret")) << "secret\n";
    EXPECT_EQ(::symlink(dir_.file("other/secret").c_str(), dir_.file("logs/link.log").c_str()), 0);
    paths_.read = {dir_.file("logs"), "/proc/stat", "/does/not/exist"};
    paths_.write = {dir_.file("state")};
  }
  /// The same once all of the sandbox is in force.
  int confined(const std::function<int()>& asked) {
    return in_child([&] {
      SandboxState state;
      if (!confine_files(SandboxMode::kRequired, paths_, {}, state)) return kNotConfined;
      if (!confine_calls(SandboxMode::kRequired, state) || state.level() != 2) return kNotConfined;
      return asked();
    });
  }

  TempDir dir_;
  SandboxPaths paths_;
};

TEST_F(SandboxTest, LeavesTheConfiguredFilesReadable) {
  EXPECT_EQ(confined([&] { return opened(dir_.file("logs/a.log")); }), 0);
  EXPECT_EQ(confined([&] { return opened("/proc/stat"); }), 0);
  EXPECT_EQ(confined([&] { return opened(dir_.file("logs/a.log"), O_WRONLY); }), EACCES);
  EXPECT_EQ(confined([&] { return opened(dir_.file("logs/new"), O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(confined([&] { return ::unlink(dir_.file("logs/a.log").c_str()) == 0 ? 0 : errno; }), EACCES);
}

TEST_F(SandboxTest, LeavesTheStateDirectoryToWork) {
  EXPECT_EQ(confined([&] {
              const std::string one = dir_.file("state/one");
              const std::string two = dir_.file("state/two");
              if (const int failed = opened(one, O_RDWR | O_CREAT); failed != 0) return failed;
              if (::truncate(one.c_str(), 10) != 0 || ::rename(one.c_str(), two.c_str()) != 0) return errno;
              if (::mkdir(dir_.file("state/d").c_str(), 0700) != 0) return errno;
              return ::unlink(two.c_str()) == 0 && ::rmdir(dir_.file("state/d").c_str()) == 0 ? 0 : errno;
            }),
            0);
}

TEST_F(SandboxTest, OpensNothingElse) {
  for (const std::string& path :
       {std::string("/etc/shadow"), std::string("/etc/passwd"), std::string("/proc/self/environ"),
        std::string("/proc/self/mem"), dir_.file("other/secret"), dir_.file("logs/link.log")}) {
    EXPECT_EQ(confined([&] { return opened(path); }), EACCES) << path;
  }
}

TEST_F(SandboxTest, StartsNoProgram) {
  EXPECT_EQ(confined([&] {
              char name[] = "/bin/true";
              char* arguments[] = {name, nullptr};
              ::execve(name, arguments, nullptr);
              return errno;
            }),
            EPERM);
}

TEST_F(SandboxTest, OpensNoSocketButUnixOnes) {
  const auto socket = [](int family) { return [family] { return ::socket(family, SOCK_STREAM, 0) >= 0 ? 0 : errno; }; };
  EXPECT_EQ(confined(socket(AF_INET)), EPERM);
  EXPECT_EQ(confined(socket(AF_INET6)), EPERM);
  EXPECT_EQ(confined(socket(AF_NETLINK)), EPERM);
  EXPECT_EQ(confined(socket(AF_PACKET)), EPERM);
  EXPECT_EQ(confined(socket(AF_UNIX)), 0);
}

TEST_F(SandboxTest, LooksIntoNoOtherProcessAndSignalsNone) {
  if (kSanitized) GTEST_SKIP() << "sanitizers look into their own process";
  const pid_t parent = ::getpid();
  EXPECT_EQ(confined([&] { return ::ptrace(PTRACE_ATTACH, parent, nullptr, nullptr) == 0 ? 0 : errno; }), EPERM);
  EXPECT_EQ(confined([&] { return ::kill(parent, 0) == 0 ? 0 : errno; }), EPERM);
}

TEST_F(SandboxTest, GetsNothingBack) {
  EXPECT_EQ(confined([] { return ::setuid(0) == 0 ? 0 : errno; }), EPERM);
  EXPECT_EQ(confined([] { return ::unshare(CLONE_NEWUSER) == 0 ? 0 : errno; }), EPERM);
  EXPECT_EQ(confined([] { return static_cast<int>(::syscall(SYS_mount, "a", "b", "c", 0, nullptr)) == 0 ? 0 : errno; }),
            EPERM);
  EXPECT_EQ(
      confined([] { return ::prctl(PR_GET_DUMPABLE) == 0 && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1; }),
      0);
}

TEST_F(SandboxTest, KeepsTheCapabilitiesItIsToldToAndNoOther) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has any";
  ::chmod(dir_.file("logs/a.log").c_str(), 0);
  EXPECT_EQ(::chown(dir_.file("logs/a.log").c_str(), 65534, 65534), 0);
  EXPECT_EQ(confined([&] { return opened(dir_.file("logs/a.log")); }), EACCES);
  EXPECT_EQ(in_child([&] {
              SandboxState state;
              KeptCapabilities kept;
              kept.read_any_file = true;
              if (!confine_files(SandboxMode::kRequired, paths_, kept, state)) return kNotConfined;
              if (state.text().find("keeps dac_read_search") == std::string::npos) return kNotConfined;
              return opened(dir_.file("logs/a.log"));
            }),
            0);
}

TEST_F(SandboxTest, HoldsForThreadsThatAreThereAndStartsNewOnes) {
  EXPECT_EQ(in_child([&] {
              SandboxState state;
              if (!confine_files(SandboxMode::kRequired, paths_, {}, state)) return kNotConfined;
              std::atomic<bool> go{false};
              std::atomic<int> refused{0};
              std::thread before([&] {
                go.wait(false);
                refused = ::socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
              });
              const bool filtered = confine_calls(SandboxMode::kRequired, state).has_value();
              go = true;
              go.notify_all();
              before.join();
              int file = 0;
              std::thread after([&] { file = opened(dir_.file("other/secret")); });
              after.join();
              return filtered && refused == EPERM && file == EACCES ? 0 : 1;
            }),
            0);
}

TEST_F(SandboxTest, DoesNothingWhereItIsOff) {
  EXPECT_EQ(in_child([&] {
              SandboxState state;
              if (!confine_files(SandboxMode::kOff, paths_, {}, state)) return 1;
              if (!confine_calls(SandboxMode::kOff, state)) return 1;
              return state.level() == 0 && state.text() == "off" && opened("/etc/passwd") == 0 ? 0 : 2;
            }),
            0);
}

/// As an older kernel, or one that has it switched off.
void hide_landlock() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{4, program};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

TEST_F(SandboxTest, SaysWhatIsMissingAndDoesTheRest) {
  EXPECT_EQ(
      in_child([&] {
        hide_landlock();
        SandboxState state;
        if (!confine_files(SandboxMode::kBestEffort, paths_, {}, state)) return 1;
        if (!confine_calls(SandboxMode::kBestEffort, state)) return 2;
        if (state.level() != 1 || state.text().find("missing: files: this kernel has no Landlock") == std::string::npos)
          return 3;
        return ::socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
      }),
      EPERM);
}

TEST_F(SandboxTest, IsAnErrorWhereItIsRequiredAndCannotBe) {
  EXPECT_EQ(in_child([&] {
              hide_landlock();
              SandboxState state;
              const auto confined = confine_files(SandboxMode::kRequired, paths_, {}, state);
              if (confined || confined.error().code != ErrorCode::kInvalid) return 1;
              return confined.error().message.find("--sandbox best-effort does without") != std::string::npos ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace tailwater
