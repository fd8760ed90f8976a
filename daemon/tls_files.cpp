#include "tls_files.h"

namespace tailwater {

Result<std::shared_ptr<const TlsContext>> load_tls(const ServerConfig& server) {
  if (server.tls_certificate.empty()) return std::shared_ptr<const TlsContext>();
  return TlsContext::load({server.tls_certificate, server.tls_key});
}

}  // namespace tailwater
