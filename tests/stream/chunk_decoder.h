// ChunkDecoder: the body of a chunked HTTP/1.1 message (RFC 9112 section 7.1) from pieces of any size. Strict: what a
// lenient client would take and a strict one refuse is an error here. Extensions and trailers are errors too: we send
// none. Thread: one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tailwater {

class ChunkDecoder {
 public:
  /// Appends the data found in `bytes` to `data`. False at the first byte that is wrong, and from then on.
  [[nodiscard]] bool feed(std::string_view bytes, std::string& data) {
    for (const char c : bytes) {
      if (!step(c, data)) state_ = State::kWrong;
      if (state_ == State::kWrong) return false;
    }
    return true;
  }
  /// Nothing of a chunk is outstanding: the body could end here, or has.
  [[nodiscard]] bool between_chunks() const {
    return (state_ == State::kSize && digits_ == 0) || state_ == State::kEnd;
  }
  /// The last chunk was seen.
  [[nodiscard]] bool ended() const { return state_ == State::kEnd; }

 private:
  enum class State { kSize, kSizeLf, kData, kDataCr, kDataLf, kLastCr, kLastLf, kEnd, kWrong };

  bool step(char c, std::string& data) {
    switch (state_) {
      case State::kSize: return size_digit(c);
      case State::kSizeLf: state_ = left_ == 0 ? State::kLastCr : State::kData; return c == '\n';
      case State::kData:
        data.push_back(c);
        if (--left_ == 0) state_ = State::kDataCr;
        return true;
      case State::kDataCr: state_ = State::kDataLf; return c == '\r';
      case State::kDataLf:
        state_ = State::kSize;
        digits_ = 0;
        return c == '\n';
      case State::kLastCr: state_ = State::kLastLf; return c == '\r';
      case State::kLastLf: state_ = State::kEnd; return c == '\n';
      case State::kEnd:
      case State::kWrong: return false;
    }
    return false;
  }

  bool size_digit(char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    if (c == '\r' && digits_ > 0) {
      state_ = State::kSizeLf;
      return true;
    }
    const std::size_t digit = kHex.find(c);
    left_ = digits_ == 0 ? digit : left_ * 16 + digit;
    return digit != std::string_view::npos && ++digits_ <= 8;
  }

  State state_ = State::kSize;
  std::size_t left_ = 0;
  int digits_ = 0;
};

}  // namespace tailwater
