// FileTailer: reads one generation as it grows and cuts what it reads at record boundaries. It remembers offsets and
// the 256 bytes before the last of them, nothing else: a last line without newline stays in the file. The caller owns
// the buffer that is read into and journals what is returned. Lives on one thread; an idle one costs ~150 bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/result.h"
#include "filter/record_splitter.h"
#include "journal/catalog.h"

namespace tailwater {

class FileTailer {
 public:
  enum class Outcome : std::uint8_t {
    kNothing,  ///< no whole record beyond the offset (yet)
    kRecords,
    kShrunk,   ///< the file ends before the offset: truncated (or, on NFS, a stale size)
    kChanged,  ///< other bytes stand before the offset: truncated and written again past it
    kFailed,
  };
  struct Read {
    Outcome outcome = Outcome::kNothing;
    std::string_view records;  ///< in the caller's buffer; the tailer's offset is past them already
    std::uint64_t begin = 0;
    bool continues = false;                        ///< `begin` lies inside a line
    bool partial = false;                          ///< what was left at the end: let through
    bool more = false;                             ///< the buffer was full: there is probably more
    TextEncoding encoding = TextEncoding::kBytes;  ///< of the records
    Error error;                                   ///< kFailed
  };
  /// Whether a last line without newline, or the lines of a last record that may go on, are to be returned as well;
  /// kEnds: nothing follows any more, so that half a character is returned, too.
  enum class LastLine : std::uint8_t { kWaits, kPasses, kEnds };

  /// At offset 0 of a generation.
  explicit FileTailer(std::shared_ptr<const GenerationBytes> bytes);
  /// At `offset`, which is a record boundary. Reads the bytes before it.
  [[nodiscard]] static Result<FileTailer> resume(std::shared_ptr<const GenerationBytes> bytes, std::uint64_t offset);

  /// One read. `room` holds at least room_needed() bytes, or a record might never fit.
  [[nodiscard]] Read read(std::span<char> room, const RecordRules& rules, LastLine last_line = LastLine::kWaits);
  [[nodiscard]] static std::size_t room_needed(const RecordRules& rules);

  /// Moves on without reading: [offset, end) was journaled in another way and ends at a record boundary.
  [[nodiscard]] Result<void> skip_to(std::uint64_t end);

  /// Just past the last byte that was returned.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Just past the last byte that was looked at: beyond offset() lies a line without newline.
  [[nodiscard]] std::uint64_t scanned() const { return scanned_; }
  [[nodiscard]] bool has_open_line() const { return scanned_ > offset_; }
  /// Of what lies beyond offset(): are those whole lines, of a record that may go on?
  [[nodiscard]] bool open_lines_are_whole() const { return open_lines_are_whole_; }
  /// Of the file's text, as the byte order mark tells at its beginning.
  [[nodiscard]] TextEncoding encoding() const { return encoding_; }
  /// The same, looked for in a file of which nothing has been read yet.
  [[nodiscard]] TextEncoding look_for_encoding() const;
  [[nodiscard]] std::uint64_t nul_bytes_skipped() const { return nul_bytes_skipped_; }
  [[nodiscard]] const std::shared_ptr<const GenerationBytes>& bytes() const { return bytes_; }
  /// The descriptor of a plain file, -1 of anything else.
  [[nodiscard]] int fd() const { return fd_; }
  /// `identity` with its tail brought to offset().
  [[nodiscard]] FileIdentity with_tail(FileIdentity identity) const;

 private:
  /// How much of `fresh`, which holds no whole record, a last line that is let through is.
  [[nodiscard]] std::size_t last_line_of(std::string_view fresh, LastLine last_line) const;
  /// Looks for a line end behind scanned_ without reading the open line again.
  [[nodiscard]] Outcome look_behind_scanned(std::span<char> room, const RecordRules& rules);
  /// Handles NUL bytes at the very head; false if there is nothing but those.
  [[nodiscard]] bool skip_nul_head(std::string_view fresh, bool full);
  /// `fresh` up to where something has been written: preallocated files end in NUL bytes.
  [[nodiscard]] std::string_view written_part(std::string_view fresh, bool full, const RecordRules& rules,
                                              LastLine last_line) const;
  void advance(std::string_view before_and_records, std::size_t record_bytes);

  std::shared_ptr<const GenerationBytes> bytes_;
  int fd_ = -1;
  std::uint16_t before_length_ = 0;
  std::array<char, FileIdentity::kTailLength> before_{};
  std::uint64_t offset_ = 0;
  std::uint64_t scanned_ = 0;
  bool open_lines_are_whole_ = false;
  TextEncoding encoding_ = TextEncoding::kBytes;
  std::uint64_t text_begin_ = 0;  // where the records begin: behind a NUL head, else 0
  std::uint64_t nul_bytes_skipped_ = 0;
};

/// The end of the last whole record of [begin, end), found from behind, so that gigabytes need one read. `begin` is a
/// record boundary; returns `begin` if there is no whole record.
[[nodiscard]] Result<std::uint64_t> last_record_end(const GenerationBytes& bytes, std::uint64_t begin,
                                                    std::uint64_t end, const RecordRules& rules);

}  // namespace tailwater
