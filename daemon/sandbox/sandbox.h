// Sandbox: takes from this process what it will not need any more, so that a hole in it is worth little. In two steps:
// files and privileges while there is one thread, which all later ones take after; system calls, for all threads at
// once, when every socket is open. Neither can be undone. Linux alone (landlock(7), seccomp(2), capabilities(7)).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tailwater {

enum class SandboxMode : std::uint8_t {
  kOff,
  kBestEffort,  ///< what the kernel offers; what it does not is told
  kRequired,    ///< all of it, or no start
};
/// "off", "best-effort" or "required"; anything else has been refused before.
[[nodiscard]] SandboxMode sandbox_mode(std::string_view text);

/// What stays reachable, as paths that exist; what does not exist is left out. A directory stands for all below it.
struct SandboxPaths {
  std::vector<std::string> read;
  std::vector<std::string> write;    ///< read, write, make and remove
  std::vector<std::string> sockets;  ///< directories in which a unix socket is made, and removed at the end
  std::vector<std::string> tidy;     ///< what is in these directories can be listed, and removed if nothing is in it
};

/// What of the sandbox is in force.
struct SandboxState {
  bool wanted = false;
  int landlock = 0;  ///< the version of its interface; 0: files are not confined
  bool calls = false;
  bool no_new_privileges = false;
  std::vector<std::string> capabilities;  ///< those that were kept
  std::vector<std::string> missing;       ///< what was wanted and is not there, with the reason

  /// 0: nothing, 1: a part, 2: all.
  [[nodiscard]] int level() const;
  /// For the start line and the log: "files (landlock 5), system calls, no privileges".
  [[nodiscard]] std::string text() const;
};

/// Would all of it work here? kUnavailable says what does not.
[[nodiscard]] Result<void> sandbox_support();

/// The capabilities that are kept if this process has them: those that a start as root cannot do without.
struct KeptCapabilities {
  bool read_any_file = false;  ///< CAP_DAC_READ_SEARCH
  bool bind_low_port = false;  ///< CAP_NET_BIND_SERVICE
};

/// No new privileges, not dumpable, no capabilities but the kept ones, no files but those of `paths`. To be called
/// while there is one thread. With kRequired an error if anything is missing, else `state` says so.
[[nodiscard]] Result<void> confine_files(SandboxMode mode, const SandboxPaths& paths, const KeptCapabilities& kept,
                                         SandboxState& state);
/// No system calls but those of serving: no exec, no ptrace, no sockets but unix ones. For every thread there is or
/// will be.
[[nodiscard]] Result<void> confine_calls(SandboxMode mode, SandboxState& state);

}  // namespace tailwater
