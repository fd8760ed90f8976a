#include "http/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/build_variant.h"
#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kPlainPrefix = "http://";
constexpr std::string_view kTlsPrefix = "https://";
constexpr mode_t kUnixMode = 0660;

/// Unsent bytes that the kernel holds for one client. Without a limit a stalled reader takes up to 4 MB of kernel
/// memory; SO_SNDBUF would bound that too, but also what may be under way, and with it a distant client's speed.
constexpr int kUnsentBytes = 64 << 10;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

struct HostAndPort {
  std::string host;
  std::string port;
};

Result<HostAndPort> split_address(const std::string& given) {
  const auto wrong = [&given] {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: an address to listen on is host:port, [v6]:port or unix:/path", given));
  };
  const std::size_t colon = given.rfind(':');
  if (colon == std::string::npos || !parse_number<std::uint16_t>(std::string_view(given).substr(colon + 1))) {
    return wrong();
  }
  HostAndPort split{given.substr(0, colon), given.substr(colon + 1)};
  if (!split.host.empty() && split.host.front() == '[') {
    if (split.host.back() != ']') return wrong();
    split.host = split.host.substr(1, split.host.size() - 2);
  } else if (split.host.find(':') != std::string::npos) {
    return wrong();
  }
  if (split.host.empty()) return wrong();
  return split;
}

/// What is asked for. glibc loads what resolves names, which a static program cannot: there it takes addresses alone.
std::string numeric_in_static(const std::string& host) {
  return kStaticProgram && host == "localhost" ? "127.0.0.1" : host;
}

Result<SocketAddress> resolve(const std::string& given, const HostAndPort& split) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | (kStaticProgram ? AI_NUMERICHOST : 0);
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(numeric_in_static(split.host).c_str(), split.port.c_str(), &hints, &found);
  if (failed == EAI_NONAME && kStaticProgram) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: a static tailwater listens on addresses, such as 0.0.0.0 or [::1], not names", given));
  }
  if (failed != 0) return fail(ErrorCode::kInvalid, fmt::format("{}: {}", given, ::gai_strerror(failed)));
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.length = found->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
}

void set_option(int fd, int level, int option, int value) {
  // Every option used here exists in every kernel that we run on; a refusal would only cost what the option gives.
  [[maybe_unused]] const int failed = ::setsockopt(fd, level, option, &value, sizeof value);
}

Error bind_error(const std::string& given, int errno_value) {
  Error error = errno_error("cannot listen on", given, errno_value);
  if (errno_value == EADDRINUSE) {
    error.code = ErrorCode::kUnavailable;
    error.message += "; another process has it: stop that one or choose another --listen";
  } else if (errno_value == EADDRNOTAVAIL) {
    error.code = ErrorCode::kUnavailable;
    error.message += "; no interface of this machine has it";
  }
  return error;
}

/// What accepted sockets inherit.
void set_tcp_options(int fd, Milliseconds stall_timeout) {
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer whose machine acknowledges nothing, or whose window stays shut, is given up by the kernel (tcp(7)): by the
  // same time as one whose socket takes nothing, so that neither pre-empts the other.
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(stall_timeout.count()));
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytes);
}

Result<UniqueFd> tcp_socket(const std::string& given, const SocketAddress& address, bool shared,
                            Milliseconds stall_timeout) {
  const int family = address.get()->sa_family;
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(bind_error(given, errno));
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (shared) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  // One address, one family: [::] does not quietly listen on 0.0.0.0 too.
  if (family == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  set_tcp_options(fd.get(), stall_timeout);
  if (::bind(fd.get(), address.get(), address.length) != 0) return fail(bind_error(given, errno));
  return fd;
}

Result<void> listen_on(const std::string& given, const UniqueFd& fd) {
  if (::listen(fd.get(), Listener::kBacklog) != 0) return fail(bind_error(given, errno));
  return {};
}

std::uint16_t port_of(const SocketAddress& address) {
  const bool v6 = address.get()->sa_family == AF_INET6;
  return ntohs(v6 ? reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_port
                  : reinterpret_cast<const sockaddr_in*>(address.get())->sin_port);
}

std::string host_of(const SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v6 = address.get()->sa_family == AF_INET6;
  const void* bytes = v6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr)
                         : &reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr;
  ::inet_ntop(address.get()->sa_family, bytes, text.data(), text.size());
  return text.data();
}

