// How many bytes a connected socket has taken from those who wrote to it, as the kernel counts them: the same number
// whoever holds the socket, also when the process that wrote has been killed. Thread: any.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace tailwater {

/// Of a TCP socket, whose peer connected to us: bytes acknowledged and bytes that still lie in the send queue. The
/// count begins somewhere; differences are exact.
[[nodiscard]] Result<std::uint64_t> bytes_taken_by_tcp(int fd);

/// The kernel's number of a socket, which no other socket gets while this system runs; 0 if it cannot be had.
[[nodiscard]] std::uint64_t socket_cookie(int fd);

}  // namespace tailwater
