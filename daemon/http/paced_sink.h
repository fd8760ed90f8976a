// PacedSink: another sink, at no more than so many bytes a second: a bucket that fills at that rate and holds a tenth
// of a second's worth. Who waits for it does not count as stalled. Client thread only.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "http/sink.h"

namespace tailwater {

class PacedSink final : public Sink {
 public:
  static constexpr std::size_t kLeastBurst = 4 << 10;

  /// `listener` is that of `inner` and outlives both, as `clock` and `loop` do; `bytes_per_second` is not 0.
  PacedSink(EventLoop& loop, const Clock& clock, std::unique_ptr<Sink> inner, ByteCount bytes_per_second,
            SinkListener& listener);
  [[nodiscard]] Result<std::size_t> send(std::span<const std::string_view> pieces) override;
  [[nodiscard]] bool is_drained() const override { return inner_->is_drained(); }
  void wait() override;
  [[nodiscard]] bool is_waiting() const override { return timer_.is_pending() || inner_->is_waiting(); }

 private:
  void fill();

  const Clock& clock_;
  std::unique_ptr<Sink> inner_;
  const double rate_;
  const double burst_;
  double level_;
  SteadyTime filled_;
  Timer timer_;
};

}  // namespace tailwater
