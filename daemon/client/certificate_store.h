// Where systems keep the certificates of authorities that they trust. A libcurl of the distribution knows its own
// place; one that is part of a static program runs on any distribution. Pure, but for what is asked of `exists`.
#pragma once

#include <functional>
#include <string>

namespace tailwater {

/// The file of them all, for CURLOPT_CAINFO: $SSL_CERT_FILE if it is given, else the first place that exists; empty if
/// there is none.
[[nodiscard]] std::string find_certificate_store(const char* given,
                                                 const std::function<bool(const std::string&)>& exists);

}  // namespace tailwater
