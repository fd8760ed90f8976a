// SecretScan: the records of some bytes as they may be shown. It goes over the bytes once, in order, and remembers what
// a record alone does not tell: that a private key is under way, and what stands before a part of an over-long line.
// Both come from at most Redactor::kReach bytes before, so that the same record looks the same wherever reading began.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "filter/redactor.h"
#include "filter/text_encoding.h"

namespace tailwater {

/// What stands before some bytes: whether they begin inside a line, and the text itself where redaction asks for it.
struct BytesBefore {
  BytesBefore(bool in_a_line = false, std::string_view bytes = {},  // NOLINT
              TextEncoding encoded = TextEncoding::kBytes)
      : in_line(in_a_line), text(bytes), encoding(encoded) {}
  bool in_line = false;
  std::string_view text;  ///< the last Redactor::kReach bytes or all there are; empty if they are not needed
  TextEncoding encoding;  ///< of the bytes, for those who set RecordRules::encoding
  /// For those who set RecordRules::redactor: what is known of the file is hidden, too. Null: it is the stream's.
  std::shared_ptr<const Redactor> redactor = nullptr;
};

class SecretScan {
 public:
  static constexpr std::size_t npos = std::string_view::npos;

  /// Must the text before `bytes` be known to show them?
  [[nodiscard]] static bool needs_text_before(const Redactor& redactor, std::string_view bytes, bool in_line);

  /// `bytes` and `before` outlive the scan.
  SecretScan(std::shared_ptr<const Redactor> redactor, std::string_view bytes, BytesBefore before,
             std::size_t max_record_bytes);

  /// The first place at or after `from` where a line stands that cannot be shown as it is without having been looked
  /// at. Lines before it are as they look.
  [[nodiscard]] std::size_t next_suspect(std::size_t from);

  /// `line` begins at `at`; `continued`, `open`: it goes on before or behind. What is returned is `line` or lives until
  /// the next call.
  [[nodiscard]] std::string_view show(std::size_t at, std::string_view line, bool continued, bool open);

 private:
  [[nodiscard]] bool key_is_open(std::ptrdiff_t at) const;
  void follow_key(std::string_view part, std::string_view line);
  void find_in_part(std::size_t at, std::string_view line, bool open);
  void hide_key_body(std::string_view line);
  void note_key(std::string_view text, std::ptrdiff_t end);

  std::shared_ptr<const Redactor> redactor_;
  std::string_view bytes_;
  BytesBefore before_;
  std::size_t line_begin_ = 0;  // of the line that show() saw last
  std::size_t suspect_ = 0;     // next_suspect() of everything from suspect_from_ up to it
  std::size_t suspect_from_ = npos;
  std::ptrdiff_t key_ = 0;  // where the key under way begins, from bytes_ on; before them it is negative
  bool in_key_ = false;
  int no_key_lines_ = 0;  // in a row that were none of the key's
  std::vector<Redactor::Secret> secrets_;
  std::string window_;
  std::string shown_;
};

}  // namespace tailwater
