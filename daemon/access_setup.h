// From a configuration to who may do what: reads the token file and the keys that it names. Main thread; reads disks.
#pragma once

#include <string>

#include "access/access.h"
#include "config/configuration.h"
#include "config/load.h"

namespace tailwater {

/// All that is wrong, each with its option's name.
[[nodiscard]] tl::expected<AccessPolicy, Errors> access_policy(const Configuration& configuration);

/// What is allowed but unwise: a token file that everybody may read, anonymous reading that reads nothing.
[[nodiscard]] std::vector<std::string> access_warnings(const Configuration& configuration);

/// Tells whether a file is another than at the last look; a file that is not there is one too.
class FileStamp {
 public:
  explicit FileStamp(std::string path);
  [[nodiscard]] bool has_changed();

 private:
  [[nodiscard]] std::string look() const;

  std::string path_;
  std::string seen_;
};

}  // namespace tailwater
