#include "sandbox/sandbox.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "sandbox/file_rules.h"
#include "sandbox/system_calls.h"

namespace tailwater {
namespace {

std::string errno_text(int errno_value) {
  return std::generic_category().message(errno_value);
}

/// What is missing is an error or a remark.
Result<void> miss(SandboxMode mode, SandboxState& state, std::string what) {
  state.missing.push_back(what);
  if (mode != SandboxMode::kRequired) return {};
  return fail(ErrorCode::kInvalid,
              fmt::format("the sandbox is required and cannot be had: {} (--sandbox best-effort does without)", what));
}

using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

constexpr std::uint32_t bit(int capability) {
  return std::uint32_t{1} << static_cast<unsigned>(capability);
}

/// Keeps `kept` of what there is, in the permitted and the effective set; the inheritable and ambient ones are emptied.
int drop_capabilities(const KeptCapabilities& kept, std::vector<std::string>& names) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return errno;
  // A service manager that gave none may also have forbidden to ask for fewer.
  if (sets[0].permitted == 0 && sets[1].permitted == 0 && sets[0].inheritable == 0 && sets[1].inheritable == 0)
    return 0;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  std::uint32_t wanted = 0;
  if (kept.read_any_file) wanted |= bit(CAP_DAC_READ_SEARCH);
  if (kept.bind_low_port) wanted |= bit(CAP_NET_BIND_SERVICE);
  const std::uint32_t left = sets[0].permitted & wanted;
  sets = {};
  sets[0].permitted = sets[0].effective = left;
  if (::syscall(SYS_capset, &header, sets.data()) != 0) return errno;
  if ((left & bit(CAP_DAC_READ_SEARCH)) != 0) names.emplace_back("dac_read_search");
  if ((left & bit(CAP_NET_BIND_SERVICE)) != 0) names.emplace_back("net_bind_service");
  return 0;
}

}  // namespace

SandboxMode sandbox_mode(std::string_view text) {
  if (text == "off") return SandboxMode::kOff;
  return text == "required" ? SandboxMode::kRequired : SandboxMode::kBestEffort;
}

int SandboxState::level() const {
  if (landlock == 0 && !calls && !no_new_privileges) return 0;
  return missing.empty() && landlock > 0 && calls ? 2 : 1;
}

std::string SandboxState::text() const {
  if (!wanted) return "off";
  std::string text = landlock > 0 ? fmt::format("files (landlock {})", landlock) : "";
  if (calls) text += text.empty() ? "system calls" : ", system calls";
  if (no_new_privileges) text += text.empty() ? "no new privileges" : ", no new privileges";
  for (const std::string& capability : capabilities) text += fmt::format(", keeps {}", capability);
  if (text.empty()) text = "nothing";
  for (const std::string& what : missing) text += fmt::format("; missing: {}", what);
  return text;
}

Result<void> sandbox_support() {
  if (landlock_version() == 0) {
    return fail(ErrorCode::kUnavailable, "this kernel has no Landlock, or it is not enabled (lsm=landlock,...)");
  }
  if (!can_filter_calls()) return fail(ErrorCode::kUnavailable, "this kernel has no seccomp filters");
  return {};
}

Result<void> confine_files(SandboxMode mode, const SandboxPaths& paths, const KeptCapabilities& kept,
                           SandboxState& state) {
  if (mode == SandboxMode::kOff) return {};
  state.wanted = true;
  state.no_new_privileges = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (!state.no_new_privileges) return miss(mode, state, "no_new_privs: " + errno_text(errno));
  // No core file and no other process of this user may look into our memory.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    if (auto fine = miss(mode, state, "not dumpable: " + errno_text(errno)); !fine) return fine;
  }
  if (const int failed = drop_capabilities(kept, state.capabilities); failed != 0) {
    if (auto fine = miss(mode, state, "no capabilities: " + errno_text(failed)); !fine) return fine;
  }
  if (landlock_version() == 0) return miss(mode, state, "files: this kernel has no Landlock");
  if (auto confined = restrict_files(paths); !confined) return miss(mode, state, "files: " + confined.error().message);
  state.landlock = landlock_version();
  return {};
}

Result<void> confine_calls(SandboxMode mode, SandboxState& state) {
  if (mode == SandboxMode::kOff) return {};
  if (auto filtered = filter_calls(); !filtered) {
    return miss(mode, state, "system calls: " + filtered.error().message);
  }
  state.calls = true;
  return {};
}

}  // namespace tailwater
