// ChunkBuffer: frames gathered into chunks of a sensible size: what a history step makes for one client. Pure.
#pragma once

#include <string>
#include <utility>

#include "stream/chunk.h"

namespace tailwater {

class ChunkBuffer {
 public:
  explicit ChunkBuffer(std::size_t chunk_bytes) : chunk_bytes_(chunk_bytes) {}

  /// Where the next frame is written; call commit() behind each whole frame.
  [[nodiscard]] std::string& frames() { return frames_; }
  void commit() {
    if (frames_.size() >= chunk_bytes_) close_chunk();
  }
  [[nodiscard]] std::size_t size() const { return chunks_.size() + frames_.size(); }
  /// Everything, in whole chunks.
  [[nodiscard]] std::string take() {
    close_chunk();
    return std::exchange(chunks_, {});
  }

 private:
  void close_chunk() {
    append_chunk(chunks_, frames_);
    frames_.clear();
  }

  std::size_t chunk_bytes_;
  std::string frames_;
  std::string chunks_;
};

}  // namespace tailwater
