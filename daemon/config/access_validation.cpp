#include "config/access_validation.h"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tailwater {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._@-").find(c) != std::string_view::npos;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_name_char);
}

/// A name, a group, a subject with its "jwt:", or one of the words with a meaning of their own.
bool is_reader(std::string_view text) {
  if (text == "*") return true;
  if (text.substr(0, 4) == "jwt:") return text.size() > 4;
  return is_name(text);
}

void check_list(const std::vector<std::string>& list, std::string_view key, bool anonymous_fits, Problems& problems) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", key, i);
    if (!is_reader(list[i])) {
      problems.add_for(place,
                       fmt::format("'{}' is not a name (write a user, a token, a group, jwt:SUBJECT or *)", list[i]));
    } else if (list[i] == "anonymous" && !anonymous_fits) {
      problems.add_for(place, "whoever has not signed in cannot be let do this (name somebody)");
    }
  }
}

void check_users(const Configuration& configuration, Problems& problems) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < configuration.users.size(); ++i) {
    const UserConfig& user = configuration.users[i];
    const std::string key = fmt::format("user[{}]", i);
    if (!user.name.empty() && (!is_name(user.name) || user.name == "anonymous")) {
      problems.add_for(key + ".name",
                       fmt::format("'{}' is not a user's name (write 1 to 64 of A-Z a-z 0-9 . _ @ -)", user.name));
    } else if (!user.name.empty() && !seen.insert(user.name).second) {
      problems.add_for(key + ".name", fmt::format("'{}' is there twice (choose another)", user.name));
    }
    for (std::size_t g = 0; g < user.groups.size(); ++g) {
      if (is_name(user.groups[g]) && user.groups[g] != "anonymous") continue;
      problems.add_for(fmt::format("{}.groups[{}]", key, g), fmt::format("'{}' is not a group's name", user.groups[g]));
    }
  }
}

void check_jwt(const AuthConfig& auth, Problems& problems) {
  if (!auth.jwt_algorithm.empty() && auth.jwt_key.empty()) {
    problems.add_for("auth.jwt.algorithm", "there is no key to check tokens with (set auth.jwt.key)");
  }
  if (auth.jwt_algorithm.empty() && !auth.jwt_key.empty()) {
    problems.add_for("auth.jwt.key", "no algorithm is named for it (set auth.jwt.algorithm, such as \"ES256\")");
  }
}

void check_origins(const std::vector<std::string>& origins, Problems& problems) {
  for (std::size_t i = 0; i < origins.size(); ++i) {
    if (is_origin(origins[i])) continue;
    problems.add_for(fmt::format("server.cors_origins[{}]", i),
                     fmt::format("'{}' is not an origin (write it as browsers do: \"https://status.example.com\", in "
                                 "small letters, without a path or a wildcard)",
                                 origins[i]));
  }
}

}  // namespace

bool is_origin(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view host = text.substr(scheme + 3);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-.:[]").find(c) != std::string_view::npos;
  };
  return (text.substr(0, scheme) == "https" || text.substr(0, scheme) == "http") && !host.empty() &&
         std::all_of(host.begin(), host.end(), fits);
}

void check_access(const Configuration& configuration, Problems& problems) {
  check_users(configuration, problems);
  check_jwt(configuration.auth, problems);
  check_list(configuration.auth.administrators, "auth.administrators", /*anonymous_fits=*/false, problems);
  check_list(configuration.sampler.readers, "sampler.readers", /*anonymous_fits=*/true, problems);
  for (std::size_t i = 0; i < configuration.streams.size(); ++i) {
    const StreamConfig& stream = configuration.streams[i];
    check_list(stream.readers, fmt::format("stream[{}].readers", i), /*anonymous_fits=*/true, problems);
    check_list(stream.writers, fmt::format("stream[{}].writers", i), /*anonymous_fits=*/false, problems);
  }
  check_origins(configuration.server.cors_origins, problems);
  const std::string& audit = configuration.auth.audit_log;
  if (!audit.empty() && audit != "log" && audit != "none" && audit.front() != '/') {
    problems.add_for("auth.audit_log", fmt::format("'{}' is not absolute (write a path from /, log or none)", audit));
  }
}

}  // namespace tailwater
