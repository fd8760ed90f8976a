#include "client/certificate_store.h"

#include <set>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

std::string found_among(const std::set<std::string>& files, const char* given = nullptr) {
  return find_certificate_store(given, [&](const std::string& path) { return files.contains(path); });
}

TEST(CertificateStore, IsThatOfTheDistribution) {
  EXPECT_EQ(found_among({"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"}),
            "/etc/ssl/certs/ca-certificates.crt");
  EXPECT_EQ(found_among({"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt"}),
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem");
  EXPECT_EQ(found_among({"/var/lib/ca-certificates/ca-bundle.pem"}), "/var/lib/ca-certificates/ca-bundle.pem");
  EXPECT_EQ(found_among({"/etc/ssl/cert.pem"}), "/etc/ssl/cert.pem");
}

TEST(CertificateStore, IsTheOneThatIsGiven) {
  EXPECT_EQ(found_among({"/etc/ssl/cert.pem"}, "/srv/authorities.pem"), "/srv/authorities.pem");
  EXPECT_EQ(found_among({"/etc/ssl/cert.pem"}, ""), "/etc/ssl/cert.pem");
}

TEST(CertificateStore, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(found_among({"/etc/ssl/private.pem"}), "");
}

}  // namespace
}  // namespace tailwater
