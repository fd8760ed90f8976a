// TlsClient: an HttpClient over TLS that trusts one certificate, or whom it is told to, and offers what a test wants.
#pragma once

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>

#include "support/http_client.h"

namespace tailwater {

struct TlsClientSettings {
  std::string trusted;  ///< a PEM file; empty: anybody
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string ciphers;    ///< of TLS 1.2 and below; empty: the library's
  std::string protocols;  ///< ALPN as on the wire: "\x08http/1.1"
  int receive_buffer = 0;
};

class TlsClient final : public HttpClient {
 public:
  /// `address` as HttpServer::addresses() gives it. connected() says whether the handshake went through.
  explicit TlsClient(const std::string& address, const TlsClientSettings& settings = {})
      : HttpClient("127.0.0.1:" + port_of(address), settings.receive_buffer),
        context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* context = context_.get();
    SSL_CTX_set_security_level(context, 0);  // whatever is to be refused is refused by the server
    SSL_CTX_set_min_proto_version(context, settings.min_version);
    SSL_CTX_set_max_proto_version(context, settings.max_version);
    if (!settings.ciphers.empty()) offers_ = SSL_CTX_set_cipher_list(context, settings.ciphers.c_str()) == 1;
    if (!settings.trusted.empty()) {
      SSL_CTX_load_verify_file(context, settings.trusted.c_str());
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    ssl_.reset(SSL_new(context));
    if (!settings.protocols.empty()) {
      SSL_set_alpn_protos(ssl(), reinterpret_cast<const unsigned char*>(settings.protocols.data()),
                          static_cast<unsigned>(settings.protocols.size()));
    }
    SSL_set_fd(ssl(), fd());
    connected_ = offers_ && SSL_connect(ssl()) == 1;
    ::fcntl(fd(), F_SETFL, O_NONBLOCK);
  }
  TlsClient(TlsClient&&) = default;

  /// Did this library have anything of what it was to offer?
  [[nodiscard]] bool offers() const { return offers_; }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] ssl_st* ssl() const { return ssl_.get(); }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl()); }
  [[nodiscard]] std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl(), &name, &size);
    return std::string(reinterpret_cast<const char*>(name), size);
  }
  /// The serial number of the server's certificate.
  [[nodiscard]] long serial() const {
    X509* certificate = SSL_get0_peer_certificate(ssl());
    return certificate == nullptr ? -1 : ASN1_INTEGER_get(X509_get_serialNumber(certificate));
  }
  /// The server said that nothing more would come, before the connection ended.
  [[nodiscard]] bool was_told_of_the_end() const { return (SSL_get_shutdown(ssl()) & SSL_RECEIVED_SHUTDOWN) != 0; }

 private:
  struct ContextDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  struct Deleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  static std::string port_of(const std::string& address) {
    std::string port = address.substr(address.rfind(':') + 1);
    return port.substr(0, port.find('/'));
  }
  ssize_t transmit(std::string_view bytes) override {
    return SSL_write(ssl(), bytes.data(), static_cast<int>(bytes.size()));
  }
  ssize_t receive(char* buffer, std::size_t size) override {
    const int got = SSL_read(ssl(), buffer, static_cast<int>(size));
    if (got > 0) return got;
    switch (SSL_get_error(ssl(), got)) {
      case SSL_ERROR_WANT_READ: return kNothingYet;
      case SSL_ERROR_ZERO_RETURN: return 0;
      default: return -1;
    }
  }
  [[nodiscard]] bool has_received() const override { return SSL_pending(ssl()) > 0; }

  std::unique_ptr<SSL_CTX, ContextDeleter> context_;
  std::unique_ptr<SSL, Deleter> ssl_;
  bool offers_ = true;
  bool connected_ = false;
};

}  // namespace tailwater
