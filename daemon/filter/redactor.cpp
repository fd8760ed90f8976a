#include "filter/redactor.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "filter/ascii.h"
#include "filter/quoted.h"
#include "filter/regex_filter.h"
#include "filter/regex_literal.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kKeyBegin = "-----BEGIN ";
constexpr std::string_view kKeyKind = "PRIVATE KEY";
constexpr std::string_view kKeyEnd = "-----END";
constexpr std::size_t kMaxKeyKind = 32;  // between BEGIN and PRIVATE KEY
constexpr std::size_t kMaxToken = 4096;  // a longer word is none
constexpr std::size_t kMaxGroups = 8;

bool is_word(char c) {
  return is_alpha(c) || is_digit(c) || c == '_' || c == '-';
}

bool is_token_byte(char c) {
  return is_word(c) || c == '.' || c == '/' || c == '+' || c == '=';
}

/// As `\b` sees it.
bool is_word_byte(char c) {
  return is_alpha(c) || is_digit(c) || c == '_';
}

/// Every known token goes on for so long at least.
bool is_followed_by_token(std::string_view text, std::size_t at) {
  constexpr std::size_t kFewest = 8;
  const std::string_view behind = text.substr(at, kFewest);
  return behind.size() == kFewest && std::all_of(behind.begin(), behind.end(), is_token_byte);
}

/// Where the value begins that belongs to the name which ends at `at`, if a separator is not far behind it; else npos.
std::size_t value_begin(std::string_view text, std::size_t at) {
  const std::size_t limit = std::min(text.size(), at + 40);
  const auto skip = [&](auto&& skipped) {
    while (at < limit && skipped(text[at])) ++at;
  };
  const auto is_quote = [](char c) { return c == '"' || c == '\'' || c == '\\'; };
  const auto is_separator = [](char c) { return c == '=' || c == ':' || c == '>'; };
  skip(is_word);
  skip(is_quote);
  skip(is_blank);
  const std::size_t separator = at;
  skip(is_separator);
  if (at == separator || text[separator] == '>') return kNone;
  skip(is_blank);
  skip(is_quote);
  return at;
}

/// Where what follows `://`, which ends at `at`, ends: with an `@`, or where a path begins.
std::size_t user_end(std::string_view text, std::size_t at) {
  constexpr std::string_view kEnds = "@/?#\"'<> \t\r\n";
  while (at < text.size() && kEnds.find(text[at]) == kNone) ++at;
  return at;
}

/// Where the marker ends whose `PRIVATE KEY` stands at `at`; npos if it is none.
std::size_t key_marker_end(std::string_view text, std::size_t at) {
  const std::size_t from = at - std::min(at, kMaxKeyKind + kKeyBegin.size());
  const std::string_view before = text.substr(from, at - from);
  const std::size_t begin = before.rfind(kKeyBegin);
  if (begin == kNone || before.find(kKeyEnd, begin) != kNone) return kNone;
  std::size_t end = at + kKeyKind.size();
  if (text.substr(end).starts_with(" BLOCK")) end += 6;
  return text.substr(end).starts_with("-----") ? end + 5 : kNone;
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), fits);
}

constexpr std::string_view kGivenName = "mask";

std::unique_ptr<re2::RE2> compile(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  return std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
}

std::string known_names() {
  std::string names = "default";
  std::string_view last;
  for (const SecretPattern& known : secret_patterns()) {
    if (known.name != last) names.append(", ").append(known.name);
    last = known.name;
  }
  return names;
}

}  // namespace

/// Collects what the entries say, in order.
struct Redactor::Builder {
  struct Chosen {
    std::string name;
    const SecretPattern* known = nullptr;
    std::string own;
  };
  std::vector<Chosen> chosen;

  [[nodiscard]] bool has(const SecretPattern& known) const {
    return std::any_of(chosen.begin(), chosen.end(), [&](const Chosen& one) { return one.known == &known; });
  }

  /// False if there is none of that name.
  bool add_known(std::string_view name) {
    bool found = false;
    for (const SecretPattern& known : secret_patterns()) {
      if (name != "default" && name != known.name) continue;
      found = true;
      if (!has(known)) chosen.push_back({std::string(known.name), &known, {}});
    }
    return found;
  }

