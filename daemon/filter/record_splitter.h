// RecordSplitter: bytes to records. Pure: it holds a view of the caller's bytes and a few numbers. The same bytes
// with the same rules give the same records wherever reading starts at a record boundary: that is what makes an
// ID exact. Lines end with LF; a CR before it is not part of the line. Lines are joined to records by the stream's
// RecordForm: each boundary depends on what lies between it and the one before, and on nothing else. Where a reader
// that starts anywhere finds a boundary: record_boundary.h. What a line must not show is gone when it leaves here:
// there is no other way to a record, so whatever filters, counts, parses or frames sees it redacted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "filter/secret_scan.h"
#include "filter/text_encoding.h"
#include "filter/utf16_lines.h"

namespace tailwater {

class MaskRules;
struct RecordForm;

struct RecordRules {
  static constexpr std::uint32_t kDefaultMaxBytes = 256U << 10;
  /// A longer record arrives in parts of this many bytes (its line ending not counted), each `truncated`.
  std::uint32_t max_record_bytes = kDefaultMaxBytes;
  bool samples = false;  ///< the records are samples, and no log lines
  std::shared_ptr<const Redactor> redactor = nullptr;
  /// Is anything hidden? Then the bytes of the files are not what may be shown.
  [[nodiscard]] bool redacts() const { return redactor != nullptr; }
  /// Null: lines are no place where secrets are announced. Else who reads a file's bytes puts the redactor here that
  /// knows what has been announced in them (stream/announced_secrets.h).
  std::shared_ptr<const MaskRules> masks = nullptr;
  /// What the stream's configuration says beyond that; null: nothing.
  std::shared_ptr<const RecordForm> form = nullptr;
  /// Of the file's text. No rule of the stream: whoever cuts bytes says what they are.
  TextEncoding encoding = TextEncoding::kBytes;

  /// Bytes of a part of a record that is too long: whole code units.
  [[nodiscard]] std::uint32_t limit() const {
    if (encoding == TextEncoding::kBytes) return std::max(max_record_bytes, 1U);
    return std::max(max_record_bytes & ~1U, 2U);
  }
};

struct Record {
  std::string_view line;    ///< without its line ending, redacted; lives until the splitter's next()
  std::uint64_t begin = 0;  ///< file offset of its first byte
  std::uint64_t end = 0;    ///< file offset just past it and its line ending: the record's position
  bool truncated = false;   ///< a part of a longer record, or as many lines as one may have
  bool partial = false;     ///< no newline yet: let through after the quiet time
  std::string_view output;  ///< of a container's line: stdout or stderr; a part of the bytes, as the next
  std::string_view stated;  ///< the time that its runtime wrote
};

class RecordSplitter {
 public:
  /// `bytes` are file bytes from offset `begin` on and hold whole records (an extent, or what is left of one);
  /// `before` says whether `begin` is inside a line (the byte before it is no newline), with the text that
  /// redaction needs (needs_text_before()); `partial`, that the bytes' last line may have no newline because the
  /// quiet time let it through. `rules` outlive the splitter.
  RecordSplitter(std::string_view bytes, std::uint64_t begin, BytesBefore before, bool partial,
                 const RecordRules& rules);

  /// The next record; nullopt when the bytes are used up.
  [[nodiscard]] std::optional<Record> next();
  /// Does the record that next() gave last end there whatever follows the bytes?
  [[nodiscard]] bool is_closed() const { return closed_; }

  /// Where next() goes on, in the bytes.
  [[nodiscard]] std::size_t place() const { return bytes_.size() - place_.rest.size(); }
  /// The first place from there on where records may differ from what the bytes say; npos if there is none. What is
  /// found in the bytes before it needs no record to be known.
  [[nodiscard]] std::size_t next_suspect();
  /// Goes on with the line that holds the byte at `at`, which is not before place(), nor behind next_suspect(). Not
  /// where lines are joined.
  void skip_to_line_of(std::size_t at);

 private:
  struct Place {
    std::string_view rest;
    std::uint64_t offset = 0;
    bool continues = false;  // the rest begins inside a line
    std::size_t line = 0;    // of utf16_
  };
  void take_line(Record& record);
  void take_decoded(Record& record);
  void decode(BytesBefore& before, TextEncoding encoding);
  void take_joined(Record& record);
  void join_lines(Record& record);
  bool unwrap_line(Record& record, std::string& buffer, std::uint64_t begin);
  bool join_wrapped(Record& record, std::string& buffer, std::uint64_t begin);
  /// A line of UTF-16 may be nothing but a byte order mark: no text, but a line.
  [[nodiscard]] bool at_end() const {
    return place_.rest.empty() && (!utf16_ || place_.line == utf16_->lines().size());
  }
  [[nodiscard]] bool unwraps() const;
  void remember_before(std::string_view raw);
  [[nodiscard]] std::string_view show_unwrapped(std::string_view text);
  [[nodiscard]] std::string_view show(SecretScan& scan, std::size_t at, std::string_view text, bool continued,
                                      bool open);

  std::string_view bytes_;  // or the text that they are decoded to
  Place place_;
  bool partial_;
  std::uint32_t max_record_bytes_;
  const RecordForm* form_;  // null: each line is a record
  bool closed_ = true;
  std::string text_;  // a record that is not in the bytes as it is
  std::string line_;  // one line of it
  std::shared_ptr<const Redactor> redactor_;
  std::optional<SecretScan> scan_;           // of what is shown as it is in the bytes
  std::unique_ptr<const Utf16Lines> utf16_;  // null: lines are found in the bytes
  std::string text_before_;                  // decoded
  std::string before_;  // of what is not: what was there before, as much as the redactor looks back
  std::string shown_;
};

/// Must the text before `bytes` be known to show them?
[[nodiscard]] bool needs_text_before(const RecordRules& rules, std::string_view bytes, bool in_line);
/// How many bytes of it: Redactor::kReach of text.
[[nodiscard]] inline std::size_t text_reach(const RecordRules& rules) {
  return Redactor::kReach * unit_bytes(rules.encoding);
}

/// How many leading bytes of `bytes`, which start at a record boundary, make whole records: up to the last newline,
/// or, in a line longer than the limit, up to the last full part; where lines are joined, up to the last record of
/// which it is known that nothing follows. 0 if there is no whole record yet; never 0 for max_record_bytes + 2 bytes
/// (of UTF-16: 6) or more. `continues` as RecordSplitter's.
[[nodiscard]] std::size_t whole_records(std::string_view bytes, const RecordRules& rules, bool continues = false);
/// The same of lines: what whole_records() would be if each line were a record.
[[nodiscard]] std::size_t whole_lines(std::string_view bytes, const RecordRules& rules);

}  // namespace tailwater
