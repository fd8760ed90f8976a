// PathPattern: one configured path, be it a file, a directory or a glob, as a test on paths and as a guide for the walk
// that looks for them. Pure: no disk; whether a path without wildcards is a file or a directory is decided by what is
// matched against it. A directory means every log below it, to the same depth as `**`. Paths are absolute and
// lexically normal. Immutable, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "base/result.h"

namespace tailwater {

enum class PathMatch : std::uint8_t {
  kNo,
  kFound,  ///< by a wildcard or below a directory: what does not look like a log is left out
  kNamed,  ///< the administrator wrote this very path
};

/// Whether a walk should go into a directory.
enum class Descent : std::uint8_t {
  kNo,
  kReal,    ///< if it is a directory itself: through symlinks a tree may be endless
  kFollow,  ///< also if it is a symlink to one (the caller checks where it leads)
};

class PathPattern {
 public:
  /// `working_directory` is put before a relative `text`. `max_depth` bounds the directories that one `**` (and a
  /// directory's tree) spans.
  [[nodiscard]] static Result<PathPattern> parse(std::string_view text, std::string_view working_directory,
                                                 int max_depth);

  [[nodiscard]] PathMatch match(std::string_view path) const;
  [[nodiscard]] Descent descent(std::string_view directory) const;

  /// One for each brace alternative.
  struct Root {
    std::string directory;  ///< where looking begins: the longest leading part without wildcards
    std::string named;      ///< the path itself if it has no wildcards (then `directory` is its parent), else empty
  };
  [[nodiscard]] const std::vector<Root>& roots() const { return roots_; }
  /// As it was written.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Component {
    enum class Kind : std::uint8_t { kLiteral, kWild, kAnyDepth };
    Kind kind = Kind::kLiteral;
    std::string text;         // kLiteral: without backslashes
    std::vector<Glob> globs;  // kWild: one
    [[nodiscard]] bool matches(std::string_view name) const;
  };
  using Components = std::vector<Component>;

  [[nodiscard]] Result<void> add_alternative(std::string_view absolute);
  [[nodiscard]] PathMatch match_named(std::string_view named, std::string_view path) const;
  [[nodiscard]] bool match_from(const Components& pattern, std::size_t at, const std::vector<std::string_view>& names,
                                std::size_t name) const;
  [[nodiscard]] Descent descent_from(const Components& pattern, std::size_t at,
                                     const std::vector<std::string_view>& names, std::size_t name) const;

  std::string text_;
  std::size_t max_depth_ = 0;
  std::vector<Root> roots_;
  std::vector<Components> alternatives_;  // parallel to roots_
};

/// Absolute, without `.`, `..`, doubled or trailing slashes. Lexical: symlinks are not looked at.
[[nodiscard]] std::string to_normal_path(std::string_view path, std::string_view working_directory);
/// The part before the last slash; "/" for what lies at the top.
[[nodiscard]] std::string_view parent_of(std::string_view path);
/// The part after the last slash.
[[nodiscard]] std::string_view name_of(std::string_view path);
/// Is `path` strictly below `directory`?
[[nodiscard]] bool is_below(std::string_view path, std::string_view directory);

}  // namespace tailwater
