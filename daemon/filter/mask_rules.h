// MaskRules: lines by which a job says what is secret (`::add-mask::hunter2`), for streams whose files are the output
// of jobs. Such a line is never shown with its secret, whoever reads it; that the secret is hidden in what follows is
// up to those who know the file (stream/announced_secrets.h). Immutable, any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/capture_pattern.h"
#include "filter/redactor.h"

namespace tailwater {

class MaskRules {
 public:
  /// `redact` are the stream's entries, as Redactor's; `own` patterns with one group, `mask`.
  [[nodiscard]] static Result<std::shared_ptr<const MaskRules>> make(std::span<const std::string> redact,
                                                                     std::span<const std::string> own);

  /// Hides what the stream's entries say, and secrets where they are announced.
  [[nodiscard]] const std::shared_ptr<const Redactor>& redactor() const { return redactor_; }
  /// Can a line of these bytes announce one? False is sure.
  [[nodiscard]] bool may_announce(std::string_view bytes) const;
  /// Adds those that `line` announces, long enough ones only; a secret of several lines is one for each.
  void find(std::string_view line, std::vector<std::string>& secrets) const;

 private:
  std::shared_ptr<const Redactor> redactor_;
  std::vector<std::shared_ptr<const CapturePattern>> own_;
};

}  // namespace tailwater
