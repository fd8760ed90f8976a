// The bytes of a connection from anybody: a head is refused with a status and words, or taken apart into views of
// itself that keep every promise of RequestHead, and evhttp, which reads the same bytes next, understands them too.
#include <event2/http.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/browser_rules.h"
#include "http/host_rules.h"
#include "http/request.h"
#include "http/request_head.h"
#include "http/trusted_proxies.h"

namespace {

using tailwater::HeadScan;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_refusal(const tailwater::RequestRefusal& refusal) {
  require(refusal.status >= 400 && refusal.status < 600 && !refusal.detail.empty());
}

void check_decoding(const tailwater::RequestHead& head) {
  if (head.path != "*") {
    const auto segments = tailwater::decode_path(head.path);
    if (!segments) check_refusal(segments.error());
    for (std::size_t i = 0; segments && i < segments->size(); ++i) {
      const std::string& segment = (*segments)[i];
      require(segment != ".." && segment.find('\0') == std::string::npos);
      require(!segment.empty() || i + 1 == segments->size());
    }
  }
  const auto parameters = tailwater::decode_parameters(head.query);
  require(parameters ? parameters->size() <= 64 : !parameters.error().message.empty());
}

/// What pages and proxies say of themselves is read as well.
void check_origin(const tailwater::RequestHead& head) {
  static const tailwater::BrowserRules kBrowsers({"https://status.example.com"}, "https://logs.example.com/");
  static const tailwater::TrustedProxies kProxies({"127.0.0.1", "10.0.0.0/8", "2001:db8::/32"});
  const auto refusal = kBrowsers.refusal(head, /*by_cookie=*/true);
  if (refusal) check_refusal(*refusal);
  tailwater::Reply reply;
  kBrowsers.allow_reading(head, reply);
  for (const auto& [name, value] : reply.headers) require(value.find_first_of("\r\n") == std::string::npos);
  static_cast<void>(kProxies.client_of(head));
}

void check_accepted(const tailwater::RequestHead& head, std::string_view bytes) {
  require(head.path == "*" || (!head.path.empty() && head.path.front() == '/'));
  require(is_inside(head.path, bytes) || head.path == "/");
  require(is_inside(head.query, bytes) && is_inside(head.host, bytes));
  require(head.minor_version == 0 || tailwater::host_name(head.host));
  for (const auto& field : head.fields) {
    require(is_inside(field.name, bytes) && is_inside(field.value, bytes) && !field.name.empty());
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
  check_decoding(head);
  check_origin(head);
  // evhttp answers a target that it cannot parse with a page of its own.
  const std::size_t begin = bytes.find(' ') + 1;
  const std::string target(bytes.substr(begin, bytes.find(' ', begin) - begin));
  evhttp_uri* uri = evhttp_uri_parse_with_flags(target.c_str(), EVHTTP_URI_NONCONFORMANT);
  require(uri != nullptr);
  evhttp_uri_free(uri);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const tailwater::HeadLimits limits;
  const HeadScan scan = tailwater::scan_request_head(bytes, 0, limits);
  // Whatever was scanned before gives the same.
  const HeadScan half = tailwater::scan_request_head(bytes.substr(0, size / 2), 0, limits);
  if (half.state == HeadScan::State::kIncomplete) {
    const HeadScan rest = tailwater::scan_request_head(bytes, half.length, limits);
    require(rest.state == scan.state && rest.length == scan.length);
  }
  if (scan.state == HeadScan::State::kRefused) check_refusal(scan.refusal);
  if (scan.state != HeadScan::State::kComplete) return 0;
  require(scan.length <= limits.max_head_bytes);
  const std::string_view text = bytes.substr(0, scan.length);
  const auto head = tailwater::parse_request_head(text, limits);
  if (!head) {
    check_refusal(head.error());
  } else {
    check_accepted(*head, text);
  }
  return 0;
}