/// As the system writes it: an abstract name, which begins with NUL, with an @.
std::string path_of(const SocketAddress& address) {
  const auto* unix_address = reinterpret_cast<const sockaddr_un*>(address.get());
  const auto length = static_cast<std::size_t>(address.length) - offsetof(sockaddr_un, sun_path);
  std::string path(static_cast<const char*>(unix_address->sun_path), length);
  if (!path.empty() && path.front() == '\0') return "@" + path.substr(1);
  return path.substr(0, path.find('\0'));
}

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    return (ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
  }
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == IN_LOOPBACKNET);
}

std::string url_of(bool tls, const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}:{}", tls ? kTlsPrefix : kPlainPrefix, v6 ? fmt::format("[{}]", host) : host, port);
}

/// SO_REUSEPORT lets a second daemon of the same user share our port without a word. A socket without it cannot be
/// bound to a port that anybody listens on, so one is tried first.
Result<void> refuse_if_taken(const std::string& given, const SocketAddress& address) {
  if (port_of(address) == 0) return {};
  const auto probe = tcp_socket(given, address, /*shared=*/false, Listener::kStallTimeout);
  if (!probe) return fail(probe.error());
  return {};
}

/// Removes a socket file that nobody listens on any more. Anything else at the path is left alone.
Result<void> remove_stale_socket(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("cannot listen on unix:{}: a file that is no socket is there", path));
  }
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno != ECONNREFUSED) {
    return fail(bind_error("unix:" + path, EADDRINUSE));
  }
  if (::unlink(path.c_str()) != 0) return fail(errno_error("cannot remove the stale socket", path, errno));
  return {};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(const std::string& address, unsigned sockets, bool tls,
                                                 Milliseconds stall_timeout) {
  std::unique_ptr<Listener> listener(new Listener);
  const auto begins = [&address](std::string_view prefix) { return address.compare(0, prefix.size(), prefix) == 0; };
  Result<void> bound;
  if (begins(kUnixPrefix)) {
    bound = listener->bind_unix(address.substr(kUnixPrefix.size()), sockets);
  } else if (begins(kTlsPrefix) && !tls) {
    bound = fail(ErrorCode::kInvalid, fmt::format("{}: https needs a certificate and its key", address));
  } else {
    listener->tls_ = tls && !begins(kPlainPrefix);
    const std::size_t prefix = begins(kPlainPrefix) ? kPlainPrefix.size() : begins(kTlsPrefix) ? kTlsPrefix.size() : 0;
    bound = listener->bind_tcp(address.substr(prefix), sockets, stall_timeout);
  }
  if (!bound) return fail(bound.error());
  return listener;
}

Result<void> Listener::bind_tcp(const std::string& given, unsigned sockets, Milliseconds stall_timeout) {
  auto split = split_address(given);
  if (!split) return fail(split.error());
  auto address = resolve(given, *split);
  if (!address) return fail(address.error());
  if (auto fine = refuse_if_taken(given, *address); !fine) return fine;
  for (unsigned i = 0; i < sockets; ++i) {
    auto fd = tcp_socket(given, *address, /*shared=*/sockets > 1, stall_timeout);
    if (!fd) return fail(fd.error());
    // With port 0 the first socket finds a free one, the others take the same.
    if (i == 0) ::getsockname(fd->get(), address->get(), &address->length);
    if (auto fine = listen_on(given, *fd); !fine) return fine;
    sockets_.push_back(std::move(*fd));
  }
  host_ = split->host;
  address_ = url_of(tls_, host_, port_of(*address));
  reachable_ = !is_loopback(address->get());
  return {};
}

