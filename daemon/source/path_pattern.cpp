#include "source/path_pattern.h"

#include <algorithm>

#include <fmt/format.h>

#include "source/skipped_names.h"

namespace tailwater {
namespace {

std::vector<std::string_view> split_names(std::string_view path) {
  std::vector<std::string_view> names;
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    if (slash > at) names.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return names;
}

bool has_wildcard(std::string_view component) {
  for (std::size_t i = 0; i < component.size(); ++i) {
    if (component[i] == '\\') {
      ++i;
    } else if (component[i] == '*' || component[i] == '?' || component[i] == '[') {
      return true;
    }
  }
  return false;
}

std::string without_backslashes(std::string_view component) {
  std::string plain;
  for (std::size_t i = 0; i < component.size(); ++i) {
    if (component[i] == '\\' && i + 1 < component.size()) ++i;
    plain += component[i];
  }
  return plain;
}

bool is_hidden(std::string_view name) {
  return name.starts_with('.');
}

}  // namespace

std::string to_normal_path(std::string_view path, std::string_view working_directory) {
  std::string absolute;
  if (!path.starts_with('/')) absolute.append(working_directory).append("/");
  absolute.append(path);
  std::vector<std::string_view> kept;
  for (const std::string_view name : split_names(absolute)) {
    if (name == ".") continue;
    if (name != "..") {
      kept.push_back(name);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string normal;
  for (const std::string_view name : kept) normal.append("/").append(name);
  return normal.empty() ? "/" : normal;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? std::string_view("/") : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.size() > 1;
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

bool PathPattern::Component::matches(std::string_view name) const {
  if (kind == Kind::kLiteral) return name == text;
  // As in shells, a wildcard does not find what is hidden unless the dot was written.
  return (!is_hidden(name) || is_hidden(text)) && globs.front().matches(name);
}

Result<PathPattern> PathPattern::parse(std::string_view text, std::string_view working_directory, int max_depth) {
  auto glob = Glob::parse(text);
  if (!glob) return fail(glob.error());
  PathPattern pattern;
  pattern.text_ = text;
  pattern.max_depth_ = static_cast<std::size_t>(std::max(max_depth, 0));
  for (const std::string& alternative : glob->alternatives()) {
    if (alternative.empty()) {
      return fail(ErrorCode::kInvalid, fmt::format("path '{}': one of its alternatives is empty", text));
    }
    if (auto added = pattern.add_alternative(to_normal_path(alternative, working_directory)); !added) {
      return fail(added.error());
    }
  }
  return pattern;
}

Result<void> PathPattern::add_alternative(std::string_view absolute) {
  Components components;
  Root root;
  bool wild = false;
  for (const std::string_view name : split_names(absolute)) {
    Component component;
    component.text = name;
    if (name == "**") {
      // Two in a row say no more than one.
      if (!components.empty() && components.back().kind == Component::Kind::kAnyDepth) continue;
      component.kind = Component::Kind::kAnyDepth;
    } else if (has_wildcard(name)) {
      component.kind = Component::Kind::kWild;
      auto glob = Glob::parse(name);
      if (!glob) return fail(glob.error());
      component.globs.push_back(std::move(*glob));
    } else {
      component.text = without_backslashes(name);
    }
    wild = wild || component.kind != Component::Kind::kLiteral;
    if (!wild) root.directory.append("/").append(component.text);
    components.push_back(std::move(component));
  }
  if (root.directory.empty()) root.directory = "/";
  if (!wild) {
    root.named = root.directory;
    root.directory = parent_of(root.named);
  }
  roots_.push_back(std::move(root));
  alternatives_.push_back(std::move(components));
  return {};
}

PathMatch PathPattern::match(std::string_view path) const {
  PathMatch best = PathMatch::kNo;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < roots_.size() && best != PathMatch::kNamed; ++i) {
    PathMatch found = PathMatch::kNo;
    if (!roots_[i].named.empty()) {
      found = match_named(roots_[i].named, path);
    } else if (is_below(path, roots_[i].directory)) {
      if (names.empty()) names = split_names(path);
      // A glob finds compressed files only if its text ends as they do.
      const std::string_view opaque = opaque_suffix(name_of(path));
      const bool wanted = opaque.empty() || alternatives_[i].back().text.ends_with(opaque);
      if (wanted && match_from(alternatives_[i], 0, names, 0)) found = PathMatch::kFound;
    }
    best = std::max(best, found);
  }
  return best;
}

PathMatch PathPattern::match_named(std::string_view named, std::string_view path) const {
  if (path == named) return PathMatch::kNamed;
  if (!is_below(path, named) || is_skipped_by_default(name_of(path))) return PathMatch::kNo;
  const auto below = split_names(path.substr(named.size()));
  const bool hidden = std::any_of(below.begin(), below.end(), is_hidden);
  return hidden || below.size() > max_depth_ + 1 ? PathMatch::kNo : PathMatch::kFound;
}

bool PathPattern::match_from(const Components& pattern, std::size_t at, const std::vector<std::string_view>& names,
                             std::size_t name) const {
  for (; at < pattern.size() && pattern[at].kind != Component::Kind::kAnyDepth; ++at, ++name) {
    if (name == names.size() || !pattern[at].matches(names[name])) return false;
  }
  if (at == pattern.size()) return name == names.size();
  const bool last = at + 1 == pattern.size();
  for (std::size_t taken = 0; taken <= max_depth_ && name + taken < names.size(); ++taken) {
    const std::string_view next = names[name + taken];
    if (last && name + taken + 1 == names.size()) return !is_hidden(next);
    if (!last && match_from(pattern, at + 1, names, name + taken)) return true;
    if (is_hidden(next)) return false;
  }
  return false;
}

Descent PathPattern::descent(std::string_view directory) const {
  Descent best = Descent::kNo;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < roots_.size() && best != Descent::kFollow; ++i) {
    const Root& root = roots_[i];
    if (directory == (root.named.empty() ? root.directory : root.named)) return Descent::kFollow;
    if (!root.named.empty()) {
      if (!is_below(directory, root.named)) continue;
      const auto below = split_names(directory.substr(root.named.size()));
      const bool hidden = std::any_of(below.begin(), below.end(), is_hidden);
      if (!hidden && below.size() <= max_depth_) best = std::max(best, Descent::kReal);
    } else if (is_below(directory, root.directory)) {
      if (names.empty()) names = split_names(directory);
      best = std::max(best, descent_from(alternatives_[i], 0, names, 0));
    }
  }
  return best;
}

Descent PathPattern::descent_from(const Components& pattern, std::size_t at, const std::vector<std::string_view>& names,
                                  std::size_t name) const {
  for (; at < pattern.size() && pattern[at].kind != Component::Kind::kAnyDepth; ++at, ++name) {
    if (name == names.size()) return Descent::kFollow;
    if (!pattern[at].matches(names[name])) return Descent::kNo;
  }
  if (at == pattern.size()) return Descent::kNo;  // the pattern is used up: nothing below can match
  if (name == names.size()) return Descent::kFollow;
  Descent best = Descent::kNo;
  for (std::size_t taken = 0; taken <= max_depth_; ++taken) {
    if (name + taken == names.size()) return std::max(best, Descent::kReal);
    if (at + 1 < pattern.size()) best = std::max(best, descent_from(pattern, at + 1, names, name + taken));
    if (is_hidden(names[name + taken])) break;
  }
  return best;
}

}  // namespace tailwater
