// Where the journal and the spools live: the choice among the places that contract and custom know. Looks at the
// file system, makes nothing.
#pragma once

#include <string>
#include <string_view>

#include "config/environment.h"

namespace tailwater {

struct StateDirectory {
  std::string path;    ///< empty: keep state in memory
  std::string reason;  ///< why it is this one, in words for the start's line
};

/// `configured` is server.state_dir: empty, "none" or a path. Else $STATE_DIRECTORY (systemd.exec(5)), else
/// /var/lib/tailwater if it is or can be made writable, else ${XDG_STATE_HOME:-~/.local/state}/tailwater (XDG Base
/// Directory Specification), else memory.
[[nodiscard]] StateDirectory state_directory(std::string_view configured, const Environment& environment);

}  // namespace tailwater
