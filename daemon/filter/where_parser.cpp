#include "filter/where_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "filter/ascii.h"
#include "filter/quoted.h"

namespace tailwater {
namespace {

using Node = WhereNode;
using Parsed = tl::expected<Node, WhereError>;

constexpr std::string_view kBlanks = " \t\r\n";

bool begins_name(char c) {
  return is_alpha(c) || c == '_' || c == '@' || c == '$' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_in_name(char c) {
  return begins_name(c) || is_digit(c) || c == '-' || c == '/' || c == ':';
}

struct Operator {
  std::string_view text;
  Node::Kind kind = Node::Kind::kCompare;
  Node::Compare compare = Node::Compare::kEqual;
  bool negated = false;
};

/// Longer ones before those that they begin with.
constexpr std::array<Operator, 9> kOperators{{{"!=", Node::Kind::kCompare, Node::Compare::kNotEqual},
                                              {"<=", Node::Kind::kCompare, Node::Compare::kLessOrEqual},
                                              {">=", Node::Kind::kCompare, Node::Compare::kGreaterOrEqual},
                                              {"!~", Node::Kind::kMatch, Node::Compare::kEqual, /*negated=*/true},
                                              {"==", Node::Kind::kCompare, Node::Compare::kEqual},
                                              {"=", Node::Kind::kCompare, Node::Compare::kEqual},
                                              {"<", Node::Kind::kCompare, Node::Compare::kLess},
                                              {">", Node::Kind::kCompare, Node::Compare::kGreater},
                                              {"~", Node::Kind::kMatch, Node::Compare::kEqual}}};

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool spelt = !text.empty() && (is_digit(text.front()) || text.front() == '-' || text.front() == '.');
  if (error != std::errc{} || stop != end || !spelt || !(value - value == 0)) return std::nullopt;
  return value;
}

class Parser {
 public:
  Parser(std::string_view text, const WhereLimits& limits) : text_(text), limits_(limits) {}

  Parsed parse() {
    auto node = alternatives(0);
    if (!node) return node;
    skip_blanks();
    if (at_ == text_.size()) return node;
    if (text_[at_] == ')') return error(at_, "this ) closes nothing");
    return error(at_, fmt::format("{} is not expected here: join conditions with `and` or `or`", rest()));
  }

 private:
  [[nodiscard]] tl::unexpected<WhereError> error(std::size_t at, std::string message) const {
    return tl::unexpected(WhereError{at + 1, std::move(message)});
  }
  [[nodiscard]] std::string rest() const { return at_ == text_.size() ? "the end" : quoted(text_.substr(at_, 20)); }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  bool take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  /// `word` is in lower case and must stand alone.
  bool take_word(std::string_view word) {
    if (!equals_ignoring_case(text_.substr(at_, word.size()), word)) return false;
    const std::size_t end = at_ + word.size();
    if (end < text_.size() && is_in_name(text_[end])) return false;
    at_ = end;
    return true;
  }

  Parsed alternatives(std::size_t depth) {
    return joined(Node::Kind::kOr, "or", "||", [this, depth] { return conjunction(depth); });
  }
  Parsed conjunction(std::size_t depth) {
    return joined(Node::Kind::kAnd, "and", "&&", [this, depth] { return negation(depth); });
  }

  template <typename Operand>
  Parsed joined(Node::Kind kind, std::string_view word, std::string_view sign, const Operand& operand) {
    Node node;
    node.kind = kind;
    do {
      auto next = operand();
      if (!next) return next;
      node.operands.push_back(std::move(*next));
      skip_blanks();
    } while (take(sign) || take_word(word));
    return canonical(std::move(node));
  }

  Parsed negation(std::size_t depth) {
    skip_blanks();
    const std::size_t begin = at_;
    const bool sign = take("!");
    if (!sign && !take_word("not")) return primary(depth);
    if (depth >= limits_.max_depth) return error(begin, too_deep());
    auto inner = negation(depth + 1);
    if (!inner) return inner;
    Node node;
    node.kind = Node::Kind::kNot;
    node.operands.push_back(std::move(*inner));
    return canonical(std::move(node));
  }

  [[nodiscard]] std::string too_deep() const {
    return fmt::format("brackets and nots are nested more than {} deep", limits_.max_depth);
  }

  Parsed primary(std::size_t depth) {
    skip_blanks();
    const std::size_t begin = at_;
    if (take("(")) {
      if (depth >= limits_.max_depth) return error(begin, too_deep());
      auto inner = alternatives(depth + 1);
      if (!inner) return inner;
      skip_blanks();
      if (!take(")")) return error(at_, fmt::format("a ) is missing for the ( in column {}", begin + 1));
      return inner;
    }
    if (++terms_ > limits_.max_terms) {
      return error(begin, fmt::format("more than {} conditions", limits_.max_terms));
    }
    Node node;
    if (auto problem = subject(node)) return tl::unexpected(std::move(*problem));
    skip_blanks();
    if (is_presence_ && take("(")) return presence(begin);
    for (const Operator& each : kOperators) {
      if (take(each.text)) return operation(std::move(node), each);
    }
    node.kind = Node::Kind::kHas;
    return canonical(std::move(node));
  }

