// BrowserRules: which web pages a request may come from. Our own always may; others may read with a token where
// server.cors_origins names their origin, exactly. What writes must come from one of these, or from no page at all.
// Immutable, pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/reply.h"
#include "http/request_head.h"

namespace tailwater {

class BrowserRules {
 public:
  BrowserRules() = default;
  /// `public_url` is what users open, where that is another origin than the request's Host; may be empty.
  BrowserRules(std::vector<std::string> cors_origins, std::string_view public_url);

  /// Why the request is refused for the page that it comes from; for any page, if it brings a cookie and writes.
  [[nodiscard]] std::optional<RequestRefusal> refusal(const RequestHead& head, bool by_cookie) const;

  /// What lets a page of an allowed origin see the reply (Fetch, section 3.2): for all replies, preflights among them.
  void allow_reading(const RequestHead& head, Reply& reply) const;

  /// Of an Origin field: is it allowed though it is not ours?
  [[nodiscard]] bool allows(std::string_view origin) const;

 private:
  [[nodiscard]] bool is_ours(std::string_view origin, const RequestHead& head) const;

  std::vector<std::string> origins_;
  std::string public_origin_;
};

/// Does the method change something?
[[nodiscard]] bool is_writing(Method method);

}  // namespace tailwater
