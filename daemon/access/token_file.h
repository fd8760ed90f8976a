// TokenFile: access tokens as a text file, one a line; what is kept of a token is the digest of its secret alone. The
// secret has 256 random bits, so a fast digest is enough. Parsing and writing are pure; the tokens themselves are plain
// data.
//   id=k3x9m2q7 name=ops-laptop sha256=HEX created=TIME [expires=TIME] [groups=a,b] [streams=GLOB,GLOB] [admin]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/secrets.h"
#include "base/clock.h"
#include "base/glob.h"
#include "base/result.h"

namespace tailwater {

struct Token {
  std::string id;
  std::string name;
  Digest digest{};
  WallTime created{};
  std::optional<WallTime> expires;
  std::vector<std::string> groups;
  std::optional<std::vector<Glob>> only_streams;
  bool administrator = false;
};

/// What every token begins with: so that scanners, and our own redaction, know one where they see it.
inline constexpr std::string_view kTokenPrefix = "tw_";
inline constexpr std::size_t kMaxTokens = 10'000;

/// `name` is the file's, for messages: "NAME:LINE: what is wrong (what to do)".
[[nodiscard]] Result<std::vector<Token>> parse_token_file(std::string_view text, std::string_view name);
[[nodiscard]] std::string to_line(const Token& token);

struct NewToken {
  std::string secret;  ///< to be shown once: "tw_<id>_<43 characters>"
  Token token;         ///< with id and digest; the rest is the caller's to fill in
};
[[nodiscard]] Result<NewToken> make_token();

/// In words, without a secret: which were added and which revoked.
[[nodiscard]] std::vector<std::string> token_changes(const std::vector<Token>& before, const std::vector<Token>& after);

/// The id within a secret's text; empty if it is no token of ours.
[[nodiscard]] std::string_view id_of_secret(std::string_view secret);

/// The token that `secret` is the secret of, expired ones too; null if there is none.
[[nodiscard]] const Token* find_token(const std::vector<Token>& tokens, std::string_view secret);

}  // namespace tailwater
