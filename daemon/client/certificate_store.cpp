#include "client/certificate_store.h"

namespace tailwater {
namespace {

constexpr const char* kPlaces[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo, Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",                   // RHEL, older
    "/var/lib/ca-certificates/ca-bundle.pem",             // openSUSE
    "/etc/ssl/ca-bundle.pem",                             // openSUSE, older
    "/etc/ssl/cert.pem",                                  // Alpine, Void
};

}  // namespace

std::string find_certificate_store(const char* given, const std::function<bool(const std::string&)>& exists) {
  if (given != nullptr && *given != '\0') return given;
  for (const char* place : kPlaces) {
    if (exists(place)) return place;
  }
  return {};
}

}  // namespace tailwater
