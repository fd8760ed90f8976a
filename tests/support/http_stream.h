// HttpStream: one HTTP/1.x request on a blocking loopback socket and its reply, read piece by piece with a deadline on
// everything: head, then the body without its chunk framing (RFC 9112, section 7.1). What the framing must not do is
// an error, not something to be lenient about. Thread: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

struct HttpRequest {
  std::string target = "/";
  std::vector<std::string> headers;  ///< "Name: value"
  std::string method = "GET";
  std::string version = "1.1";
  std::string body = {};  ///< with a Content-Length, if it is not empty
};

/// Takes a chunked body apart, from pieces of any size.
class ChunkedDecoder {
 public:
  /// Appends the body bytes in `wire` to `body`; false if the framing is wrong.
  [[nodiscard]] bool feed(std::string_view wire, std::string& body);
  [[nodiscard]] bool at_end() const { return state_ == State::kEnd; }

 private:
  enum class State { kSize, kExtension, kSizeLf, kData, kDataCr, kDataLf, kEndCr, kEndLf, kEnd };
  [[nodiscard]] bool take(char byte);
  State state_ = State::kSize;
  std::uint64_t left_ = 0;
  int digits_ = 0;
};

class HttpStream {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Connects, sends the request and reads the reply's head. False if any of that fails or takes longer than `limit`.
  [[nodiscard]] bool open(std::uint16_t port, const HttpRequest& request, Milliseconds limit = Milliseconds(20'000));
  [[nodiscard]] int status() const { return status_; }
  /// A header of the reply, name in lower case; empty if absent.
  [[nodiscard]] std::string header(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, std::string>& headers() const { return headers_; }
  [[nodiscard]] const std::string& head() const { return head_; }

  /// The next bytes of the body, at most `max_wire_bytes` of them with their framing. Empty at the end, after
  /// an error and at the deadline: at_end() and broken() tell them apart.
  [[nodiscard]] std::string read(Milliseconds limit, std::size_t max_wire_bytes = 256 << 10);
  /// The body from here to its end, or what had come by the deadline.
  [[nodiscard]] std::string read_all(Milliseconds limit);
  /// The body is complete: last chunk, Content-Length reached, or closed where the reply says neither.
  [[nodiscard]] bool at_end() const { return at_end_; }
  /// Closed or reset inside the body, or wrongly framed.
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool is_open() const { return socket_.valid(); }
  /// Bytes of the body, with their framing, that read() has given so far.
  [[nodiscard]] std::uint64_t wire_bytes() const { return wire_bytes_; }
  void close() { socket_.reset(); }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  [[nodiscard]] bool connect(std::uint16_t port);
  [[nodiscard]] bool send_all(std::string_view text);
  [[nodiscard]] bool read_head(std::chrono::steady_clock::time_point deadline);
  void parse_head();
  /// -1 at the deadline, 0 at the end of the connection.
  [[nodiscard]] ssize_t receive(char* buffer, std::size_t size, std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::string decode(std::string_view wire);

  UniqueFd socket_;
  int status_ = 0;
  std::string head_;
  std::map<std::string, std::string> headers_;
  std::string early_;  // body bytes that came with the head
  ChunkedDecoder chunks_;
  bool chunked_ = false;
  std::optional<std::uint64_t> body_left_;
  bool at_end_ = false;
  bool broken_ = false;
  std::uint64_t wire_bytes_ = 0;
};

struct HttpReply {
  int status = 0;  ///< 0: no reply at all
  std::string head;
  std::string body;
  std::map<std::string, std::string> headers;
  bool complete = false;
  /// A header, name in lower case; empty if absent.
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};
/// A request and its whole reply.
[[nodiscard]] HttpReply fetch(std::uint16_t port, const HttpRequest& request,
                              std::chrono::milliseconds limit = std::chrono::seconds(10));
[[nodiscard]] inline HttpReply fetch(std::uint16_t port, const std::string& target) {
  return fetch(port, HttpRequest{target, {}, "GET", "1.1"});
}

}  // namespace tailwater
