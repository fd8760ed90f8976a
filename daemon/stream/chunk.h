// Chunk framing of an HTTP/1.1 body (RFC 9112 section 7.1): size in hex, CRLF, data, CRLF. Pure. The last chunk, which
// ends the body, is http's to send.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tailwater {

/// Room for the longest size line and the closing CRLF.
inline constexpr std::size_t kMaxChunkOverhead = 20;

/// "1f4\r\n": what stands before `size` bytes of data. `size` is never 0: that would end the body.
[[nodiscard]] std::string chunk_head(std::size_t size);
inline constexpr std::string_view kChunkTail = "\r\n";

/// Appends `data` as one chunk; nothing for no data.
void append_chunk(std::string& out, std::string_view data);

}  // namespace tailwater
