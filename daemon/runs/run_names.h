// What a run is called, from the path of its file: its name in the stream (which addresses are made of), and the name,
// attempt and labels that its path spells. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "filter/capture_pattern.h"
#include "runs/run.h"

namespace tailwater {

/// How one stream's files are named. Immutable once made.
class RunNaming {
 public:
  RunNaming() = default;
  /// `patterns` are the stream's own paths; `spool` is the folder of what is pushed to it, empty if nothing can be.
  /// Without `match` a number at the end is the attempt.
  RunNaming(const std::vector<std::string>& patterns, std::string spool, std::shared_ptr<const CapturePattern> match);

  /// Was it pushed?
  [[nodiscard]] bool is_pushed(std::string_view path) const;
  /// "build-17" of a pushed file; of any other what stands behind the folder that all of the stream's files are in.
  /// Valid UTF-8 without control characters.
  [[nodiscard]] std::string file_of(std::string_view path) const;
  /// Where what is pushed to `file` is kept.
  [[nodiscard]] std::string pushed_path(std::string_view file) const;
  /// With `stream` and `file` as they are given.
  [[nodiscard]] RunIdentity identity_of(std::string stream, std::string file, std::string_view path) const;

 private:
  std::string spool_;      // ends with a slash, unless it is empty; as the next
  std::string folder_;     // of what is not pushed
  std::string directory_;  // the stream's only pattern, where it has no wildcards and so may be one
  std::shared_ptr<const CapturePattern> match_;
};

/// "web/build-17.log": "web/build", 17. A number that fits no attempt is part of the name.
void name_by_default(std::string_view file, RunIdentity& identity);

}  // namespace tailwater
