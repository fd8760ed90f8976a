// StateWriter and StateReader: values to bytes and back, by one function for both directions:
//   template <typename Archive> void archive(Archive& a) { a(name_); a(count_); }
// Numbers are varints, lists have their size before them. A reader takes any bytes: what does not fit makes it bad, and
// everything read after that is left as it was. Private to runs/.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tailwater {

template <typename T>
concept PlainNumber = std::unsigned_integral<T> && !std::same_as<T, bool>;

class StateWriter {
 public:
  explicit StateWriter(std::string& out) : out_(out) {}

  void operator()(const std::string& text) {
    number(text.size());
    out_.append(text);
  }
  void operator()(bool flag) { number(flag ? 1 : 0); }
  void operator()(PlainNumber auto value) { number(value); }
  void operator()(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void operator()(WallTime time) { number(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  template <typename T>
  requires std::is_enum_v<T>
  void operator()(T value) { number(static_cast<std::uint64_t>(value)); }
  template <typename T>
  void operator()(const std::optional<T>& value) {
    number(value ? 1 : 0);
    if (value) (*this)(*value);
  }
  template <typename T>
  void operator()(const std::vector<T>& list) {
    number(list.size());
    for (const T& one : list) (*this)(one);
  }
  /// A struct with a function archive(a, value) beside it.
  template <typename T>
  requires std::is_class_v<T>
  void operator()(const T& value) { archive(*this, const_cast<T&>(value)); }

 private:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) out_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    out_.push_back(static_cast<char>(value));
  }
  std::string& out_;
};

class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool good() const { return good_; }
  /// Everything was read, and nothing is left.
  [[nodiscard]] bool done() const { return good_ && rest_.empty(); }
  void refuse() { good_ = false; }

  void operator()(std::string& text) {
    const std::uint64_t size = number();
    if (size > rest_.size()) good_ = false;
    if (!good_) return;
    text.assign(rest_.substr(0, static_cast<std::size_t>(size)));
    rest_.remove_prefix(static_cast<std::size_t>(size));
  }
  void operator()(bool& flag) { flag = number() == 1; }
  template <PlainNumber T>
  void operator()(T& value) {
    const std::uint64_t wide = number();
    value = static_cast<T>(wide);
    if (value != wide) good_ = false;
  }
  void operator()(double& value) {
    value = std::bit_cast<double>(number());
    if (!(value >= -1 && value <= 1)) refuse_as(value);
  }
  void operator()(WallTime& time) { time = WallTime(Milliseconds(static_cast<std::int64_t>(number()))); }
  /// The last of each enum is known to kLast<>.
  template <typename T>
  requires std::is_enum_v<T>
  void operator()(T& value) {
    const std::uint64_t wide = number();
    if (wide > static_cast<std::uint64_t>(last_of(T{}))) {
      good_ = false;
      return;
    }
    value = static_cast<T>(wide);
  }
  template <typename T>
  void operator()(std::optional<T>& value) {
    value.reset();
    if (number() != 1 || !good_) return;
    value.emplace();
    (*this)(*value);
  }
  template <typename T>
  void operator()(std::vector<T>& list) {
    const std::uint64_t size = number();
    if (size > rest_.size()) good_ = false;  // each element has a byte at least
    list.clear();
    for (std::uint64_t i = 0; good_ && i < size; ++i) (*this)(list.emplace_back());
  }
  template <typename T>
  requires std::is_class_v<T>
  void operator()(T& value) { archive(*this, value); }

 private:
  void refuse_as(double& value) {
    value = 0;
    good_ = false;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; good_; shift += 7) {
      if (rest_.empty() || shift > 63) {
        good_ = false;
        break;
      }
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace tailwater
