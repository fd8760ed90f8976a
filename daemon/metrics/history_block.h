// HistoryBlock: the values of all series at kPoints points of time that follow each other, and their form in a file.
// A block is whole in itself: it names its series. Pure. Format, in the machine's byte order:
//   magic u32, checksum u64 of all that follows; step in ms u32, first point i64, series u32; for each series
//   name u16 + bytes, members u16 + bytes, then u8: 0 no value, 1 one value f32 for all points, 2 kPoints values f32.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/rates.h"

namespace tailwater {

class HistoryBlock {
 public:
  static constexpr std::size_t kPoints = 120;
  /// What one block holds at most: over all those that came and went in its time.
  static constexpr std::size_t kMaxSeries = 10'000;
  using Column = std::array<float, kPoints>;

  /// `first` is the number of the first point: its time divided by `step_ms`; a multiple of kPoints.
  HistoryBlock(std::uint32_t step_ms, std::int64_t first) : step_ms_(step_ms), first_(first) {}

  [[nodiscard]] std::uint32_t step_ms() const { return step_ms_; }
  [[nodiscard]] std::int64_t first() const { return first_; }
  /// False if the series is a new one, and there is no place for it.
  bool set(const std::shared_ptr<const HistorySeries>& series, std::size_t point, double value);
  [[nodiscard]] bool holds(const HistorySeries& series) const { return by_members_.contains(series.members); }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < series_.size(); ++i) visit(*series_[i], columns_[i]);
  }
  [[nodiscard]] std::size_t size() const { return series_.size(); }

  [[nodiscard]] std::string encode() const;
  /// Nothing if the bytes are not what encode() wrote.
  [[nodiscard]] static std::optional<HistoryBlock> decode(std::string_view bytes);

 private:
  std::uint32_t step_ms_;
  std::int64_t first_;
  std::vector<std::shared_ptr<const HistorySeries>> series_;
  std::vector<Column> columns_;
  std::unordered_map<std::string_view, std::size_t> by_members_;  // views into series_
};

/// Visits visit(name, members, column) of an encoded block without making one; false if it is damaged. The views are
/// into `bytes`; columns are made for series that `wanted(name)` alone.
class HistoryBlockReader {
 public:
  explicit HistoryBlockReader(std::string_view bytes);
  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] std::uint32_t step_ms() const { return step_ms_; }
  [[nodiscard]] std::int64_t first() const { return first_; }
  /// The next series; false behind the last one, or where the bytes end too early.
  [[nodiscard]] bool next();
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::string_view members() const { return members_; }
  [[nodiscard]] HistoryBlock::Column column() const;

 private:
  template <typename T>
  bool take(T& value);
  bool take_text(std::string_view& text);

  std::string_view rest_;
  bool valid_ = false;
  std::uint32_t step_ms_ = 0;
  std::int64_t first_ = 0;
  std::uint32_t series_left_ = 0;
  std::string_view name_;
  std::string_view members_;
  std::string_view values_;
};

}  // namespace tailwater
