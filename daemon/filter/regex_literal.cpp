#include "filter/regex_literal.h"

#include <cstddef>
#include <utility>

#include "filter/ascii.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
/// What U+FFFD is in UTF-8: in a pattern it may stand for invalid bytes of a line.
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// RE2 takes `\` and a punctuation character for that character (RE2 syntax, "Escape sequences").
bool is_punctuation(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte < 0x7f && !is_alpha(c) && !is_digit(c) && c != '_';
}

/// Just past the class that opens at `open`, or npos for forms that are not read here.
std::size_t past_class(std::string_view pattern, std::size_t open) {
  std::size_t at = open + 1;
  if (at < pattern.size() && pattern[at] == '^') ++at;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  for (; at < pattern.size(); ++at) {
    if (pattern[at] == ']') return at + 1;
    if (pattern[at] == '[') return kNone;  // perhaps [:alpha:]
    if (pattern[at] == '\\') ++at;
  }
  return kNone;
}

/// Just past the group that opens at `open`, or npos for groups that may set flags and forms that are not read here.
std::size_t past_group(std::string_view pattern, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t at = open; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\\') {
      if (at + 1 < pattern.size() && pattern[at + 1] == 'Q') return kNone;
      at += 2;
    } else if (c == '[') {
      at = past_class(pattern, at);
      if (at == kNone) return kNone;
    } else if (c == '(') {
      const std::string_view head = pattern.substr(at, 4);
      if (head.starts_with("(?") && !head.starts_with("(?:") && head != "(?P<") return kNone;
      ++depth;
      ++at;
    } else {
      ++at;
      if (c == ')' && --depth == 0) return at;
    }
  }
  return kNone;
}

/// Length of the `{n}`, `{n,}` or `{n,m}` at the front of `text`; 0 if the brace is an ordinary character.
std::size_t repetition_length(std::string_view text) {
  std::size_t at = 1;
  const auto skip_digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > begin;
  };
  if (!skip_digits()) return 0;
  if (at < text.size() && text[at] == ',') {
    ++at;
    skip_digits();
  }
  return at < text.size() && text[at] == '}' ? at + 1 : 0;
}

/// Reads a pattern's top level from left to right and keeps the longest run of single characters.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view pattern) : pattern_(pattern) {}

  RequiredLiteral read() {
    while (at_ < pattern_.size()) {
      if (!read_one()) return {};
    }
    end_run();
    const bool whole = !broken_ && !longest_.empty();
    return {std::move(longest_), whole};
  }

 private:
  /// One atom and its repetition; false if nothing can be said about this pattern.
  bool read_one() {
    const char c = pattern_[at_];
    switch (c) {
      case '|':
      case ')': return false;
      case '(': return skip_to(past_group(pattern_, at_));
      case '[': return skip_to(past_class(pattern_, at_));
      case '.':
      case '^':
      case '$': return skip_to(at_ + 1);
      case '\\': return read_escape();
      default: break;
    }
    std::size_t length = 1;  // a whole UTF-8 character: repetition is of characters
    while (at_ + length < pattern_.size() && (pattern_[at_ + length] & '\xC0') == '\x80') ++length;
    const std::string_view character = pattern_.substr(at_, length);
    at_ += length;
    return add(character);
  }

  bool read_escape() {
    if (at_ + 1 >= pattern_.size()) return false;
    const char c = pattern_[at_ + 1];
    if (std::string_view("dDwWsSbBAz").find(c) != kNone) return skip_to(at_ + 2);
    if (!is_punctuation(c)) return false;
    at_ += 2;
    return add(pattern_.substr(at_ - 1, 1));
  }

  /// An atom that is no single fixed character ends the run.
  bool skip_to(std::size_t past) {
    if (past == kNone) return false;
    at_ = past;
    end_run();
    broken_ = true;
    skip_repetition();
    return true;
  }

  bool add(std::string_view character) {
    if (character == kReplacement) return false;
    const std::size_t before = at_;
    skip_repetition();
    const std::string_view repetition = pattern_.substr(before, at_ - before);
    if (repetition.empty() || repetition == "+" || repetition == "+?") run_ += character;
    if (!repetition.empty()) {
      end_run();
      broken_ = true;
    }
    return true;
  }

  void skip_repetition() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '*' || c == '+' || c == '?') {
        ++at_;
      } else if (c == '{') {
        const std::size_t length = repetition_length(pattern_.substr(at_));
        if (length == 0) return;
        at_ += length;
      } else {
        return;
      }
    }
  }

  void end_run() {
    if (run_.size() > longest_.size()) longest_ = run_;
    run_.clear();
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string run_;
  std::string longest_;
  bool broken_ = false;
};

/// The longest run that stands in every match whatever its case.
std::string foldable(std::string_view text) {
  std::string best;
  std::string run;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const char lower = at < text.size() ? to_lower(text[at]) : '\0';
    const bool folds = at < text.size() && static_cast<unsigned char>(lower) < 0x80 && lower != 'k' && lower != 's';
    if (folds) {
      run += lower;
      continue;
    }
    if (run.size() > best.size()) best = run;
    run.clear();
  }
  return best;
}

/// What is inside of one group that is the whole pattern, else the pattern.
std::string_view without_group(std::string_view pattern) {
  if (!pattern.starts_with('(') || past_group(pattern, 0) != pattern.size()) return pattern;
  const bool plain = !pattern.starts_with("(?");
  if (!plain && !pattern.starts_with("(?:")) return pattern;
  const std::size_t head = plain ? 1 : 3;
  return pattern.substr(head, pattern.size() - head - 1);
}

/// The alternatives of the top level; none where the pattern is not read here.
std::vector<std::string_view> alternatives_of(std::string_view pattern) {
  std::vector<std::string_view> alternatives;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '|') {
      alternatives.push_back(pattern.substr(begin, at - begin));
      begin = ++at;
    } else if (c == '\\') {
      if (at + 1 < pattern.size() && pattern[at + 1] == 'Q') return {};
      at += 2;
    } else if (c == '[' || c == '(') {
      at = c == '[' ? past_class(pattern, at) : past_group(pattern, at);
      if (at == kNone) return {};
    } else {
      ++at;
    }
  }
  alternatives.push_back(pattern.substr(begin));
  return alternatives;
}

}  // namespace

std::vector<std::string> required_alternatives_of(std::string_view pattern, bool ignore_case, std::size_t shortest) {
  std::vector<std::string> texts;
  for (const std::string_view alternative : alternatives_of(without_group(pattern))) {
    std::string text = required_literal_of(alternative).text;
    if (ignore_case) text = foldable(text);
    if (text.size() < shortest) return {};
    texts.push_back(std::move(text));
  }
  return texts;
}

RequiredLiteral required_literal_of(std::string_view pattern) {
  return LiteralReader(pattern).read();
}

}  // namespace tailwater
