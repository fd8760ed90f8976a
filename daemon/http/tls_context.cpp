#include "http/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "base/time_text.h"

namespace tailwater {
namespace {

/// Those of TLS 1.2 with forward secrecy and authenticated encryption (RFC 9325 section 4.2); all of TLS 1.3 have both.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kProtocols[] = {"http/1.1", "http/1.0"};

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, FileCloser>;
struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using X509Ptr = std::unique_ptr<X509, X509Deleter>;
struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyDeleter>;

/// What OpenSSL has to say about its last failure, and nothing of older ones.
std::string take_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown failure" : reason;
}

Error bad_file(std::string_view option, const std::string& path, std::string_view what) {
  return {ErrorCode::kInvalid, fmt::format("server.tls.{}: {}: {}", option, path, what)};
}

Result<FilePtr> open_file(std::string_view option, const std::string& path) {
  FilePtr file(std::fopen(path.c_str(), "re"));
  if (!file) return fail(errno_error(fmt::format("server.tls.{}: open", option), path, errno));
  return file;
}

/// Nobody is there to type a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

/// The first certificate of the file becomes the server's, the others its chain.
Result<X509*> use_certificates(SSL_CTX* context, const std::string& path) {
  auto file = open_file("certificate", path);
  if (!file) return fail(file.error());
  X509Ptr certificate(PEM_read_X509_AUX(file->get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    ERR_clear_error();
    return fail(bad_file("certificate", path,
                         "there is no certificate in it (give a PEM file that begins with the server's own: "
                         "-----BEGIN CERTIFICATE-----)"));
  }
  if (SSL_CTX_use_certificate(context, certificate.get()) != 1) {
    return fail(bad_file("certificate", path,
                         fmt::format("its certificate cannot be used: {} (make one with a P-256 key, or RSA of 2048 "
                                     "bits or more)",
                                     take_reason())));
  }
  while (X509* issuer = PEM_read_X509(file->get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
      X509_free(issuer);
      return fail(bad_file("certificate", path, fmt::format("its chain cannot be used: {}", take_reason())));
    }
  }
  ERR_clear_error();  // the end of the file is an error of the last read
  return SSL_CTX_get0_certificate(context);
}

Result<void> use_key(SSL_CTX* context, const X509* certificate, const TlsFiles& files, bool& key_is_open) {
  auto file = open_file("key", files.key);
  if (!file) return fail(file.error());
  struct stat status {};
  key_is_open = ::fstat(::fileno(file->get()), &status) == 0 && (status.st_mode & S_IROTH) != 0;
  bool asked = false;
  const KeyPtr key(PEM_read_PrivateKey(file->get(), nullptr, no_passphrase, &asked));
  if (!key) {
    ERR_clear_error();
    return fail(bad_file("key", files.key,
                         asked ? "it is encrypted, and nobody is there to type its passphrase (write it without one: "
                                 "openssl pkey -in KEY -out NEWKEY)"
                               : "there is no private key in it (give a PEM file: -----BEGIN PRIVATE KEY-----)"));
  }
  if (X509_check_private_key(certificate, key.get()) != 1) {
    ERR_clear_error();
    return fail(bad_file("key", files.key,
                         fmt::format("it is not the key of the certificate in {} (give the two that were made "
                                     "together)",
                                     files.certificate)));
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return fail(bad_file("key", files.key, fmt::format("it cannot be used: {}", take_reason())));
  }
  return {};
}

/// Of what the client offers (RFC 7301), what we speak. Who offers only other protocols is told that there is none.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned size, void* /*argument*/) {
  for (const std::string_view protocol : kProtocols) {
    for (unsigned at = 0; at < size; at += 1U + offered[at]) {
      if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), offered[at]) != protocol) continue;
      *chosen = offered + at + 1;
      *chosen_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool set_rules(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  // Idle connections keep no buffers; a record that was not taken whole may be tried again from another place.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Those who come back bring their session in a ticket: nothing is remembered here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers) == 1 && SSL_CTX_set1_groups_list(context, kGroups) == 1;
}

WallTime to_wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return fail(ErrorCode::kUnavailable, "TLS: " + take_reason());
  std::shared_ptr<TlsContext> made(new TlsContext(context, files));
  if (!set_rules(context)) return fail(ErrorCode::kUnavailable, "TLS: " + take_reason());
  const auto certificate = use_certificates(context, files.certificate);
  if (!certificate) return fail(certificate.error());
  if (auto used = use_key(context, *certificate, files, made->key_is_open_); !used) return fail(used.error());
  made->begin_ = to_wall_time(X509_get0_notBefore(*certificate));
  made->expiry_ = to_wall_time(X509_get0_notAfter(*certificate));
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

SslPtr TlsContext::make_connection() const {
  SslPtr ssl(SSL_new(context_));
  ERR_clear_error();
  return ssl;
}

std::vector<std::string> TlsContext::warnings(WallTime now) const {
  std::vector<std::string> warnings;
  const auto about = [this, &warnings](std::string_view what, WallTime time) {
    warnings.push_back(fmt::format("server.tls.certificate: {}: {} {}", files_.certificate, what, to_rfc3339(time)));
  };
  if (now < begin_) about("browsers refuse it before", begin_);
  if (now > expiry_) about("browsers refuse it since", expiry_);
  if (key_is_open_) {
    warnings.push_back(
        fmt::format("server.tls.key: {}: every user of this machine can read it (chmod 640 or less)", files_.key));
  }
  return warnings;
}

void say_tls_goodbye(ssl_st* ssl) {
  if (SSL_is_init_finished(ssl) == 0) return;
  [[maybe_unused]] const int said = SSL_shutdown(ssl);  // one that cannot be said is none
  ERR_clear_error();
}

}  // namespace tailwater