  Result<void> add_own(std::string_view name, std::string_view pattern) {
    if (!is_name(name)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{} is no name for a secret (write 1 to 32 of a-z 0-9 _ - before the =)", quoted(name)));
    }
    if (const auto good = RegexFilter::make(pattern, /*ignore_case=*/false); !good) return fail(good.error());
    const auto regex = compile(pattern);
    if (!regex->ok()) return fail(ErrorCode::kInvalid, fmt::format("pattern {}: {}", quoted(pattern), regex->error()));
    if (re2::RE2::FullMatch("", *regex)) {
      return fail(
          ErrorCode::kInvalid,
          fmt::format("pattern {} matches where there is nothing (let it need a byte at least)", quoted(pattern)));
    }
    chosen.push_back({std::string(name), nullptr, std::string(pattern)});
    return {};
  }

  Result<void> add(std::string_view entry) {
    const std::size_t equals = entry.find('=');
    if (equals != kNone) return add_own(entry.substr(0, equals), entry.substr(equals + 1));
    const bool without = entry.starts_with('!');
    const std::string_view name = entry.substr(without ? 1 : 0);
    if (without && std::erase_if(chosen, [&](const Chosen& one) { return one.name == name; }) > 0) return {};
    if (!without && add_known(name)) return {};
    return fail(ErrorCode::kInvalid,
                without
                    ? fmt::format("{} takes away what is not there (name one that stands before it)", quoted(entry))
                    : fmt::format("{} is not known (write name=PATTERN, or one of {})", quoted(entry), known_names()));
  }

  [[nodiscard]] std::shared_ptr<const Redactor> build() const {
    std::shared_ptr<Redactor> made(new Redactor);
    std::vector<LiteralSet::Literal> literals;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const Chosen& one = chosen[i];
      Pattern pattern;
      pattern.name = one.name;
      pattern.placeholder = fmt::format("[redacted:{}]", one.name);
      const auto add_literal = [&](std::string_view text, bool ignore_case) {
        literals.push_back({std::string(text), ignore_case});
        made->pattern_of_literal_.push_back(i);
        made->literal_bytes_.push_back(text.size());
      };
      if (one.known != nullptr) {
        pattern.kind = one.known->kind;
        pattern.at_word = one.known->pattern.substr(0, 6).find(R"(\b)") != kNone;
        for (const std::string_view keyword : one.known->keywords) add_literal(keyword, one.known->ignore_case);
      } else {
        const std::string literal = required_literal_of(one.own).text;
        if (literal.size() >= LiteralSet::kShortest) {
          add_literal(literal, /*ignore_case=*/false);
        } else {
          made->always_ |= std::uint64_t{1} << i;
        }
        pattern.kind = SecretPattern::Kind::kOwn;
      }
      if (pattern.kind == SecretPattern::Kind::kKey) {
        made->key_pattern_ = i;
      } else {
        pattern.regex = compile(one.known != nullptr ? one.known->pattern : std::string_view(one.own));
      }
      made->patterns_.push_back(std::move(pattern));
    }
    made->keywords_ = literals;
    made->literals_ = LiteralSet(std::move(literals));
    return made;
  }
};

Redactor::Redactor() : literals_({}) {}
Redactor::~Redactor() = default;

Result<std::shared_ptr<const Redactor>> Redactor::make(std::span<const std::string> entries) {
  Builder builder;
  for (const std::string& entry : entries) {
    if (auto added = builder.add(entry); !added) return fail(added.error());
    if (builder.chosen.size() > kMaxPatterns) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{} is one pattern too many (at most {})", quoted(entry), kMaxPatterns));
    }
  }
  if (builder.chosen.empty()) return std::shared_ptr<const Redactor>();
  return builder.build();
}

