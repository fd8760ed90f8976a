// UnchunkedView: a cursor's bytes without their chunk framing, for HTTP/1.0 clients, which know no chunks (RFC 9112
// section 7.1). Nothing is copied: it gives the data between the size lines, piece by piece. Client thread only.
#pragma once

#include <cstdint>
#include <string_view>

#include "stream/stream_service.h"

namespace tailwater {

class UnchunkedView {
 public:
  /// The cursor must stand at the beginning of a chunk, and outlive the view.
  explicit UnchunkedView(Cursor& cursor) : cursor_(cursor) {}

  /// As Cursor::peek(): the data to send next; empty if there is none now.
  [[nodiscard]] std::string_view peek();
  void consume(std::size_t count);

 private:
  enum class Expect : std::uint8_t { kSize, kSizeEnd, kData, kDataEnd };
  /// Takes what is framing off the front of the cursor's bytes; false if there are none.
  bool skip_framing(std::string_view bytes);

  Cursor& cursor_;
  std::uint64_t left_ = 0;  ///< of the chunk's data
  Expect expect_ = Expect::kSize;
};

}  // namespace tailwater