  /// Behind "has(".
  Parsed presence(std::size_t begin) {
    Node node;
    skip_blanks();
    if (auto problem = subject(node)) return tl::unexpected(std::move(*problem));
    skip_blanks();
    if (!take(")")) return error(at_, fmt::format("a ) is missing for the has( in column {}", begin + 1));
    node.kind = Node::Kind::kHas;
    return canonical(std::move(node));
  }

  std::optional<WhereError> subject(Node& node) {
    is_presence_ = false;
    const std::size_t begin = at_;
    if (take("`")) {
      const std::size_t close = text_.find('`', at_);
      if (close == std::string_view::npos) return WhereError{begin + 1, "the closing ` is missing"};
      node.name = text_.substr(at_, close - at_);
      at_ = close + 1;
      if (node.name.empty()) return WhereError{begin + 1, "the name between `` is empty"};
      return std::nullopt;
    }
    if (at_ == text_.size()) return WhereError{begin + 1, "a condition is missing: give one such as status>=500"};
    if (!begins_name(text_[at_])) {
      return WhereError{begin + 1, fmt::format("{} is no field: a name begins with a letter, _, @ or $, other names "
                                               "stand in backquotes",
                                               rest())};
    }
    while (at_ < text_.size() && is_in_name(text_[at_])) ++at_;
    std::string_view name = text_.substr(begin, at_ - begin);
    if (equals_ignoring_case(name, "and") || equals_ignoring_case(name, "or") || equals_ignoring_case(name, "not")) {
      return WhereError{begin + 1, fmt::format("a condition is missing before `{}`", name)};
    }
    is_presence_ = equals_ignoring_case(name, "has") || equals_ignoring_case(name, "exists");
    if (name.front() == '.') {
      name.remove_prefix(1);
      if (name.empty()) return WhereError{begin + 1, "a name is missing behind the dot"};
    } else {
      node.subject = name == "level"    ? Node::Subject::kLevel
                     : name == "file"   ? Node::Subject::kFile
                     : name == "stream" ? Node::Subject::kStream
                     : name == "line"   ? Node::Subject::kLine
                                        : Node::Subject::kField;
    }
    node.name = name;
    return std::nullopt;
  }

  Parsed operation(Node node, const Operator& op) {
    skip_blanks();
    const std::size_t begin = at_;
    node.kind = op.kind;
    node.compare = op.compare;
    node.negated = op.negated;
    bool is_quoted = false;
    if (auto problem = value(node.text, is_quoted, op.text)) return tl::unexpected(std::move(*problem));
    if (node.kind == Node::Kind::kMatch) {
      auto regex = RegexFilter::make(node.text, /*ignore_case=*/false, limits_.regex);
      if (!regex) return error(begin, regex.error().message);
      node.regex = std::move(*regex);
      return canonical(std::move(node));
    }
    if (node.subject == Node::Subject::kLevel) {
      node.level = parse_level(node.text);
      if (!node.level) {
        return error(
            begin, fmt::format("{} is no level: give trace, debug, info, warn, error or critical", quoted(node.text)));
      }
    } else if (!is_quoted) {
      node.number = number_of(node.text);
    }
    return canonical(std::move(node));
  }

  std::optional<WhereError> value(std::string& out, bool& is_quoted, std::string_view op) {
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    is_quoted = quote == '"' || quote == '\'';
    if (is_quoted) return quoted_value(out, quote);
    const std::size_t begin = at_;
    while (at_ < text_.size() && kBlanks.find(text_[at_]) == std::string_view::npos && text_[at_] != ')' &&
           text_[at_] != '(' && text_[at_] != '"' && text_[at_] != '\'') {
      ++at_;
    }
    out = text_.substr(begin, at_ - begin);
    const std::string_view word = out;
    if (word.empty() || equals_ignoring_case(word, "and") || equals_ignoring_case(word, "or")) {
      at_ = begin;
      return WhereError{begin + 1, fmt::format("a value is missing behind {}", op)};
    }
    if (word.find_first_of("=<>~") != std::string_view::npos) {
      return WhereError{begin + 1,
                        fmt::format("{} is no value: put text with such characters in quotes", quoted(word))};
    }
    return std::nullopt;
  }

  std::optional<WhereError> quoted_value(std::string& out, char quote) {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != quote) {
      // Any other escape is left to the regular expression that it probably belongs to.
      const std::string_view next = text_.substr(at_ + 1, 1);
      if (text_[at_] == '\\' && !next.empty() && (next.front() == quote || next.front() == '\\')) ++at_;
      out.push_back(text_[at_++]);
    }
    if (at_ == text_.size()) return WhereError{begin + 1, fmt::format("the closing {} is missing", quote)};
    ++at_;
    return std::nullopt;
  }

  std::string_view text_;
  const WhereLimits& limits_;
  std::size_t at_ = 0;
  std::size_t terms_ = 0;
  bool is_presence_ = false;  // the name just read was has or exists
};

}  // namespace

tl::expected<WhereNode, WhereError> parse_where(std::string_view text, const WhereLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return tl::unexpected(WhereError{limits.max_bytes + 1, fmt::format("the condition has {} bytes: at most {} are "
                                                                       "allowed",
                                                                       text.size(), limits.max_bytes)});
  }
  return Parser(text, limits).parse();
}

}  // namespace tailwater
