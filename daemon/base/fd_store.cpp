#include "base/fd_store.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/service_notify.h"

namespace tailwater {
namespace {

/// False, with errno, if it was not taken.
bool send_message(int socket, const std::string& text, int fd, int flags) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  while (::sendmsg(socket, &message, flags | MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<FdStore>> FdStore::of_service_manager() {
  const char* variable = std::getenv("FDSTORE");
  const auto capacity = parse_number<std::uint32_t>(variable != nullptr ? variable : "0");
  if (!capacity || *capacity == 0) return nullptr;
  auto socket = connect_to_service_manager();
  if (!socket) return fail(socket.error());
  if (!*socket) return nullptr;
  return std::unique_ptr<FdStore>(new FdStore(std::move(*socket), *capacity));
}

FdStore::FdStore(UniqueFd socket, std::size_t capacity) : socket_(std::move(socket)), capacity_(capacity) {}

FdStore::~FdStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (sender_.joinable()) sender_.join();
}

void FdStore::store(int fd, const std::string& name) {
  submit("FDSTORE=1\nFDNAME=" + name, fd);
}

void FdStore::remove(const std::string& name) {
  submit("FDSTOREREMOVE=1\nFDNAME=" + name, -1);
}

void FdStore::submit(std::string text, int fd) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty() && send_message(socket_.get(), text, fd, MSG_DONTWAIT)) return;
  // In order: behind what waits already.
  UniqueFd own(fd >= 0 ? ::fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1);
  if (fd >= 0 && !own) return;  // without a descriptor to spare it will end with this process
  waiting_.push_back({std::move(text), std::move(own)});
  if (!sender_.joinable()) {
    sender_ = std::thread([this] {
      ::pthread_setname_np(::pthread_self(), "fd-store");
      send_waiting();
    });
  }
  changed_.notify_all();
}

void FdStore::send_waiting() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    // It stays at the front meanwhile, so that nobody overtakes it.
    const Message& first = waiting_.front();
    lock.unlock();
    // A manager that is gone, or has no room, keeps nothing: there is nobody to tell.
    (void)send_message(socket_.get(), first.text, first.fd.get(), 0);
    lock.lock();
    waiting_.pop_front();
  }
}

}  // namespace tailwater