std::shared_ptr<const Redactor> Redactor::with_secrets(const Redactor& base, std::span<const std::string> secrets) {
  std::shared_ptr<Redactor> made(new Redactor);
  made->patterns_ = base.patterns_;
  made->keywords_ = base.keywords_;
  made->pattern_of_literal_ = base.pattern_of_literal_;
  made->literal_bytes_ = base.literal_bytes_;
  made->always_ = base.always_;
  made->key_pattern_ = base.key_pattern_;
  made->hides_all_ = base.hides_all_;
  made->given_pattern_ = made->patterns_.size();
  Pattern given;
  given.name = kGivenName;
  given.placeholder = fmt::format("[redacted:{}]", kGivenName);
  given.kind = SecretPattern::Kind::kGiven;
  made->patterns_.push_back(std::move(given));
  for (const std::string& secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    made->keywords_.push_back({secret, /*ignore_case=*/false});
    made->pattern_of_literal_.push_back(made->given_pattern_);
    made->literal_bytes_.push_back(secret.size());
  }
  made->literals_ = LiteralSet(made->keywords_);
  return made;
}

std::shared_ptr<const Redactor> Redactor::hiding_all() {
  static const auto kNothing = [] {
    std::shared_ptr<Redactor> made(new Redactor);
    made->hides_all_ = true;
    return std::shared_ptr<const Redactor>(with_secrets(*made, {}));
  }();
  return kNothing;
}

bool Redactor::looks_like_one(std::string_view text, std::size_t at, std::size_t literal) const {
  const std::size_t behind = at + literal_bytes_[literal];
  const Pattern& pattern = patterns_[pattern_of_literal_[literal]];
  switch (pattern.kind) {
    case SecretPattern::Kind::kToken:
      return (!pattern.at_word || at == 0 || !is_word_byte(text[at - 1])) && is_followed_by_token(text, behind);
    case SecretPattern::Kind::kKey:
    case SecretPattern::Kind::kGiven:
    case SecretPattern::Kind::kOwn: return true;
    case SecretPattern::Kind::kSetting: return text[behind - 1] == '=' || value_begin(text, behind) != npos;
    case SecretPattern::Kind::kUrl: {
      const std::size_t end = user_end(text, behind);
      return end < text.size() && text[end] == '@';
    }
  }
  return true;
}

/// Where a secret may begin that belongs to the keyword at `at` and goes on behind the end of the text; else npos.
std::size_t Redactor::cut_secret(std::string_view text, std::size_t at, std::size_t literal) const {
  const std::size_t behind = at + literal_bytes_[literal];
  std::size_t begin = at;
  switch (patterns_[pattern_of_literal_[literal]].kind) {
    case SecretPattern::Kind::kToken: break;
    case SecretPattern::Kind::kSetting: begin = text[behind - 1] == '=' ? behind : value_begin(text, behind); break;
    case SecretPattern::Kind::kUrl: return user_end(text, behind) == text.size() ? behind : npos;
    case SecretPattern::Kind::kKey:
    case SecretPattern::Kind::kGiven:
    case SecretPattern::Kind::kOwn: return npos;
  }
  const std::string_view rest = text.substr(std::min(begin, text.size()));
  return std::all_of(rest.begin(), rest.end(), is_token_byte) ? begin : npos;
}

std::size_t Redactor::next_suspect(std::string_view text, std::size_t from) const {
  if (always_ != 0 || hides_all_) return from < text.size() ? from : npos;
  std::size_t suspect = npos;
  literals_.visit(text, from, [&](std::size_t at, std::size_t literal) {
    if (!looks_like_one(text, at, literal)) return false;
    suspect = at;
    return true;
  });
  return suspect;
}

void Redactor::run(std::size_t pattern, std::string_view text, std::vector<Secret>& secrets) const {
  const re2::RE2& regex = *patterns_[pattern].regex;
  const int groups = std::min<int>(regex.NumberOfCapturingGroups() + 1, kMaxGroups);
  std::array<re2::StringPiece, kMaxGroups> found;
  const re2::StringPiece whole(text.data(), text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (!regex.Match(whole, at, text.size(), re2::RE2::UNANCHORED, found.data(), groups)) return;
    re2::StringPiece secret = found[0];
    for (int i = 1; i < groups; ++i) {
      if (found[static_cast<std::size_t>(i)].empty()) continue;
      secret = found[static_cast<std::size_t>(i)];
      break;
    }
    const auto begin = static_cast<std::size_t>(secret.data() - text.data());
    if (!secret.empty()) secrets.push_back({begin, begin + secret.size(), pattern});
    at = static_cast<std::size_t>(found[0].data() - text.data()) + std::max<std::size_t>(found[0].size(), 1);
  }
}

