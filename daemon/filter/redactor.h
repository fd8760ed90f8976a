// Redactor: which bytes of a text are secret. A block is searched for all keywords at once (LiteralSet); patterns are
// run where one of theirs stands, so what holds no keyword costs next to nothing. Immutable, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/literal_set.h"
#include "filter/secret_patterns.h"

namespace re2 {
class RE2;
}

namespace tailwater {

class Redactor {
 public:
  static constexpr std::size_t npos = std::string_view::npos;
  /// How far back a secret may begin that goes on behind a cut: a part of an over-long line, the next line of a key.
  static constexpr std::size_t kReach = 8192;
  static constexpr std::size_t kMaxPatterns = 64;

  /// Each entry is `default`, the name of one known secret, `!name` (all that came before but this one) or
  /// `name=PATTERN`. Null if nothing is left to be hidden; kInvalid says which entry is wrong, and why.
  [[nodiscard]] static Result<std::shared_ptr<const Redactor>> make(std::span<const std::string> entries);
  /// As `base`, and hides each of `secrets` that is long enough, too. Cheap: patterns are shared.
  [[nodiscard]] static std::shared_ptr<const Redactor> with_secrets(const Redactor& base,
                                                                    std::span<const std::string> secrets);
  /// Hides every line as a whole, for where it cannot be known what is secret.
  [[nodiscard]] static std::shared_ptr<const Redactor> hiding_all();
  /// A shorter one would be found everywhere.
  static constexpr std::size_t kShortestSecret = LiteralSet::kShortest;
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  /// The first place at or after `from` from where on `text` may hold a secret.
  [[nodiscard]] std::size_t next_suspect(std::string_view text, std::size_t from) const;

  struct Secret {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t pattern = 0;
  };
  /// Those of `text` into `secrets`, in order, none touching another. `open`: the text goes on where it ends, so that
  /// what may be the beginning of a secret counts as one.
  void find(std::string_view text, bool open, std::vector<Secret>& secrets) const;
  /// `[redacted:name]`
  [[nodiscard]] std::string_view placeholder(std::size_t pattern) const;

  /// Are private keys hidden? Then a key that goes on over several lines: where the last BEGIN of `text` ends that no
  /// END follows, or npos.
  [[nodiscard]] bool hides_keys() const { return key_pattern_ != npos; }
  [[nodiscard]] std::size_t key_pattern() const { return key_pattern_; }
  [[nodiscard]] static std::size_t open_key(std::string_view text);

 private:
  struct Pattern {
    std::string name;
    std::string placeholder;
    SecretPattern::Kind kind = SecretPattern::Kind::kToken;
    bool at_word = false;                   // only where a word begins
    std::shared_ptr<const re2::RE2> regex;  // null for keys, and where none is needed
  };
  struct Builder;

  Redactor();
  [[nodiscard]] bool looks_like_one(std::string_view text, std::size_t at, std::size_t literal) const;
  [[nodiscard]] std::size_t cut_secret(std::string_view text, std::size_t at, std::size_t literal) const;
  void run(std::size_t pattern, std::string_view text, std::vector<Secret>& secrets) const;
  void find_keys(std::string_view text, std::vector<Secret>& secrets) const;

  void find_cut(std::string_view text, std::vector<Secret>& secrets) const;

  std::vector<Pattern> patterns_;
  std::vector<LiteralSet::Literal> keywords_;  // those of literals_
  std::vector<std::size_t> pattern_of_literal_;
  std::vector<std::size_t> literal_bytes_;
  LiteralSet literals_;
  std::uint64_t always_ = 0;  // patterns without a keyword: they are run on every line
  std::size_t key_pattern_ = npos;
  std::size_t given_pattern_ = npos;  // of secrets that are known themselves
  bool hides_all_ = false;
};

/// `text` with its secrets replaced. For what is no record: messages, names.
[[nodiscard]] std::string redacted(const Redactor& redactor, std::string_view text);

}  // namespace tailwater
