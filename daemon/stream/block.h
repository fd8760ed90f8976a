// Block: a run of a feed's chunk-framed bytes. Append-only: the ingest thread writes, any thread reads what has been
// published, without locks. Marks say where each chunk ends and what it holds; a cursor enters and leaves at marks.
// Shared by shared_ptr; its bytes stay where they are as long as anyone holds it. What a cursor needs to leave it, the
// image, may lie in memory that survives this process.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/surviving_memory.h"
#include "journal/extent.h"

namespace tailwater {

/// The end of a chunk. Its frames are of the appends `first` to `last`, of those two perhaps not all.
struct ChunkMark {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  JournalPoint point;     ///< just past the last record framed: where reading in the journal would go on
  std::uint32_t end = 0;  ///< offset in the block just past the chunk
};

/// A block as it lies in memory: this, then the marks, of which the last ones are never touched, then the bytes.
struct BlockImage {
  static constexpr std::uint64_t kMagic = 0x6b636f6c42575454;  // "TTWBlock"
  static constexpr std::uint32_t kMaxMarks = 256;

  std::uint64_t magic = kMagic;
  std::uint32_t capacity = 0;
  std::atomic<std::uint32_t> mark_count{0};
  std::atomic<std::uint32_t> size{0};
  JournalPoint start_point;

  [[nodiscard]] ChunkMark* marks() { return reinterpret_cast<ChunkMark*>(this + 1); }
  [[nodiscard]] const ChunkMark* marks() const { return reinterpret_cast<const ChunkMark*>(this + 1); }
  [[nodiscard]] char* data() { return reinterpret_cast<char*>(marks() + kMaxMarks); }
  [[nodiscard]] const char* data() const { return reinterpret_cast<const char*>(marks() + kMaxMarks); }
  [[nodiscard]] static std::size_t footprint_of(std::uint32_t capacity) {
    return sizeof(BlockImage) + kMaxMarks * sizeof(ChunkMark) + capacity;
  }
  [[nodiscard]] std::size_t footprint() const { return footprint_of(capacity); }

  /// For a reader at `offset`: what is left of the chunk that it is in the middle of, and where the journal goes on.
  /// Believes nothing that the image says of itself but its footprint; nullopt if it contradicts itself.
  struct Left {
    std::string_view rest;
    JournalPoint point;
  };
  [[nodiscard]] std::optional<Left> leave(std::uint64_t offset) const;
};

class Block {
 public:
  static constexpr std::uint32_t kMaxMarks = BlockImage::kMaxMarks;

  /// What lies before the block: its number in the feed, and what the mark before its first chunk says.
  struct Start {
    std::uint64_t sequence = 0;
    std::uint64_t feed_offset = 0;  ///< bytes of the feed before this block
    std::uint64_t number = 0;
    JournalPoint point;
  };

  /// `memory`: where its image lies, if there is room; it outlives the block.
  Block(const Start& start, std::uint32_t capacity, SurvivingMemory* memory = nullptr);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  // --- ingest thread ---------------------------------------------------------------------------------------
  /// How many bytes still fit as one chunk's frames; 0 if none or if the marks are used up.
  [[nodiscard]] std::size_t room() const;
  /// Publishes `frames` as one chunk; they must fit. mark.end is set here.
  void append(std::string_view frames, ChunkMark mark);
  /// No more will come: whoever has read all goes on in the next block.
  void seal() { sealed_.store(true, std::memory_order_release); }

  // --- any thread ------------------------------------------------------------------------------------------
  [[nodiscard]] const Start& start() const { return start_; }
  /// Published bytes. Read sealed() before it to know that they are all.
  [[nodiscard]] std::uint32_t size() const { return image_->size.load(std::memory_order_acquire); }
  [[nodiscard]] bool sealed() const { return sealed_.load(std::memory_order_acquire); }
  [[nodiscard]] std::string_view bytes(std::uint32_t from, std::uint32_t to) const {
    return {image_->data() + from, to - from};
  }
  /// The mark at which the chunk that `offset` lies in ends, or, between two chunks, the mark there; nullopt at the
  /// beginning of the block. `offset` is at most size().
  [[nodiscard]] std::optional<ChunkMark> mark_at(std::uint32_t offset) const;
  struct Place {
    std::uint32_t offset = 0;
    bool inside_chunk = false;  ///< appends up to and past the number share a chunk: nobody can enter between them
  };
  /// Just past all frames of appends up to `number`, which must all have been published.
  [[nodiscard]] Place place_after(std::uint64_t number) const;
  /// Memory that the block takes.
  [[nodiscard]] std::size_t footprint() const { return sizeof(Block) + image_->footprint(); }
  /// Where the image lies in surviving memory; 0 if it lies elsewhere.
  [[nodiscard]] std::uint64_t surviving_offset() const;

 private:
  Start start_;
  SurvivingMemory* const memory_;
  BlockImage* const image_;
  std::atomic<bool> sealed_{false};
};

}  // namespace tailwater
