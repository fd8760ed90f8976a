#include "source/stream_paths.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tailwater {

Result<StreamPaths> StreamPaths::parse(const StreamSource& source, std::string_view working_directory,
                                       int max_glob_depth) {
  StreamPaths paths;
  for (const std::string& text : source.paths) {
    auto pattern = PathPattern::parse(text, working_directory, max_glob_depth);
    if (!pattern) return fail(pattern.error().code, fmt::format("stream {}: {}", source.name, pattern.error().message));
    paths.patterns_.push_back(std::move(*pattern));
  }
  for (const std::string& text : source.excludes) {
    auto glob = Glob::parse(text);
    if (!glob) {
      return fail(glob.error().code, fmt::format("stream {}: exclude: {}", source.name, glob.error().message));
    }
    paths.excludes_.push_back({std::move(*glob), text.find('/') != std::string::npos});
  }
  return paths;
}

bool StreamPaths::is_excluded(std::string_view path) const {
  return std::any_of(excludes_.begin(), excludes_.end(), [&](const Exclude& exclude) {
    return exclude.glob.matches(exclude.whole_path ? path : name_of(path));
  });
}

PathMatch StreamPaths::match(std::string_view path) const {
  PathMatch best = PathMatch::kNo;
  for (const PathPattern& pattern : patterns_) best = std::max(best, pattern.match(path));
  return best != PathMatch::kNo && is_excluded(path) ? PathMatch::kNo : best;
}

Descent StreamPaths::descent(std::string_view directory) const {
  Descent best = Descent::kNo;
  for (const PathPattern& pattern : patterns_) best = std::max(best, pattern.descent(directory));
  // An excluded directory takes what is in it along.
  return best != Descent::kNo && is_excluded(directory) ? Descent::kNo : best;
}

}  // namespace tailwater
