// Messages to the service manager after sd_notify(3): "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1",
// "STATUS=...". The protocol is one datagram and meant to be spoken without libsystemd. Thread: any. Nothing happens
// where NOTIFY_SOCKET is not set.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

/// A datagram socket to the manager; none where nobody asked for one.
[[nodiscard]] Result<UniqueFd> connect_to_service_manager();
/// Sends `state` (one or more VARIABLE=value lines). Success too where nobody asked for it.
Result<void> notify_service_manager(std::string_view state);
/// Half of the interval within which the manager wants to hear WATCHDOG=1 from this process, if it does.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace tailwater
