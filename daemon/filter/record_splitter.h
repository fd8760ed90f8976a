// RecordSplitter: bytes to records. Pure: it holds a view of the caller's bytes and a few numbers. The same bytes
// with the same rules give the same records wherever reading starts at a record boundary: that is what makes an
// ID exact. Lines end with LF; a CR before it is not part of the line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tailwater {

struct RecordRules {
  static constexpr std::uint32_t kDefaultMaxBytes = 256U << 10;
  /// A longer record arrives in parts of this many bytes (its line ending not counted), each `truncated`.
  std::uint32_t max_record_bytes = kDefaultMaxBytes;
  bool samples = false;  ///< the records are samples, and no log lines
};

struct Record {
  std::string_view line;    ///< without its line ending; lives as long as the splitter's bytes
  std::uint64_t begin = 0;  ///< file offset of its first byte
  std::uint64_t end = 0;    ///< file offset just past it and its line ending: the record's position
  bool truncated = false;   ///< a part of a longer record
  bool partial = false;     ///< no newline yet: let through after the quiet time
};

class RecordSplitter {
 public:
  /// `bytes` are file bytes from offset `begin` on and hold whole records (an extent, or what is left of one);
  /// `continues` says that `begin` is inside a line (the byte before it is no newline); `partial`, that the
  /// bytes' last line has no newline because the quiet time let it through.
  RecordSplitter(std::string_view bytes, std::uint64_t begin, bool continues, bool partial, const RecordRules& rules);

  /// The next record; nullopt when the bytes are used up.
  [[nodiscard]] std::optional<Record> next();

 private:
  std::string_view rest_;
  std::uint64_t offset_;
  bool continues_;
  bool partial_;
  std::uint32_t max_record_bytes_;
};

/// How many leading bytes of `bytes`, which start at a record boundary, make whole records: up to the last newline,
/// or, in a line longer than the limit, up to the last full part. 0 if there is no whole record yet; never 0 for
/// max_record_bytes + 2 bytes or more.
[[nodiscard]] std::size_t whole_records(std::string_view bytes, const RecordRules& rules);

}  // namespace tailwater
