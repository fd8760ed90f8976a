// RecordPieces: the bytes of an extent, or of a part of one, read from disk in pieces that hold whole records, cut so
// that the records are the same as if all had been there at once. Thread: one worker. The buffer is the worker's.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/record_splitter.h"
#include "journal/catalog.h"
#include "stream/record_scan.h"

namespace tailwater {

/// What a history worker reads into; grows with the longest record only.
struct ReadBuffer {
  std::vector<char> bytes;
  std::vector<char> before;  // what redaction asks for
};

class RecordPieces {
 public:
  static constexpr std::size_t kPieceBytes = 256U << 10;

  /// Bytes [from, to) of the extent; `from` is a record boundary, `to` one or the extent's end; kUnknownEnd: to the end
  /// of the file. Views given are valid
  /// until the buffer's next use.
  RecordPieces(const GenerationBytes& file, const Extent& extent, std::uint64_t from, std::uint64_t to,
               const RecordRules& rules, ReadBuffer& buffer, std::size_t piece_bytes = kPieceBytes);

  [[nodiscard]] bool done() const { return at_ == to_; }
  [[nodiscard]] std::uint64_t offset() const { return at_; }
  struct Piece {
    RecordBytes records;
    bool missing = false;  ///< the file ends here, before the bytes that should follow
  };
  /// The next piece, never empty unless `missing` or at an end that was not known. Not to be called when done().
  [[nodiscard]] Result<Piece> next();

 private:
  [[nodiscard]] Result<std::size_t> fill(std::uint64_t offset, std::size_t wanted);
  [[nodiscard]] Result<std::string_view> text_before(std::uint64_t offset);
  [[nodiscard]] std::size_t whole_prefix(std::string_view bytes, bool continues) const;

  const GenerationBytes& file_;
  const Extent& extent_;
  std::uint64_t at_;
  std::uint64_t to_;
  RecordRules rules_;
  std::size_t piece_bytes_;
  ReadBuffer& buffer_;
};

}  // namespace tailwater
