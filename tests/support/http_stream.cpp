// Reading replies from a socket.
#include "support/http_stream.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/bytes.h"

namespace tailwater {
namespace {

using Steady = std::chrono::steady_clock;

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return made;
}

int hex_value(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

}  // namespace

bool ChunkedDecoder::feed(std::string_view wire, std::string& body) {
  while (!wire.empty()) {
    if (state_ == State::kData) {
      const std::size_t part = std::min<std::uint64_t>(left_, wire.size());
      body.append(wire.substr(0, part));
      wire.remove_prefix(part);
      left_ -= part;
      if (left_ == 0) state_ = State::kDataCr;
      continue;
    }
    if (!take(wire.front())) return false;
    wire.remove_prefix(1);
  }
  return true;
}

bool ChunkedDecoder::take(char byte) {
  const auto expect = [&](char wanted, State next) {
    state_ = next;
    return byte == wanted;
  };
  switch (state_) {
    case State::kSize:
      if (const int value = hex_value(byte); value >= 0) {
        left_ = left_ * 16 + static_cast<unsigned>(value);
        return ++digits_ <= 15;
      }
      state_ = byte == ';' ? State::kExtension : State::kSizeLf;
      return digits_ > 0 && (byte == ';' || byte == '\r');
    case State::kExtension:
      if (byte == '\r') state_ = State::kSizeLf;
      return byte != '\n';
    case State::kSizeLf: digits_ = 0; return expect('\n', left_ > 0 ? State::kData : State::kEndCr);
    case State::kData: return false;
    case State::kDataCr: return expect('\r', State::kDataLf);
    case State::kDataLf: return expect('\n', State::kSize);
    case State::kEndCr: return expect('\r', State::kEndLf);
    case State::kEndLf: return expect('\n', State::kEnd);
    case State::kEnd: return false;
  }
  return false;
}

bool HttpStream::open(std::uint16_t port, const HttpRequest& request, Milliseconds limit) {
  *this = HttpStream();
  const auto deadline = Steady::now() + limit;
  std::string text = request.method + " " + request.target + " HTTP/" + request.version + "\r\n";
  if (request.version == "1.1") text += "Host: 127.0.0.1:" + std::to_string(port) + "\r\n";
  for (const std::string& header : request.headers) text += header + "\r\n";
  if (!request.body.empty()) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return connect(port) && send_all(text + "\r\n" + request.body) && read_head(deadline);
}

bool HttpStream::connect(std::uint16_t port) {
  socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  socket_.reset();
  return false;
}

bool HttpStream::send_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (done <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

ssize_t HttpStream::receive(char* buffer, std::size_t size, Steady::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Steady::now());
    pollfd ready{socket_.get(), POLLIN, 0};
    const int found = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (found == 0) return -1;
    if (found < 0) continue;
    const ssize_t got = ::recv(socket_.get(), buffer, size, 0);
    if (got < 0 && errno == EINTR) continue;
    return got < 0 ? 0 : got;
  }
}

bool HttpStream::read_head(Steady::time_point deadline) {
  std::array<char, 4096> buffer;
  std::size_t end = 0;
  while ((end = head_.find("\r\n\r\n")) == std::string::npos) {
    const ssize_t got = receive(buffer.data(), buffer.size(), deadline);
    if (got <= 0) {
      socket_.reset();
      return false;
    }
    head_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  early_ = head_.substr(end + 4);
  head_.resize(end + 2);
  parse_head();
  return status_ != 0;
}

void HttpStream::parse_head() {
  if (head_.size() > 12) status_ = std::atoi(head_.c_str() + 9);
  std::size_t at = head_.find("\r\n") + 2;
  while (at < head_.size()) {
    const std::size_t end = head_.find("\r\n", at);
    const std::string_view line = std::string_view(head_).substr(at, end - at);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      headers_[lower(line.substr(0, colon))] = value;
    }
    at = end + 2;
  }
  chunked_ = lower(header("transfer-encoding")) == "chunked";
  if (!chunked_) body_left_ = parse_number<std::uint64_t>(header("content-length"));
  if (status_ == 204 || status_ == 304 || status_ / 100 == 1) body_left_ = 0;
}

std::string HttpStream::header(const std::string& name) const {
  const auto found = headers_.find(name);
  return found == headers_.end() ? "" : found->second;
}

std::string HttpStream::decode(std::string_view wire) {
  wire_bytes_ += wire.size();
  std::string body;
  if (chunked_) {
    if (!chunks_.feed(wire, body)) broken_ = true;
    at_end_ = chunks_.at_end();
  } else {
    body = wire;
    if (body_left_) *body_left_ -= std::min<std::uint64_t>(*body_left_, wire.size());
  }
  return body;
}

std::string HttpStream::read(Milliseconds limit, std::size_t max_wire_bytes) {
  if (body_left_ && *body_left_ == 0) at_end_ = true;
  const auto deadline = Steady::now() + limit;
  std::string wire;
  while (!at_end_ && !broken_ && is_open()) {
    if (!early_.empty()) {
      wire = early_.substr(0, max_wire_bytes);
      early_.erase(0, wire.size());
    } else {
      wire.resize(std::min<std::size_t>(max_wire_bytes, 64 << 10));
      const ssize_t got = receive(wire.data(), wire.size(), deadline);
      if (got < 0) return "";
      if (got == 0) {
        (chunked_ || body_left_ ? broken_ : at_end_) = true;
        return "";
      }
      wire.resize(static_cast<std::size_t>(got));
    }
    max_wire_bytes -= wire.size();
    std::string body = decode(wire);
    if (!body.empty() || max_wire_bytes == 0) return body;
  }
  return "";
}

std::string HttpStream::read_all(Milliseconds limit) {
  const auto deadline = Steady::now() + limit;
  std::string body;
  while (!at_end_ && !broken_ && is_open() && Steady::now() < deadline) {
    body += read(std::chrono::ceil<Milliseconds>(deadline - Steady::now()));
  }
  return body;
}

HttpReply fetch(std::uint16_t port, const HttpRequest& request, std::chrono::milliseconds limit) {
  HttpStream stream;
  HttpReply reply;
  if (!stream.open(port, request, limit)) return reply;
  reply.status = stream.status();
  reply.head = stream.head();
  if (request.method != "HEAD") reply.body = stream.read_all(limit);
  reply.complete = request.method == "HEAD" || stream.at_end();
  reply.headers = stream.headers();
  return reply;
}

}  // namespace tailwater
