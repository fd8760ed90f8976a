// Caller: who sent a request and what he may do. Made once for each request, before its handler; immutable, any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/stream_set.h"

namespace tailwater {

/// How we know him.
enum class CallerKind : std::uint8_t {
  kLocal,      ///< nobody is asked who he is: no way of signing in is configured
  kAnonymous,  ///< has not signed in
  kToken,
  kUser,
  kJwt,
};
[[nodiscard]] std::string_view to_text(CallerKind kind);

struct Principal;

struct Caller {
  CallerKind kind = CallerKind::kAnonymous;
  std::string name;  ///< of the token, the user or the subject; what logs call him. Empty if we do not know it
  /// The sample stream among them: who may read it may read the metrics.
  StreamSet readable;
  StreamSet writable;
  bool administrator = false;

  // What Access finds him again by, as long as a stream of his goes on.
  std::string handle;   // of a token its id, of a JWT the key and rules that it was checked with
  std::string session;  // the digest of his cookie, if he came by one
  std::optional<WallTime> expires;
  std::shared_ptr<const Principal> principal;

  /// A browser sends a cookie without being asked: what writes must prove which page it comes from.
  [[nodiscard]] bool by_cookie() const { return !session.empty(); }
  [[nodiscard]] bool signed_in() const { return kind != CallerKind::kAnonymous; }
  [[nodiscard]] bool may_read(std::string_view stream) const { return readable.has(stream); }
  [[nodiscard]] bool may_write(std::string_view stream) const { return writable.has(stream); }
};

}  // namespace tailwater