std::size_t Redactor::open_key(std::string_view text) {
  const std::size_t last_end = text.rfind(kKeyEnd);
  for (std::size_t at = text.find(kKeyKind, last_end == npos ? 0 : last_end); at != npos;) {
    const std::size_t end = key_marker_end(text, at);
    if (end != npos && (last_end == npos || end > last_end)) return end;
    at = text.find(kKeyKind, at + 1);
  }
  return npos;
}

void Redactor::find_keys(std::string_view text, std::vector<Secret>& secrets) const {
  for (std::size_t at = text.find(kKeyKind); at != npos; at = text.find(kKeyKind, at)) {
    const std::size_t begin = key_marker_end(text, at);
    at += kKeyKind.size();
    if (begin == npos) continue;
    const std::size_t end = std::min(text.find(kKeyEnd, begin), text.size());
    if (begin < end) secrets.push_back({begin, end, key_pattern_});
    at = end;
  }
}

/// Where a known secret begins that goes on behind the end of the text.
void Redactor::find_cut(std::string_view text, std::vector<Secret>& secrets) const {
  for (std::size_t i = 0; i < keywords_.size(); ++i) {
    if (pattern_of_literal_[i] != given_pattern_) continue;
    const std::string_view secret = keywords_[i].text;
    std::size_t length = std::min(secret.size() - 1, text.size());
    while (length > 0 && !text.ends_with(secret.substr(0, length))) --length;
    if (length > 0) secrets.push_back({text.size() - length, text.size(), given_pattern_});
  }
}

void Redactor::find(std::string_view text, bool open, std::vector<Secret>& secrets) const {
  secrets.clear();
  if (hides_all_) {
    if (!text.empty()) secrets.push_back({0, text.size(), given_pattern_});
    return;
  }
  if (open && given_pattern_ != npos) find_cut(text, secrets);
  std::uint64_t wanted = always_;
  literals_.visit(text, 0, [&](std::size_t at, std::size_t literal) {
    const std::size_t pattern = pattern_of_literal_[literal];
    if (pattern == given_pattern_) {
      secrets.push_back({at, at + literal_bytes_[literal], pattern});
      return false;
    }
    const bool is_new = (wanted >> pattern & 1U) == 0;
    if (is_new && looks_like_one(text, at, literal)) wanted |= std::uint64_t{1} << pattern;
    const std::size_t cut = open && text.size() - at <= kMaxToken ? cut_secret(text, at, literal) : npos;
    if (cut < text.size()) secrets.push_back({cut, text.size(), pattern});
    return false;
  });
  for (std::size_t pattern = 0; wanted != 0; ++pattern, wanted >>= 1U) {
    if ((wanted & 1U) == 0) continue;
    if (pattern == key_pattern_) {
      find_keys(text, secrets);
    } else {
      run(pattern, text, secrets);
    }
  }
  if (secrets.size() < 2) return;
  std::sort(secrets.begin(), secrets.end(),
            [](const Secret& a, const Secret& b) { return std::pair(a.begin, b.end) < std::pair(b.begin, a.end); });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < secrets.size(); ++i) {
    if (secrets[i].begin <= secrets[kept].end) {
      secrets[kept].end = std::max(secrets[kept].end, secrets[i].end);
    } else {
      secrets[++kept] = secrets[i];
    }
  }
  secrets.resize(kept + 1);
}

std::string_view Redactor::placeholder(std::size_t pattern) const {
  return patterns_[pattern].placeholder;
}

std::string redacted(const Redactor& redactor, std::string_view text) {
  std::vector<Redactor::Secret> secrets;
  if (redactor.next_suspect(text, 0) != Redactor::npos) redactor.find(text, /*open=*/false, secrets);
  std::string shown;
  std::size_t at = 0;
  for (const Redactor::Secret& secret : secrets) {
    shown.append(text.substr(at, secret.begin - at)).append(redactor.placeholder(secret.pattern));
    at = secret.end;
  }
  return shown.append(text.substr(at));
}

}  // namespace tailwater
