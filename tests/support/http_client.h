// HttpClient: a blocking client that is as rude as a test needs: it sends exactly the bytes it is given, as slowly as
// it is told, and reads what comes back until a deadline. One thread. Nothing here knows the server.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

struct ClientReply {
  std::string version;
  int status = 0;  ///< 0: no reply could be read
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< without chunk framing

  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key.size() == name.size() && std::equal(key.begin(), key.end(), name.begin(), [](char a, char b) {
            return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
          })) {
        return value;
      }
    }
    return {};
  }
};

class HttpClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{20'000};

  /// `address` as HttpServer::addresses() gives it, or "127.0.0.1:port".
  explicit HttpClient(std::string address, int receive_buffer = 0) {
    if (address.compare(0, 5, "unix:") == 0) {
      connect_unix(address.substr(5));
    } else {
      connect_tcp(address, receive_buffer);
    }
  }
  HttpClient(HttpClient&&) = default;
  HttpClient& operator=(HttpClient&&) = default;
  virtual ~HttpClient() = default;

  [[nodiscard]] bool is_connected() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint16_t local_port() const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
  }

  /// False if the peer does not take it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = transmit(bytes);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool get(std::string_view target, std::string_view more_headers = {}) {
    return send("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more_headers) + "\r\n");
  }
  void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }
  /// Closes with a reset instead of a FIN.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd_.reset();
  }

  /// Reads until what has been read and not yet taken contains `marker`; takes it up to the marker's end.
  std::optional<std::string> read_until(std::string_view marker, std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
      const std::size_t at = buffer_.find(marker);
      if (at != std::string::npos) {
        std::string taken = buffer_.substr(0, at + marker.size());
        buffer_.erase(0, at + marker.size());
        return taken;
      }
      if (!read_more(deadline)) return std::nullopt;
    }
  }
  std::optional<std::string> read_exactly(std::size_t count, std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (buffer_.size() < count) {
      if (!read_more(deadline)) return std::nullopt;
    }
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }
  /// Everything up to the peer's close; nullopt if it does not close in time.
  std::optional<std::string> read_to_end(std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (read_more(deadline)) {
    }
    if (!ended_) return std::nullopt;
    return std::exchange(buffer_, {});
  }
  /// Has the peer closed or reset the connection by then?
  bool is_closed_within(std::chrono::milliseconds patience = kPatience) { return read_to_end(patience).has_value(); }
  /// What can be read in that time, without waiting for anything in particular.
  std::string read_for(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (read_more(deadline)) {
    }
    return std::exchange(buffer_, {});
  }
  [[nodiscard]] bool was_reset() const { return reset_; }

  /// Status line and headers; the body is left unread.
  ClientReply read_head() {
    ClientReply reply;
    const auto text = read_until("\r\n\r\n");
    if (!text) return reply;
    std::string_view rest = *text;
    const std::string_view status_line = take_line(rest);
    if (status_line.size() < 12) return reply;
    reply.version = status_line.substr(0, 8);
    reply.status = std::atoi(std::string(status_line.substr(9, 3)).c_str());
    for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
      const std::size_t colon = line.find(": ");
      if (colon == std::string_view::npos) continue;
      reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    return reply;
  }
  /// A whole reply. `is_head`: the request was a HEAD, so no body follows.
  ClientReply read_reply(bool is_head = false) {
    ClientReply reply = read_head();
    if (is_head || reply.status == 0 || reply.status == 204 || reply.status == 304) return reply;
    const std::string length = reply.header("Content-Length");
    if (!length.empty()) {
      reply.body = read_exactly(static_cast<std::size_t>(std::atoll(length.c_str()))).value_or("");
    } else if (reply.header("Transfer-Encoding") == "chunked") {
      while (const auto chunk = read_chunk()) {
        if (chunk->empty()) break;
        reply.body += *chunk;
      }
    } else {
      reply.body = read_to_end().value_or("");
    }
    return reply;
  }
  /// The data of one chunk; empty for the last.
  std::optional<std::string> read_chunk(std::chrono::milliseconds patience = kPatience) {
    const auto size_line = read_until("\r\n", patience);
    if (!size_line) return std::nullopt;
    const auto size = static_cast<std::size_t>(std::strtoull(size_line->c_str(), nullptr, 16));
    auto data = read_exactly(size + 2, patience);
    if (data) data->resize(size);
    return data;
  }

 protected:
  static constexpr ssize_t kNothingYet = -2;
  virtual ssize_t transmit(std::string_view bytes) {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// As recv(), or kNothingYet.
  virtual ssize_t receive(char* buffer, std::size_t size) { return ::recv(fd_.get(), buffer, size, 0); }
  /// Something is there although the descriptor may not be readable.
  [[nodiscard]] virtual bool has_received() const { return false; }

 private:
  static std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    return line;
  }

  void connect_tcp(std::string address, int receive_buffer) {
    if (address.compare(0, 7, "http://") == 0) address.erase(0, 7);
    address = address.substr(0, address.find('/'));
    const std::size_t colon = address.rfind(':');
    const auto port = static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1));
    const bool v6 = address.front() == '[';
    sockaddr_in v4_address{};
    v4_address.sin_family = AF_INET;
    v4_address.sin_port = htons(port);
    v4_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6_address{};
    v6_address.sin6_family = AF_INET6;
    v6_address.sin6_port = htons(port);
    v6_address.sin6_addr = in6addr_loopback;
    fd_.reset(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Before connect(): the window that is announced depends on it.
    if (receive_buffer > 0) ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    connect_to(v6 ? reinterpret_cast<const sockaddr*>(&v6_address) : reinterpret_cast<const sockaddr*>(&v4_address),
               v6 ? sizeof v6_address : sizeof v4_address);
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  void connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(static_cast<char*>(address.sun_path), path.c_str(), sizeof address.sun_path - 1);
    fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  void connect_to(const sockaddr* address, socklen_t length) {
    if (::connect(fd_.get(), address, length) != 0) fd_.reset();
  }

  bool read_more(std::chrono::steady_clock::time_point deadline) {
    if (ended_ || !fd_) return false;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd ready{fd_.get(), POLLIN, 0};
    if (!has_received() && ::poll(&ready, 1, static_cast<int>(std::max<long long>(left, 0))) <= 0) return false;
    char bytes[16384];
    const ssize_t got = receive(bytes, sizeof bytes);
    if (got == kNothingYet) return left > 0;
    if (got > 0) {
      buffer_.append(bytes, static_cast<std::size_t>(got));
      return true;
    }
    reset_ = got < 0;
    ended_ = true;
    return false;
  }

  UniqueFd fd_;
  std::string buffer_;
  bool ended_ = false;
  bool reset_ = false;
};

}  // namespace tailwater
