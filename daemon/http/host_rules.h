// HostRules: which Host a request may name. A page on a foreign site can point its own name at 127.0.0.1 (DNS
// rebinding) and have a browser fetch from us as if from itself; such requests carry the foreign name in Host.
// Immutable, pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

/// The name of "name", "name:port", "1.2.3.4:port" or "[v6]:port", without brackets; nullopt if it is none of these.
[[nodiscard]] std::optional<std::string_view> host_name(std::string_view host);

class HostRules {
 public:
  HostRules() = default;
  /// `listened` are hosts that we listen on, `allowed` what the configuration adds ("*" allows all); ports are ignored.
  HostRules(const std::vector<std::string>& listened, const std::vector<std::string>& allowed);

  /// `host` as the request gave it; an empty one (HTTP/1.0) is allowed, since no browser sends it.
  [[nodiscard]] bool allows(std::string_view host) const;

 private:
  std::vector<std::string> names_;
  bool any_name_ = false;
  bool any_address_ = false;
};

}  // namespace tailwater