Result<std::unique_ptr<Listener>> Listener::adopt(InheritedFd socket, unsigned sockets, bool tls,
                                                  Milliseconds stall_timeout) {
  SocketAddress address;
  address.length = sizeof address.storage;
  const bool known = ::getsockname(socket.fd.get(), address.get(), &address.length) == 0;
  const int family = known ? address.get()->sa_family : AF_UNSPEC;
  if ((family != AF_INET && family != AF_INET6 && family != AF_UNIX) || !is_listening(socket.fd.get())) {
    return fail(ErrorCode::kInvalid,
                fmt::format("the socket '{}' that was handed over is not one that TCP or unix connections are accepted "
                            "from (ListenStream= in a socket unit makes one)",
                            socket.name));
  }
  std::unique_ptr<Listener> listener(new Listener);
  if (family == AF_UNIX) {
    listener->unix_ = true;
    listener->address_ = "unix:" + path_of(address);
  } else {
    if (socket.name == "https" && !tls) {
      return fail(ErrorCode::kInvalid,
                  "the socket 'https' that was handed over needs a certificate and its key (set "
                  "server.tls.certificate and server.tls.key, or name the socket otherwise)");
    }
    listener->tls_ = tls && socket.name != "http";
    listener->host_ = host_of(address);
    listener->address_ = url_of(listener->tls_, listener->host_, port_of(address));
    listener->reachable_ = !is_loopback(address.get());
    set_tcp_options(socket.fd.get(), stall_timeout);
  }
  if (auto fine = listener->share(std::move(socket.fd), sockets); !fine) return fail(fine.error());
  return listener;
}

Result<std::unique_ptr<Listener>> Listener::resume(const std::string& address, UniqueFd socket, unsigned sockets,
                                                   bool tls, Milliseconds stall_timeout) {
  const auto begins = [&address](std::string_view prefix) { return address.compare(0, prefix.size(), prefix) == 0; };
  const char* spoken = begins(kPlainPrefix) ? "http" : begins(kTlsPrefix) ? "https" : "";
  auto listener = adopt({std::move(socket), spoken}, sockets, tls, stall_timeout);
  if (!listener) return listener;
  Listener& resumed = **listener;
  if (!resumed.unix_) {
    // Under its name, as it was given, it may be asked for.
    const std::size_t scheme = address.find("://");
    if (const auto split = split_address(scheme == std::string::npos ? address : address.substr(scheme + 3))) {
      resumed.host_ = split->host;
    }
    return listener;
  }
  struct stat status {};
  const std::string path = address.substr(kUnixPrefix.size());
  if (::lstat(path.c_str(), &status) != 0) return listener;
  resumed.unix_path_ = path;
  resumed.unix_inode_ = status.st_ino;
  return listener;
}

Result<void> Listener::share_among(unsigned sockets) {
  if (sockets_.size() != 1) return {};
  return share(take_socket(), sockets);
}

/// One socket for all threads: each watches and accepts from a descriptor of its own for it.
Result<void> Listener::share(UniqueFd fd, unsigned sockets) {
  for (unsigned i = 1; i < sockets; ++i) {
    sockets_.emplace_back(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!sockets_.back()) return fail(bind_error(address_, errno));
  }
  sockets_.push_back(std::move(fd));
  return {};
}

Result<void> Listener::bind_unix(const std::string& path, unsigned sockets) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/' || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalid, fmt::format("unix:{}: a unix socket is an absolute path of at most {} bytes", path,
                                                 sizeof address.sun_path - 1));
  }
  std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
  if (auto fine = remove_stale_socket(path, address); !fine) return fine;
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(bind_error("unix:" + path, errno));
  // The file is made with the socket's own mode, so that it is never open to more than it should be (unix(7)).
  ::fchmod(fd.get(), kUnixMode);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(bind_error("unix:" + path, errno));
  }
  unix_path_ = path;
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) unix_inode_ = status.st_ino;
  if (::chmod(path.c_str(), kUnixMode) != 0) return fail(errno_error("chmod", path, errno));  // whatever the umask
  if (auto fine = listen_on("unix:" + path, fd); !fine) return fine;
  unix_ = true;
  address_ = "unix:" + path;
  return share(std::move(fd), sockets);
}

UniqueFd Listener::take_socket() {
  if (sockets_.empty()) return {};
  UniqueFd fd = std::move(sockets_.back());
  sockets_.pop_back();
  return fd;
}

Listener::~Listener() {
  struct stat status {};
  if (unix_path_.empty() || ::lstat(unix_path_.c_str(), &status) != 0) return;
  if (status.st_ino == unix_inode_) ::unlink(unix_path_.c_str());
}

}  // namespace tailwater
