// TlsContext: a certificate with its key, and what is asked of those who connect: TLS 1.2 or 1.3, forward secrecy and
// authenticated encryption, no renegotiation, HTTP/1.1. Immutable once loaded, any thread. A connection keeps what it
// began with, so another certificate holds for connections to come.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tailwater {

struct TlsFiles {
  std::string certificate;  ///< PEM: the server's first, then those that lead to an authority
  std::string key;          ///< PEM, not encrypted
};

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};
using SslPtr = std::unique_ptr<ssl_st, SslDeleter>;

class TlsContext {
 public:
  /// kInvalid or kIo, naming the file and what to do about it.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// The server's side of a connection to come; null without memory.
  [[nodiscard]] SslPtr make_connection() const;
  /// When the certificate expires.
  [[nodiscard]] WallTime expiry() const { return expiry_; }
  /// What works but is probably not meant, as of `now`.
  [[nodiscard]] std::vector<std::string> warnings(WallTime now) const;

 private:
  TlsContext(ssl_ctx_st* context, TlsFiles files) : context_(context), files_(std::move(files)) {}
  ssl_ctx_st* context_;
  TlsFiles files_;
  WallTime begin_{};
  WallTime expiry_{};
  bool key_is_open_ = false;  // other users can read its file
};

/// The context for connections to come; empty: no TLS. Any thread; the mutex is held for a copy of a pointer.
class CurrentTls {
 public:
  void set(std::shared_ptr<const TlsContext> context) {
    const std::lock_guard lock(mutex_);
    context_.swap(context);
  }
  [[nodiscard]] std::shared_ptr<const TlsContext> get() const {
    const std::lock_guard lock(mutex_);
    return context_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> context_;  // guarded by mutex_
};

/// Tells the peer that nothing more will come, so that it can tell an end from a cut (RFC 8446 section 6.1).
void say_tls_goodbye(ssl_st* ssl);

}  // namespace tailwater
