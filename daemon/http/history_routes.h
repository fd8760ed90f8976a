// The routes that read the past: GET /api/records, /api/search, /api/histogram, /api/raw/{stream}/{file}. Pure but for
// what they ask of the backend: requests in, tasks for the history workers out.
#pragma once

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome answer_records(const Request& request, std::span<const std::string> captures,
                                     const Backend& backend);

[[nodiscard]] Outcome search_history(const Request& request, std::span<const std::string> captures,
                                     const Backend& backend);
[[nodiscard]] Outcome count_history(const Request& request, std::span<const std::string> captures,
                                    const Backend& backend);
[[nodiscard]] Outcome send_raw(const Request& request, std::span<const std::string> captures, const Backend& backend);

/// One range of a Range field (RFC 9110 section 14.1.2): its first byte and the one behind its last.
struct ByteRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};
/// nullopt: the whole; kInvalid: no range that we read, or several; kNotFound: nothing of it lies inside `size`.
[[nodiscard]] Result<std::optional<ByteRange>> parse_range(std::string_view field, std::uint64_t size);

/// The reply that a body of `start` becomes, or what an error is to its client.
[[nodiscard]] Reply body_reply(const TaskStart& start, Result<std::string> body);

}  // namespace tailwater
