// Sessions: who has signed in with a password, by the digest of the cookie that he was given. They live in memory, and
// in a file of digests if there is one, so that an upgrade signs nobody out. Any thread; save() writes a file and is
// for threads that may.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "access/secrets.h"
#include "base/clock.h"
#include "base/result.h"

namespace tailwater {

class Sessions {
 public:
  static constexpr std::size_t kMax = 10'000;
  static constexpr std::size_t kMaxPerUser = 64;

  /// `clock` outlives it; `file` may be empty. What the file holds that cannot be read is forgotten.
  Sessions(const Clock& clock, std::string file);

  /// A new one, as the cookie's value. The oldest of the user's, or of all, gives way where there are too many.
  [[nodiscard]] Result<std::string> begin(std::string_view user, Milliseconds lifetime);
  struct Session {
    std::string user;
    WallTime expires;
    Digest digest;
  };
  [[nodiscard]] std::optional<Session> find(std::string_view cookie) const;
  [[nodiscard]] bool lives(const Digest& digest) const;
  void end(std::string_view cookie);
  [[nodiscard]] std::size_t size() const;
  /// Writes the file, if there is one.
  [[nodiscard]] Result<void> save() const;

 private:
  struct Entry {
    std::string user;
    WallTime expires;
  };
  void load();
  void drop_oldest(std::string_view user);
  void drop_expired();

  const Clock& clock_;
  std::string file_;
  mutable std::mutex mutex_;
  std::map<Digest, Entry> sessions_;  // guarded by mutex_
};

}  // namespace tailwater
