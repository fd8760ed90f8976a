// RecordSplitter: bytes to records. Pure: it holds a view of the caller's bytes and a few numbers. The same bytes
// with the same rules give the same records wherever reading starts at a record boundary: that is what makes an
// ID exact. Lines end with LF; a CR before it is not part of the line. What a line must not show is gone when it leaves
// here: there is no other way to a record, so whatever filters, counts, parses or frames sees it redacted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "filter/secret_scan.h"

namespace tailwater {

struct RecordForm;

struct RecordRules {
  static constexpr std::uint32_t kDefaultMaxBytes = 256U << 10;
  /// A longer record arrives in parts of this many bytes (its line ending not counted), each `truncated`.
  std::uint32_t max_record_bytes = kDefaultMaxBytes;
  bool samples = false;  ///< the records are samples, and no log lines
  std::shared_ptr<const Redactor> redactor = nullptr;
  /// Is anything hidden? Then the bytes of the files are not what may be shown.
  [[nodiscard]] bool redacts() const { return redactor != nullptr; }
  /// What the stream's configuration says beyond that; null: nothing.
  std::shared_ptr<const RecordForm> form = nullptr;
};

struct Record {
  std::string_view line;    ///< without its line ending, redacted; lives until the splitter's next()
  std::uint64_t begin = 0;  ///< file offset of its first byte
  std::uint64_t end = 0;    ///< file offset just past it and its line ending: the record's position
  bool truncated = false;   ///< a part of a longer record
  bool partial = false;     ///< no newline yet: let through after the quiet time
};

class RecordSplitter {
 public:
  /// `bytes` are file bytes from offset `begin` on and hold whole records (an extent, or what is left of one);
  /// `before` says whether `begin` is inside a line (the byte before it is no newline), with the text that
  /// redaction needs (SecretScan::needs_text_before()); `partial`, that the bytes' last line has no newline because the
  /// quiet time let it through.
  RecordSplitter(std::string_view bytes, std::uint64_t begin, BytesBefore before, bool partial,
                 const RecordRules& rules);

  /// The next record; nullopt when the bytes are used up.
  [[nodiscard]] std::optional<Record> next();

  /// Where next() goes on, in the bytes.
  [[nodiscard]] std::size_t place() const { return bytes_.size() - rest_.size(); }
  /// The first place from there on where records may differ from what the bytes say; npos if there is none. What is
  /// found in the bytes before it needs no record to be known.
  [[nodiscard]] std::size_t next_suspect() { return scan_ ? scan_->next_suspect(place()) : std::string_view::npos; }
  /// Goes on with the line that holds the byte at `at`, which is not before place(), nor behind next_suspect().
  void skip_to_line_of(std::size_t at);

 private:
  std::string_view bytes_;
  std::string_view rest_;
  std::uint64_t offset_;
  bool continues_;
  bool partial_;
  std::uint32_t max_record_bytes_;
  std::optional<SecretScan> scan_;
};

/// How many leading bytes of `bytes`, which start at a record boundary, make whole records: up to the last newline,
/// or, in a line longer than the limit, up to the last full part. 0 if there is no whole record yet; never 0 for
/// max_record_bytes + 2 bytes or more.
[[nodiscard]] std::size_t whole_records(std::string_view bytes, const RecordRules& rules);

}  // namespace tailwater
