// Decompressor: the bytes that a compressed file stands for, one after the other; several compressed streams behind
// each other in one file are one (RFC 1952 2.2, RFC 8878 3.1, xz(1)). While it reads it notes restart points, from
// which another one can begin without reading everything before. One object is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

enum class Compression : std::uint8_t { kGzip, kZstd, kXz };

/// By the name: `app.log.2.gz`. nullopt for names that say nothing of compression.
[[nodiscard]] std::optional<Compression> compression_of(std::string_view name);
/// Does the open file begin as such files do?
[[nodiscard]] bool is_compressed(int fd, Compression compression);
/// Its suffix, with the dot.
[[nodiscard]] std::string_view suffix_of(Compression compression);

/// A place at which decompression can begin.
struct RestartPoint {
  std::uint64_t offset = 0;  ///< of the decompressed bytes
  std::uint64_t input = 0;   ///< of the compressed ones
  int bits = 0;              ///< of the compressed byte before `input` that belong to what follows (deflate)
  bool inside = false;       ///< inside a gzip member: `window` holds the bytes before it
  std::string window;
};

/// The restart points of one file, by offset. A gzip file has one for each 16 MiB, 32 KiB each; Zstandard and xz have
/// one where a frame or stream begins.
class RestartIndex {
 public:
  static constexpr std::uint64_t kSpacing = 16ULL << 20;

  RestartIndex() { points_.emplace(0, RestartPoint{}); }
  /// Is a point at `offset` worth making?
  [[nodiscard]] bool wants(std::uint64_t offset) const;
  void add(RestartPoint point);
  /// The last point at or before `offset`; there always is one.
  [[nodiscard]] const RestartPoint& before(std::uint64_t offset) const;
  [[nodiscard]] std::size_t size() const { return points_.size(); }

 private:
  std::map<std::uint64_t, RestartPoint> points_;
};

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// Begins at `from`. `fd` and `index` must outlive the object; the descriptor's own offset is not used.
  [[nodiscard]] static std::unique_ptr<Decompressor> create(Compression compression, int fd, const RestartPoint& from,
                                                            RestartIndex& index);

  /// Up to out.size() bytes; 0 at the end. kCorrupt where the file is damaged or ends early.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> out) = 0;
  /// Decompressed bytes before the next read().
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 protected:
  Decompressor(int fd, const RestartPoint& from, RestartIndex& index)
      : fd_(fd), offset_(from.offset), input_end_(from.input), index_(index) {}

  /// The next compressed bytes; empty at the end of the file.
  [[nodiscard]] Result<std::span<unsigned char>> next_input();
  /// Just past what next_input() gave last.
  [[nodiscard]] std::uint64_t input_end() const { return input_end_; }
  void seek_input(std::uint64_t offset) { input_end_ = offset; }
  void advance(std::size_t bytes) { offset_ += bytes; }
  [[nodiscard]] RestartIndex& index() { return index_; }

 private:
  static constexpr std::size_t kInputBytes = 64U << 10;

  int fd_;
  std::uint64_t offset_;
  std::uint64_t input_end_;
  RestartIndex& index_;
  std::string input_;
};

}  // namespace tailwater
