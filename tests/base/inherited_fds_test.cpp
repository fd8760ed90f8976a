#include "base/inherited_fds.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

namespace tailwater {
namespace {

/// Runs `check` in a process of its own, whose descriptors from 3 on are `count` pipes' ends. True if it says so.
bool in_child(int count, const char* fds, const char* names, const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (int fd = 3; fd < 3 + count; ++fd) ::dup2(STDIN_FILENO, fd);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", fds, 1);
    ::setenv("LISTEN_FDNAMES", names, 1);
    ::_exit(check() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(InheritedFds, AreTakenOnceWithTheirNamesAndNotPassedOn) {
  EXPECT_TRUE(in_child(3, "3", "http::c7", [] {
    const auto taken = take_inherited_fds();
    if (!taken || taken->size() != 3) return false;
    const bool named = (*taken)[0].name == "http" && (*taken)[1].name == "unknown" && (*taken)[2].name == "c7";
    const bool closed_on_exec = (::fcntl(5, F_GETFD) & FD_CLOEXEC) != 0;
    const auto again = take_inherited_fds();
    return named && closed_on_exec && again && again->empty() && std::getenv("LISTEN_FDS") == nullptr;
  }));
}

TEST(InheritedFds, MayComeWithoutNames) {
  EXPECT_TRUE(in_child(2, "2", "", [] {
    const auto taken = take_inherited_fds();
    return taken && taken->size() == 2 && (*taken)[1].name == "unknown" && (*taken)[1].fd.get() == 4;
  }));
}

TEST(InheritedFds, OfAnotherProcessAreLeftAlone) {
  EXPECT_TRUE(in_child(1, "1", "http", [] {
    ::setenv("LISTEN_PID", "1", 1);
    const auto taken = take_inherited_fds();
    return taken && taken->empty();
  }));
}

TEST(InheritedFds, ThatAreNotThereAreAnError) {
  EXPECT_TRUE(in_child(0, "900", "", [] { return !take_inherited_fds(); }));
  EXPECT_TRUE(in_child(0, "-1", "", [] { return !take_inherited_fds(); }));
  EXPECT_TRUE(in_child(0, "many", "", [] { return !take_inherited_fds(); }));
}

TEST(InheritedFds, ThatListenAreToldFromOthers) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_FALSE(is_listening(socket.get()));
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  EXPECT_TRUE(is_listening(socket.get()));
  EXPECT_FALSE(is_listening(STDIN_FILENO));
}

}  // namespace
}  // namespace tailwater
