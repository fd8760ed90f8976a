#include "http/unchunked_view.h"

#include <algorithm>

namespace tailwater {
namespace {

/// The framing is our own: lower or upper case digits and nothing else.
std::uint64_t hex_value(char c) {
  return static_cast<std::uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

}  // namespace

bool UnchunkedView::skip_framing(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && expect_ != Expect::kData) {
    const char c = bytes[used++];
    switch (expect_) {
      case Expect::kSize:
        if (c == '\r') {
          expect_ = Expect::kSizeEnd;
        } else {
          left_ = left_ * 16 + hex_value(c);
        }
        break;
      case Expect::kSizeEnd: expect_ = left_ > 0 ? Expect::kData : Expect::kDataEnd; break;
      case Expect::kDataEnd:
        if (c == '\n') expect_ = Expect::kSize;
        break;
      case Expect::kData: break;
    }
  }
  cursor_.consume(used);
  return used > 0;
}

std::string_view UnchunkedView::peek() {
  while (true) {
    const std::string_view bytes = cursor_.peek();
    if (bytes.empty()) return {};
    if (expect_ == Expect::kData) return bytes.substr(0, left_);
    if (!skip_framing(bytes)) return {};
  }
}

void UnchunkedView::consume(std::size_t count) {
  cursor_.consume(count);
  left_ -= count;
  if (left_ == 0) expect_ = Expect::kDataEnd;
}

}  // namespace tailwater
