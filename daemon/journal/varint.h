// Varints (LEB128) and fixed little-endian numbers in and out of byte strings: the alphabet of the journal's records.
// Pure. A reader never goes past its bytes: after the first fault everything it gives is zero and ok() is false.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tailwater {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void fixed(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) out_.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>((value & 0x7f) | 0x80));
    out_.push_back(static_cast<char>(value));
  }
  /// Zigzag: small magnitudes stay short on either side of zero.
  void signed_varint(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void bytes(std::string_view text) {
    varint(text.size());
    out_.append(text);
  }

 private:
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  /// No fault so far.
  [[nodiscard]] bool ok() const { return ok_; }
  /// No fault, and nothing left over.
  [[nodiscard]] bool done() const { return ok_ && in_.empty(); }

  std::uint64_t fixed(std::size_t bytes) {
    if (!ok_ || in_.size() < bytes) return fault();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<std::uint8_t>(in_[i])} << (8 * i);
    in_.remove_prefix(bytes);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; ok_ && shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(in_.front());
      in_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    return fault();
  }
  std::uint32_t varint32() {
    const std::uint64_t value = varint();
    return value <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(value)
                                                              : static_cast<std::uint32_t>(fault());
  }
  std::int64_t signed_varint() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  /// A view into the bytes read from.
  std::string_view bytes() {
    const std::uint64_t length = varint();
    if (!ok_ || length > in_.size()) {
      fault();
      return {};
    }
    const auto text = in_.substr(0, length);
    in_.remove_prefix(length);
    return text;
  }

 private:
  std::uint64_t fault() {
    ok_ = false;
    return 0;
  }

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace tailwater
