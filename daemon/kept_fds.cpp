#include "kept_fds.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace tailwater {
namespace {

constexpr std::size_t kMaxMessage = 4096;
constexpr std::size_t kMaxFds = 16;  // our own child sends one at a time

/// Of the "NAME=value" lines of a message; empty if it is not there.
std::string_view value_of(std::string_view message, std::string_view name) {
  while (!message.empty()) {
    const std::string_view line = message.substr(0, message.find('\n'));
    if (line.size() > name.size() && line.substr(0, name.size()) == name && line[name.size()] == '=') {
      return line.substr(name.size() + 1);
    }
    message.remove_prefix(std::min(message.size(), line.size() + 1));
  }
  return {};
}

}  // namespace

Result<KeptFds> KeptFds::create(std::vector<InheritedFd> inherited) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail(errno_error("socket", "of the keeper", errno));
  const int on = 1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t length = sizeof address.sun_family;  // the kernel finds an abstract name (unix(7), autobind)
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return fail(errno_error("bind", "of the keeper", errno));
  }
  length = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return fail(errno_error("getsockname", "of the keeper", errno));
  }
  const std::size_t size = length - offsetof(sockaddr_un, sun_path) - 1;
  KeptFds made(std::move(socket), "@" + std::string(static_cast<const char*>(address.sun_path) + 1, size));
  made.kept_ = std::move(inherited);
  return made;
}

bool KeptFds::take_messages(pid_t child) {
  bool ready = false;
  while (true) {
    std::array<char, kMaxMessage> text;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(kMaxFds * sizeof(int))> control;
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return ready;
    std::vector<UniqueFd> fds;
    pid_t sender = 0;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET) continue;
      if (header->cmsg_type == SCM_CREDENTIALS) {
        ucred credentials{};
        std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
        sender = credentials.pid;
      }
      if (header->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        fds.emplace_back(fd);
      }
    }
    if (sender == child && take({text.data(), static_cast<std::size_t>(size)}, std::move(fds))) ready = true;
  }
}

bool KeptFds::take(std::string_view message, std::vector<UniqueFd> fds) {
  const std::string name(value_of(message, "FDNAME"));
  if (value_of(message, "FDSTORE") == "1" && name.find(':') == std::string::npos) {
    for (UniqueFd& fd : fds) {
      if (kept_.size() < kCapacity) kept_.push_back({std::move(fd), name});
    }
  }
  if (value_of(message, "FDSTOREREMOVE") == "1") {
    std::erase_if(kept_, [&name](const auto& each) { return each.name == name; });
  }
  return value_of(message, "READY") == "1";
}

std::string KeptFds::names() const {
  std::string names;
  for (const InheritedFd& each : kept_) names += (names.empty() ? "" : ":") + each.name;
  return names;
}

}  // namespace tailwater
