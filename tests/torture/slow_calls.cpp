// To be preloaded into a daemon (LD_PRELOAD): now and then one of its threads is held up in a call that reads a file or
// waits for events, as on a loaded machine or a slow disk. What others do to its files meanwhile is what it must cope
// with; by themselves such moments are microseconds, and come up once in a million runs.
// TAILWATER_SLOW_CALLS=N: one call in N, for 5 to 155 ms.
#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

namespace {

unsigned one_in() {
  static const unsigned wanted = [] {
    const char* text = std::getenv("TAILWATER_SLOW_CALLS");
    const auto number = text != nullptr ? std::strtoul(text, nullptr, 10) : 0;
    return number > 0 ? static_cast<unsigned>(number) : 40U;
  }();
  return wanted;
}

void be_late() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  if (random() % one_in() != 0) return;
  const int error = errno;
  std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 150));
  errno = error;
}

template <typename Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t read(int fd, void* buffer, size_t count) {
  static const auto call = original<ssize_t(int, void*, size_t)>("read");
  be_late();
  return call(fd, buffer, count);
}

ssize_t pread(int fd, void* buffer, size_t count, off_t offset) {
  static const auto call = original<ssize_t(int, void*, size_t, off_t)>("pread");
  be_late();
  return call(fd, buffer, count, offset);
}

ssize_t pread64(int fd, void* buffer, size_t count, off64_t offset) {
  static const auto call = original<ssize_t(int, void*, size_t, off64_t)>("pread64");
  be_late();
  return call(fd, buffer, count, offset);
}

int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
  static const auto call = original<int(int, epoll_event*, int, int)>("epoll_wait");
  const int ready = call(fd, events, most, timeout);
  if (ready > 0) be_late();
  return ready;
}

}  // extern "C"
