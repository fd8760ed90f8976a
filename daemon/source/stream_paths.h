// StreamPaths: which paths belong to a stream: those that its patterns match and its excludes do not. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "base/result.h"
#include "filter/record_splitter.h"
#include "source/ingest.h"
#include "source/path_pattern.h"

namespace tailwater {

class StreamPaths {
 public:
  [[nodiscard]] static Result<StreamPaths> parse(const StreamSource& source, std::string_view working_directory,
                                                 int max_glob_depth);

  [[nodiscard]] PathMatch match(std::string_view path) const;
  [[nodiscard]] Descent descent(std::string_view directory) const;
  [[nodiscard]] const std::vector<PathPattern>& patterns() const { return patterns_; }

 private:
  [[nodiscard]] bool is_excluded(std::string_view path) const;

  std::vector<PathPattern> patterns_;
  struct Exclude {
    Glob glob;
    bool whole_path = false;  // has a slash; else it matches the last component
  };
  std::vector<Exclude> excludes_;
};

/// A stream as Ingest follows it.
struct SourceStream {
  std::string name;
  StreamPaths paths;
  RecordRules records;
};

}  // namespace tailwater
