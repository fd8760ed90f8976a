#include "http/paced_sink.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tailwater {

PacedSink::PacedSink(EventLoop& loop, const Clock& clock, std::unique_ptr<Sink> inner, ByteCount bytes_per_second,
                     SinkListener& listener)
    : clock_(clock),
      inner_(std::move(inner)),
      rate_(static_cast<double>(bytes_per_second)),
      burst_(std::max(rate_ / 10, static_cast<double>(kLeastBurst))),
      level_(burst_),
      filled_(clock.steady_now()),
      timer_(loop, [&listener] { listener.on_writable(); }) {}

void PacedSink::fill() {
  const SteadyTime now = clock_.steady_now();
  level_ = std::min(burst_, level_ + rate_ * std::chrono::duration<double>(now - filled_).count());
  filled_ = now;
}

Result<std::size_t> PacedSink::send(std::span<const std::string_view> pieces) {
  fill();
  auto room = static_cast<std::size_t>(std::max(level_, 0.0));
  std::array<std::string_view, kMaxPieces> parts;
  std::size_t count = 0;
  for (; count < pieces.size() && room > 0; ++count) {
    parts[count] = pieces[count].substr(0, room);
    room -= parts[count].size();
  }
  if (count == 0) return std::size_t{0};
  auto taken = inner_->send(std::span(parts).first(count));
  if (taken) level_ -= static_cast<double>(*taken);
  return taken;
}

/// For half a bucket, or for the socket if the bucket is not what is in the way.
void PacedSink::wait() {
  fill();
  if (level_ >= burst_ / 2 || !inner_->is_drained()) return inner_->wait();
  timer_.start_once(std::chrono::microseconds(static_cast<std::int64_t>((burst_ / 2 - level_) / rate_ * 1e6) + 1));
}

}  // namespace tailwater
