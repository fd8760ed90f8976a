// TlsSink: encrypts straight from the caller's bytes to the descriptor, a TLS record at a time, past the bufferevent
// that does the handshake and reads. A record that the socket did not take whole is finished before another is begun,
// whatever the stream would send by then; its bytes are kept here meanwhile. Client thread only.
//
// So a client costs nothing here as long as its socket has room, and one record in clear and one encrypted, 34 KiB,
// while it has none. Through the bufferevent's own output each byte would be copied once and each send put off to the
// loop's next pass.
#pragma once

#include <string>

#include "http/sink.h"

struct ssl_st;

namespace tailwater {

class TlsSink final : public Sink {
 public:
  /// What one record holds (RFC 8446 section 5.1).
  static constexpr std::size_t kRecordBytes = 16 << 10;

  /// `listener` outlives the sink; `ssl`, whose handshake is through, and `fd` are there for as long.
  TlsSink(EventLoop& loop, ssl_st* ssl, int fd, Milliseconds stall_timeout, SinkListener& listener);
  [[nodiscard]] Result<std::size_t> send(std::span<const std::string_view> pieces) override;
  [[nodiscard]] bool is_drained() const override { return unsent_.empty(); }
  void wait() override { wait_.start(); }
  [[nodiscard]] bool is_waiting() const override { return wait_.is_waiting(); }

 private:
  enum class Written { kAll, kBlocked, kFailed };

  void on_wait_over(bool writable);
  Written write_record(std::string_view record);
  Written write_unsent();

  SinkListener& listener_;
  WritableWait wait_;
  ssl_st* ssl_;
  std::string unsent_;  // of the record under way, in clear
  bool failed_ = false;
};

}  // namespace tailwater
