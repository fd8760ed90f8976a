#include "base/glob.h"

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr std::string_view kWildcards = "*?[{\\";

/// The index just past the `]` that closes the bracket at `open`, or npos. A `]` right after `[` or `[!` is a member.
std::size_t bracket_end(std::string_view pattern, std::size_t open) {
  std::size_t at = open + 1;
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) ++at;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  while (at < pattern.size() && pattern[at] != ']') ++at;
  return at < pattern.size() ? at + 1 : std::string_view::npos;
}

bool bracket_holds(std::string_view members, char c) {
  const bool negated = !members.empty() && (members.front() == '!' || members.front() == '^');
  if (negated) members.remove_prefix(1);
  bool found = false;
  const auto byte = static_cast<unsigned char>(c);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto low = static_cast<unsigned char>(members[i]);
    if (i + 2 < members.size() && members[i + 1] == '-') {
      found |= low <= byte && byte <= static_cast<unsigned char>(members[i + 2]);
      i += 2;
    } else {
      found |= low == byte;
    }
  }
  return found != negated;
}

/// How one pattern element at `p` takes the character `c`: how far the pattern moves, or 0 if it does not take it.
std::size_t take_one(std::string_view p, char c) {
  if (p.front() == '?') return c == '/' ? 0 : 1;
  if (p.front() == '[') {
    const std::size_t end = bracket_end(p, 0);
    if (end != std::string_view::npos) return c != '/' && bracket_holds(p.substr(1, end - 2), c) ? end : 0;
  }
  if (p.front() == '\\' && p.size() > 1) return p[1] == c ? 2 : 0;
  return p.front() == c ? 1 : 0;
}

/// Where matching goes on after a mismatch: one more character for the last star of a kind.
struct Retry {
  std::size_t pattern = std::string_view::npos;
  std::size_t text = 0;
  [[nodiscard]] bool set() const { return pattern != std::string_view::npos; }
};

/// Classic two-pointer matching with one retry point each for `*` and `**`; linear in pattern x text.
bool match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  Retry star;
  Retry stars;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      const bool deep = p + 1 < pattern.size() && pattern[p + 1] == '*';
      while (p < pattern.size() && pattern[p] == '*') ++p;
      if (deep) {
        // "**/" takes no directory at all as well: a/**/b is a/b.
        const bool whole_component = p < pattern.size() && pattern[p] == '/' && (t == 0 || text[t - 1] == '/');
        if (whole_component) ++p;
        stars = {p, t};
        star = {};
      } else {
        star = {p, t};
      }
      continue;
    }
    if (t == text.size() && p == pattern.size()) return true;
    if (t < text.size() && p < pattern.size()) {
      const std::size_t taken = take_one(pattern.substr(p), text[t]);
      if (taken > 0) {
        p += taken;
        ++t;
        continue;
      }
    }
    if (star.set() && star.text < text.size() && text[star.text] != '/') {
      p = star.pattern;
      t = ++star.text;
    } else if (stars.set() && stars.text < text.size()) {
      p = stars.pattern;
      // After "**/" only the beginning of a component is a place to go on.
      const bool by_component = p > 0 && pattern[p - 1] == '/';
      do {
        ++stars.text;
      } while (by_component && stars.text < text.size() && text[stars.text - 1] != '/');
      t = stars.text;
      star = {};
    } else {
      return false;
    }
  }
}

struct Brace {
  std::size_t open = std::string_view::npos;
  std::size_t close = 0;
};

/// The first `{` outside brackets with its `}`; close == npos if it has none.
Brace find_brace(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '[') {
      const std::size_t end = bracket_end(pattern, i);
      if (end != std::string_view::npos) i = end - 1;
    } else if (pattern[i] == '{') {
      int depth = 0;
      for (std::size_t j = i; j < pattern.size(); ++j) {
        depth += pattern[j] == '{' ? 1 : pattern[j] == '}' ? -1 : 0;
        if (depth == 0) return {i, j};
      }
      return {i, std::string_view::npos};
    }
  }
  return {};
}

Result<void> check_brackets(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '[') {
      const std::size_t end = bracket_end(pattern, i);
      if (end == std::string_view::npos) {
        return fail(ErrorCode::kInvalid, fmt::format("glob '{}': the '[' at position {} has no ']'", pattern, i + 1));
      }
      i = end - 1;
    }
  }
  return {};
}

/// Replaces the first brace by each of its alternatives, and theirs in turn.
Result<void> expand(std::string_view pattern, std::string_view whole, std::vector<std::string>& out) {
  const Brace brace = find_brace(pattern);
  if (brace.open == std::string_view::npos) {
    if (out.size() == Glob::kMaxAlternatives) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("glob '{}': more than {} alternatives", whole, Glob::kMaxAlternatives));
    }
    out.emplace_back(pattern);
    return {};
  }
  if (brace.close == std::string_view::npos) {
    return fail(ErrorCode::kInvalid, fmt::format("glob '{}': the '{{' at position {} has no '}}'", whole,
                                                 whole.size() - pattern.size() + brace.open + 1));
  }
  const std::string_view inside = pattern.substr(brace.open + 1, brace.close - brace.open - 1);
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= inside.size(); ++i) {
    if (i < inside.size()) depth += inside[i] == '{' ? 1 : inside[i] == '}' ? -1 : 0;
    if (i < inside.size() && (inside[i] != ',' || depth > 0)) continue;
    std::string alternative(pattern.substr(0, brace.open));
    alternative.append(inside.substr(begin, i - begin)).append(pattern.substr(brace.close + 1));
    if (auto expanded = expand(alternative, whole, out); !expanded) return expanded;
    begin = i + 1;
  }
  return {};
}

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.empty()) return fail(ErrorCode::kInvalid, "a glob must not be empty");
  if (pattern.size() > kMaxLength) {
    return fail(ErrorCode::kInvalid, fmt::format("a glob of {} bytes is longer than {}", pattern.size(), kMaxLength));
  }
  if (pattern.find('\0') != std::string_view::npos) return fail(ErrorCode::kInvalid, "a glob must not hold a NUL byte");
  if (auto brackets = check_brackets(pattern); !brackets) return fail(brackets.error());
  Glob glob;
  glob.text_ = pattern;
  if (auto expanded = expand(pattern, pattern, glob.alternatives_); !expanded) return fail(expanded.error());
  glob.literal_ = pattern.find_first_of(kWildcards) == std::string_view::npos;
  return glob;
}

bool Glob::matches(std::string_view path) const {
  for (const std::string& alternative : alternatives_) {
    if (match(alternative, path)) return true;
  }
  return false;
}

}  // namespace tailwater
