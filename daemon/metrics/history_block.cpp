#include "metrics/history_block.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr std::uint32_t kMagic = 0x31485754;  // "TWH1"
constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

template <typename T>
void put(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void put_text(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint16_t>(std::min<std::size_t>(text.size(), 0xffff));
  put(out, size);
  out.append(text.substr(0, size));
}

void put_column(std::string& out, const HistoryBlock::Column& column) {
  const bool same = std::all_of(column.begin(), column.end(), [&column](float value) {
    return value == column.front() || (std::isnan(value) && std::isnan(column.front()));
  });
  if (same && std::isnan(column.front())) return put<std::uint8_t>(out, 0);
  put<std::uint8_t>(out, same ? 1 : 2);
  for (std::size_t i = 0; i < (same ? 1 : column.size()); ++i) put(out, column[i]);
}

}  // namespace

bool HistoryBlock::set(const std::shared_ptr<const HistorySeries>& series, std::size_t point, double value) {
  auto found = by_members_.find(series->members);
  if (found == by_members_.end()) {
    if (series_.size() >= kMaxSeries) return false;
    found = by_members_.emplace(series->members, series_.size()).first;
    series_.push_back(series);
    columns_.emplace_back().fill(kNoValue);
  }
  columns_[found->second][point] = static_cast<float>(value);
  return true;
}

std::string HistoryBlock::encode() const {
  std::string body;
  put(body, step_ms_);
  put(body, first_);
  put(body, static_cast<std::uint32_t>(series_.size()));
  for (std::size_t i = 0; i < series_.size(); ++i) {
    put_text(body, series_[i]->name);
    put_text(body, series_[i]->members);
    put_column(body, columns_[i]);
  }
  std::string out;
  put(out, kMagic);
  put(out, fingerprint(body));
  return out + body;
}

std::optional<HistoryBlock> HistoryBlock::decode(std::string_view bytes) {
  HistoryBlockReader reader(bytes);
  if (!reader.valid()) return std::nullopt;
  HistoryBlock block(reader.step_ms(), reader.first());
  while (reader.next()) {
    const Column column = reader.column();
    const auto series =
        std::make_shared<const HistorySeries>(HistorySeries{std::string(reader.name()), std::string(reader.members())});
    for (std::size_t point = 0; point < kPoints; ++point) {
      if (!std::isnan(column[point])) block.set(series, point, static_cast<double>(column[point]));
    }
  }
  return block;
}

HistoryBlockReader::HistoryBlockReader(std::string_view bytes) : rest_(bytes) {
  std::uint32_t magic = 0;
  std::uint64_t checksum = 0;
  if (!take(magic) || magic != kMagic || !take(checksum) || checksum != fingerprint(rest_)) return;
  valid_ = take(step_ms_) && take(first_) && take(series_left_) && step_ms_ > 0;
}

template <typename T>
bool HistoryBlockReader::take(T& value) {
  if (rest_.size() < sizeof(T)) return false;
  std::memcpy(&value, rest_.data(), sizeof(T));
  rest_.remove_prefix(sizeof(T));
  return true;
}

bool HistoryBlockReader::take_text(std::string_view& text) {
  std::uint16_t size = 0;
  if (!take(size) || rest_.size() < size) return false;
  text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool HistoryBlockReader::next() {
  if (!valid_ || series_left_ == 0) return false;
  --series_left_;
  std::uint8_t kind = 0;
  if (!take_text(name_) || !take_text(members_) || !take(kind) || kind > 2) return false;
  const std::size_t count = kind == 2 ? HistoryBlock::kPoints : kind;
  if (rest_.size() < count * sizeof(float)) return false;
  values_ = rest_.substr(0, count * sizeof(float));
  rest_.remove_prefix(values_.size());
  return true;
}

HistoryBlock::Column HistoryBlockReader::column() const {
  HistoryBlock::Column column;
  column.fill(kNoValue);
  if (values_.size() == sizeof(float)) {
    float value = 0;
    std::memcpy(&value, values_.data(), sizeof(float));
    column.fill(value);
  } else {
    std::memcpy(column.data(), values_.data(), values_.size());
  }
  return column;
}

}  // namespace tailwater
