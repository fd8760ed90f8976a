#include "http/browser_rules.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr std::string_view kReadableHeaders = "ETag, Retry-After, Content-Range, Upload-Offset";
constexpr std::string_view kSendableHeaders =
    "Authorization, Content-Type, Last-Event-ID, If-None-Match, Range, Upload-Offset";

/// "https://host:port" of a URL; empty if it has no host.
std::string_view origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find('/', scheme + 3));
}

std::string_view without_default_port(std::string_view authority) {
  for (const std::string_view port : {":80", ":443"}) {
    if (authority.size() > port.size() && authority.substr(authority.size() - port.size()) == port) {
      authority.remove_suffix(port.size());
    }
  }
  return authority;
}

}  // namespace

bool is_writing(Method method) {
  return method == Method::kPost || method == Method::kPut || method == Method::kPatch || method == Method::kDelete;
}

BrowserRules::BrowserRules(std::vector<std::string> cors_origins, std::string_view public_url)
    : origins_(std::move(cors_origins)), public_origin_(origin_of(public_url)) {}

bool BrowserRules::allows(std::string_view origin) const {
  return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

/// The scheme does not count: a proxy that ends TLS speaks http with us. The Host was held to the allowed ones before.
bool BrowserRules::is_ours(std::string_view origin, const RequestHead& head) const {
  if (!public_origin_.empty() && equals_ignoring_case(origin, public_origin_)) return true;
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos || head.host.empty()) return false;
  return equals_ignoring_case(without_default_port(origin.substr(scheme + 3)), without_default_port(head.host));
}

std::optional<RequestRefusal> BrowserRules::refusal(const RequestHead& head, bool by_cookie) const {
  const std::string_view origin = head.find("origin");
  const std::string_view site = head.find("sec-fetch-site");
  // No page can set this field; a browser that says so knows better than we, behind a proxy that rewrites Host.
  if (site == "same-origin" || (!origin.empty() && (is_ours(origin, head) || allows(origin)))) return std::nullopt;
  if (!origin.empty()) {
    return RequestRefusal{403,
                          "pages of other origins may not use this; if this one should, add it to "
                          "server.cors_origins, or set server.public_url if it is ours behind a proxy"};
  }
  if (!is_writing(head.method)) return std::nullopt;
  if (!site.empty() && site != "none") return RequestRefusal{403, "pages of other sites may not write here"};
  if (by_cookie && site.empty()) {
    return RequestRefusal{403, "who signed in with a cookie must say from which page he writes (Origin)"};
  }
  return std::nullopt;
}

void BrowserRules::allow_reading(const RequestHead& head, Reply& reply) const {
  if (origins_.empty()) return;
  reply.headers.emplace_back("Vary", "Origin");
  const std::string_view origin = head.find("origin");
  if (origin.empty() || !allows(origin)) return;
  reply.headers.emplace_back("Access-Control-Allow-Origin", origin);
  if (head.method != Method::kOptions || !head.has("access-control-request-method")) {
    reply.headers.emplace_back("Access-Control-Expose-Headers", kReadableHeaders);
    return;
  }
  const auto allowed = std::find_if(reply.headers.begin(), reply.headers.end(),
                                    [](const auto& header) { return std::string_view(header.first) == "Allow"; });
  if (allowed == reply.headers.end()) return;
  std::string methods = allowed->second;
  reply.headers.emplace_back("Access-Control-Allow-Methods", std::move(methods));
  reply.headers.emplace_back("Access-Control-Allow-Headers", kSendableHeaders);
  reply.headers.emplace_back("Access-Control-Max-Age", "600");
}

}  // namespace tailwater
