#include "filter/where.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "filter/where_node.h"
#include "filter/where_parser.h"

namespace tailwater {
namespace {

using Node = WhereNode;

std::string_view to_text(Node::Compare compare) {
  switch (compare) {
    case Node::Compare::kEqual: return "=";
    case Node::Compare::kNotEqual: return "!=";
    case Node::Compare::kLess: return "<";
    case Node::Compare::kLessOrEqual: return "<=";
    case Node::Compare::kGreater: return ">";
    case Node::Compare::kGreaterOrEqual: return ">=";
  }
  return {};
}

std::string quoted_value(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + '"';
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string subject_text(const Node& node) {
  switch (node.subject) {
    case Node::Subject::kLevel: return "level";
    case Node::Subject::kFile: return "file";
    case Node::Subject::kStream: return "stream";
    case Node::Subject::kLine: return "line";
    case Node::Subject::kField: break;
  }
  return '`' + node.name + '`';
}

std::string term_text(const Node& node) {
  std::string subject = subject_text(node);
  if (node.kind == Node::Kind::kHas) return "has(" + subject + ")";
  if (node.kind == Node::Kind::kMatch) return subject + (node.negated ? "!~" : "~") + quoted_value(node.text);
  const std::string value = node.level    ? std::string(to_text(*node.level))
                            : node.number ? number_text(*node.number)
                                          : quoted_value(node.text);
  return subject.append(to_text(node.compare)) + value;
}

/// How much it costs to ask: cheap ones first.
int cost(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kAnd:
    case Node::Kind::kOr:
    case Node::Kind::kNot: {
      int sum = 0;
      for (const Node& operand : node.operands) sum += cost(operand);
      return sum;
    }
    case Node::Kind::kHas:
    case Node::Kind::kCompare: return node.subject == Node::Subject::kField ? 10 : 1;
    case Node::Kind::kMatch: return node.subject == Node::Subject::kField ? 12 : 2;
  }
  return 0;
}

bool holds(int order, Node::Compare compare) {
  switch (compare) {
    case Node::Compare::kEqual: return order == 0;
    case Node::Compare::kNotEqual: return order != 0;
    case Node::Compare::kLess: return order < 0;
    case Node::Compare::kLessOrEqual: return order <= 0;
    case Node::Compare::kGreater: return order > 0;
    case Node::Compare::kGreaterOrEqual: return order >= 0;
  }
  return false;
}

int sign(std::string_view a, std::string_view b) {
  const int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end || !(value - value == 0)) return std::nullopt;
  return value;
}

bool compare_value(const Node& node, std::string_view value) {
  if (node.number) {
    if (const auto number = as_number(value)) {
      return holds(*number < *node.number ? -1 : *number > *node.number ? 1 : 0, node.compare);
    }
    // Text is no more and no less than a number; it is another value.
    if (node.compare != Node::Compare::kEqual && node.compare != Node::Compare::kNotEqual) return false;
  }
  return holds(sign(value, node.text), node.compare);
}

/// A path is equal to itself and to its last component, as with file=.
bool compare_path(const Node& node, std::string_view path) {
  const bool whole = node.text.find('/') != std::string::npos;
  return holds(sign(whole ? path : path.substr(path.rfind('/') + 1), node.text), node.compare);
}

bool test_value(const Node& node, std::string_view value) {
  switch (node.kind) {
    case Node::Kind::kHas: return true;
    case Node::Kind::kMatch: return node.regex->matches(value) != node.negated;
    case Node::Kind::kCompare: return compare_value(node, value);
    case Node::Kind::kAnd:
    case Node::Kind::kOr:
    case Node::Kind::kNot: break;
  }
  return false;
}

bool test(const Node& node, const RecordFacts& record) {
  switch (node.subject) {
    case Node::Subject::kLevel: {
      const auto level = record.level();
      if (!level) return false;
      if (!node.level) return test_value(node, to_text(*level));
      return holds(static_cast<int>(*level) - static_cast<int>(*node.level), node.compare);
    }
    case Node::Subject::kFile:
      return node.kind == Node::Kind::kCompare ? compare_path(node, record.path()) : test_value(node, record.path());
    case Node::Subject::kStream: return test_value(node, record.stream());
    case Node::Subject::kLine: return test_value(node, record.line());
    case Node::Subject::kField: break;
  }
  const auto field = record.fields().find(node.name);
  return field && test_value(node, field->value);
}

bool evaluate(const Node& node, const RecordFacts& record) {
  const auto holds_for = [&record](const Node& operand) { return evaluate(operand, record); };
  switch (node.kind) {
    case Node::Kind::kAnd: return std::all_of(node.operands.begin(), node.operands.end(), holds_for);
    case Node::Kind::kOr: return std::any_of(node.operands.begin(), node.operands.end(), holds_for);
    case Node::Kind::kNot: return !evaluate(node.operands.front(), record);
    case Node::Kind::kHas:
    case Node::Kind::kCompare:
    case Node::Kind::kMatch: return test(node, record);
  }
  return false;
}

/// The longest of the texts that all of an `and` need in the line itself.
std::string_view literal_of(const Node& node) {
  std::string_view longest;
  if (node.kind == Node::Kind::kAnd) {
    for (const Node& operand : node.operands) {
      const std::string_view one = literal_of(operand);
      if (one.size() > longest.size()) longest = one;
    }
  }
  const bool in_line = node.subject == Node::Subject::kLine && node.kind == Node::Kind::kMatch && !node.negated;
  return in_line ? node.regex->required_literal() : longest;
}

void flatten(Node& node) {
  std::vector<Node> flat;
  for (Node& operand : node.operands) {
    if (operand.kind != node.kind) {
      flat.push_back(std::move(operand));
      continue;
    }
    for (Node& inner : operand.operands) flat.push_back(std::move(inner));
  }
  node.operands = std::move(flat);
}

}  // namespace

