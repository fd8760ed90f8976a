// ScanPace: how many bytes a history step reads and filters at a time. A filter may take a thousand times as long for
// a line as another, and between two pieces nobody can stop it; so the slower it is, the smaller are its pieces. Each
// client has its own. Thread: one worker at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/clock.h"
#include "stream/record_pieces.h"

namespace tailwater {

class ScanPace {
 public:
  static constexpr Milliseconds kPieceTime{10};
  static constexpr Milliseconds kStepTime{50};  ///< after so long it is another client's turn
  static constexpr std::size_t kSmallestPiece = 4U << 10;

  [[nodiscard]] std::size_t piece_bytes() const { return piece_bytes_; }
  [[nodiscard]] bool step_is_over() const { return over_; }

  void begin_step(SteadyTime now) {
    step_began_ = last_ = now;
    over_ = false;
  }
  /// A piece has been looked at.
  void end_piece(SteadyTime now) {
    const auto took = now - last_;
    last_ = now;
    if (took > kPieceTime) piece_bytes_ = std::max(piece_bytes_ / 2, kSmallestPiece);
    if (took < kPieceTime / 4) piece_bytes_ = std::min(piece_bytes_ * 2, RecordPieces::kPieceBytes);
    over_ = now - step_began_ > kStepTime;
  }

 private:
  std::size_t piece_bytes_ = 64U << 10;
  SteadyTime step_began_{};
  SteadyTime last_{};
  bool over_ = false;
};

}  // namespace tailwater
