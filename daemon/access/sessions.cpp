#include "access/sessions.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "access/private_file.h"
#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr std::size_t kCookieBytes = 32;
constexpr ByteCount kMaxFileBytes = 4 << 20;

std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

}  // namespace

Sessions::Sessions(const Clock& clock, std::string file) : clock_(clock), file_(std::move(file)) {
  load();
}

/// A line each: digest, when it ends in milliseconds, user.
void Sessions::load() {
  if (file_.empty()) return;
  const auto text = read_private_file(file_, kMaxFileBytes);
  if (!text) return;
  std::string_view rest = *text;
  while (!rest.empty() && sessions_.size() < kMax) {
    std::string_view line = take(rest, '\n');
    const auto digest = digest_from_hex(take(line, ' '));
    const auto expires = parse_number<long long>(take(line, ' '));
    if (digest && expires && !line.empty()) {
      sessions_[*digest] = {std::string(line), WallTime(Milliseconds(*expires))};
    }
  }
  drop_expired();
}

Result<void> Sessions::save() const {
  if (file_.empty()) return {};
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [digest, entry] : sessions_) {
      text += fmt::format("{} {} {}\n", to_hex(digest), entry.expires.time_since_epoch().count(), entry.user);
    }
  }
  return write_private_file(file_, text);
}

void Sessions::drop_expired() {
  const WallTime now = clock_.wall_now();
  std::erase_if(sessions_, [now](const auto& session) { return session.second.expires <= now; });
}

/// Of one user, or of all if `user` is empty.
void Sessions::drop_oldest(std::string_view user) {
  auto oldest = sessions_.end();
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (!user.empty() && at->second.user != user) continue;
    if (oldest == sessions_.end() || at->second.expires < oldest->second.expires) oldest = at;
  }
  if (oldest != sessions_.end()) sessions_.erase(oldest);
}

Result<std::string> Sessions::begin(std::string_view user, Milliseconds lifetime) {
  auto random = random_bytes(kCookieBytes);
  if (!random) return fail(random.error());
  std::string cookie = to_base64url(*random);
  const std::lock_guard lock(mutex_);
  drop_expired();
  const auto of_user = std::count_if(sessions_.begin(), sessions_.end(),
                                     [user](const auto& session) { return session.second.user == user; });
  if (static_cast<std::size_t>(of_user) >= kMaxPerUser) drop_oldest(user);
  if (sessions_.size() >= kMax) drop_oldest({});
  sessions_[sha256(cookie)] = {std::string(user), clock_.wall_now() + lifetime};
  return cookie;
}

std::optional<Sessions::Session> Sessions::find(std::string_view cookie) const {
  const Digest digest = sha256(cookie);
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(digest);
  if (found == sessions_.end() || found->second.expires <= clock_.wall_now()) return std::nullopt;
  return Session{found->second.user, found->second.expires, digest};
}

bool Sessions::lives(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(digest);
  return found != sessions_.end() && found->second.expires > clock_.wall_now();
}

void Sessions::end(std::string_view cookie) {
  const Digest digest = sha256(cookie);
  const std::lock_guard lock(mutex_);
  sessions_.erase(digest);
}

std::size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace tailwater
