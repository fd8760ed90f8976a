// TestCertificate: a key and a certificate that it signed itself, as PEM files, for servers under test.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace tailwater {

struct TestCertificateSettings {
  std::string name = "localhost";
  long begins_in_seconds = -60;
  long ends_in_seconds = 3600;
  std::string passphrase;  ///< of the key; empty: not encrypted
};

/// Writes `path`.pem and `path`.key, over what is there.
class TestCertificate {
 public:
  explicit TestCertificate(std::string path, const TestCertificateSettings& settings = {}) : path_(std::move(path)) {
    const Handle<EVP_PKEY, EVP_PKEY_free> key(EVP_EC_gen("P-256"));
    const Handle<X509, X509_free> certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial());
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), settings.begins_in_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), settings.ends_in_seconds);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(settings.name.c_str()),
                               -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_set_pubkey(certificate.get(), key.get());
    const std::string names = "DNS:" + settings.name + ",IP:127.0.0.1";
    const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
    X509_add_ext(certificate.get(), extension.get(), -1);
    if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) std::abort();

    const File certificate_file = open(this->certificate());
    PEM_write_X509(certificate_file.get(), certificate.get());
    const File key_file = open(this->key());
    ::chmod(this->key().c_str(), 0600);
    const EVP_CIPHER* cipher = settings.passphrase.empty() ? nullptr : EVP_aes_128_cbc();
    PEM_write_PrivateKey(key_file.get(), key.get(), cipher,
                         reinterpret_cast<const unsigned char*>(settings.passphrase.data()),
                         static_cast<int>(settings.passphrase.size()), nullptr, nullptr);
  }

  [[nodiscard]] std::string certificate() const { return path_ + ".pem"; }
  [[nodiscard]] std::string key() const { return path_ + ".key"; }

 private:
  template <typename T, void (*Free)(T*)>
  struct Deleter {
    void operator()(T* handle) const { Free(handle); }
  };
  template <typename T, void (*Free)(T*)>
  using Handle = std::unique_ptr<T, Deleter<T, Free>>;
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Closer>;

  static File open(const std::string& path) {
    File file(std::fopen(path.c_str(), "we"));
    if (!file) std::abort();
    return file;
  }
  static long& serial() {
    static long last = 0;
    return last;
  }

  std::string path_;
};

}  // namespace tailwater
