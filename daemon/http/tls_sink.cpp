#include "http/tls_sink.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

namespace tailwater {
namespace {

/// The next record's bytes: as they lie where they are contiguous, else gathered in `scratch`.
std::string_view next_record(std::span<const std::string_view> pieces, std::size_t from, std::span<char> scratch) {
  std::size_t gathered = 0;
  for (const std::string_view piece : pieces) {
    if (from >= piece.size()) {
      from -= piece.size();
      continue;
    }
    const std::string_view part = piece.substr(from, scratch.size() - gathered);
    from = 0;
    if (gathered == 0 && (part.size() == scratch.size() || &piece == &pieces.back())) return part;
    std::memcpy(scratch.data() + gathered, part.data(), part.size());
    gathered += part.size();
    if (gathered == scratch.size()) break;
  }
  return {scratch.data(), gathered};
}

}  // namespace

TlsSink::TlsSink(EventLoop& loop, ssl_st* ssl, int fd, Milliseconds stall_timeout, SinkListener& listener)
    : listener_(listener),
      wait_(
          loop, fd, stall_timeout,
          [](void* self, bool writable) { static_cast<TlsSink*>(self)->on_wait_over(writable); }, this),
      ssl_(ssl) {}

Result<std::size_t> TlsSink::send(std::span<const std::string_view> pieces) {
  assert(!pieces.empty() && pieces.size() <= kMaxPieces);
  const auto gone = [] { return fail(ErrorCode::kIo, "the TLS connection is gone"); };
  switch (write_unsent()) {
    case Written::kAll: break;
    case Written::kBlocked: return std::size_t{0};
    case Written::kFailed: return gone();
  }
  static thread_local std::array<char, kRecordBytes> scratch;
  std::size_t taken = 0;
  while (true) {
    const std::string_view record = next_record(pieces, taken, scratch);
    if (record.empty()) return taken;
    const Written written = write_record(record);
    if (written == Written::kFailed) return gone();
    taken += record.size();
    if (written == Written::kBlocked) return taken;
  }
}

/// Blocked: the rest of it is in unsent_.
TlsSink::Written TlsSink::write_record(std::string_view record) {
  while (!record.empty()) {
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(ssl_, record.data(), record.size(), &written) == 1) {
      record.remove_prefix(written);  // less than all where the client negotiated smaller records
      continue;
    }
    // To want to read would mean a handshake in the middle of the stream, and there is none (TlsContext).
    if (SSL_get_error(ssl_, 0) != SSL_ERROR_WANT_WRITE) {
      failed_ = true;
      ERR_clear_error();
      return Written::kFailed;
    }
    // A try again must be with the same bytes (SSL_write(3)); by then the stream may have gone on otherwise.
    unsent_.assign(record);
    return Written::kBlocked;
  }
  return Written::kAll;
}

TlsSink::Written TlsSink::write_unsent() {
  if (failed_) return Written::kFailed;
  if (unsent_.empty()) return Written::kAll;
  const std::string unsent = std::exchange(unsent_, {});
  return write_record(unsent);
}

void TlsSink::on_wait_over(bool writable) {
  if (!writable) return listener_.on_stalled();
  if (write_unsent() == Written::kBlocked) return wait_.start();
  listener_.on_writable();  // hears of a failure from send()
}

}  // namespace tailwater