WhereNode canonical(WhereNode node) {
  if (node.kind == Node::Kind::kNot) {
    if (node.operands.front().kind == Node::Kind::kNot) return std::move(node.operands.front().operands.front());
    node.canonical = "not " + node.operands.front().canonical;
    return node;
  }
  if (node.kind != Node::Kind::kAnd && node.kind != Node::Kind::kOr) {
    node.canonical = term_text(node);
    return node;
  }
  flatten(node);
  std::sort(node.operands.begin(), node.operands.end(), [](const Node& a, const Node& b) {
    const int difference = cost(a) - cost(b);
    return difference != 0 ? difference < 0 : a.canonical < b.canonical;
  });
  const auto same = [](const Node& a, const Node& b) { return a.canonical == b.canonical; };
  node.operands.erase(std::unique(node.operands.begin(), node.operands.end(), same), node.operands.end());
  if (node.operands.size() == 1) return std::move(node.operands.front());
  node.canonical = "(";
  for (const Node& operand : node.operands) {
    if (node.canonical.size() > 1) node.canonical += node.kind == Node::Kind::kAnd ? " and " : " or ";
    node.canonical += operand.canonical;
  }
  node.canonical += ")";
  return node;
}

Where::Where(std::shared_ptr<const WhereNode> root)
    : root_(std::move(root)), text_(root_->canonical), required_literal_(literal_of(*root_)) {}

Where::~Where() = default;

tl::expected<std::shared_ptr<const Where>, WhereError> Where::parse(std::string_view text, const WhereLimits& limits) {
  auto node = parse_where(text, limits);
  if (!node) return tl::unexpected(std::move(node.error()));
  return std::make_shared<const Where>(std::make_shared<const WhereNode>(std::move(*node)));
}

std::shared_ptr<const Where> Where::all_of(std::shared_ptr<const Where> a, std::shared_ptr<const Where> b) {
  if (!a) return b;
  if (!b) return a;
  WhereNode node;
  node.kind = WhereNode::Kind::kAnd;
  node.operands = {*a->root_, *b->root_};
  return std::make_shared<const Where>(std::make_shared<const WhereNode>(canonical(std::move(node))));
}

bool Where::matches(const RecordFacts& record) const {
  return evaluate(*root_, record);
}

}  // namespace tailwater
