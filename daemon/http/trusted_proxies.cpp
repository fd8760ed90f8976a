#include "http/trusted_proxies.h"

#include <sys/socket.h>

#include <algorithm>

namespace tailwater {
namespace {

/// Nobody has more proxies in a row than this.
constexpr int kMaxHops = 32;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// "192.0.2.1", "2001:db8::1", and with a port, as some proxies write it: "192.0.2.1:4711", "[2001:db8::1]:4711".
std::optional<IpAddress> address_of(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    return end == std::string_view::npos ? std::nullopt : IpAddress::parse(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return IpAddress::parse(text);
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& configured) {
  for (const std::string& text : configured) {
    if (text == "unix") unix_ = true;
    if (const auto range = AddressRange::parse(text)) ranges_.push_back(*range);
  }
}

bool TrustedProxies::has(const IpAddress& address) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const AddressRange& range) { return range.has(address); });
}

bool TrustedProxies::trusts(const sockaddr* peer) const {
  if (peer == nullptr) return false;
  if (peer->sa_family == AF_UNIX) return unix_;
  const auto address = IpAddress::of(peer);
  return address && has(*address);
}

std::optional<IpAddress> TrustedProxies::client_of(const RequestHead& head) const {
  std::optional<IpAddress> nearest;
  int hops = 0;
  // Several fields are one list (RFC 9110 section 5.3).
  for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
    if (!equals_ignoring_case(field->name, "x-forwarded-for")) continue;
    std::string_view list = field->value;
    while (!list.empty()) {
      const std::size_t comma = list.rfind(',');
      const std::string_view last = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
      list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
      const auto address = address_of(last);
      // Beyond a word that is no address nobody is to be believed.
      if (!address || ++hops > kMaxHops) return nearest;
      nearest = address;
      if (!has(*address)) return nearest;
    }
  }
  return nearest;
}

}  // namespace tailwater
