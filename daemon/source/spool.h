// Spool: a bounded file to which the bytes of somebody elsewhere are appended, and which is followed like any log file:
// so what was pushed has IDs, history, search and resume without a line of code of its own. When it is full it is
// renamed to PATH.1, in place of the one before, and a new file begins.
//
// Its offset counts all bytes that were ever appended, over rotations and restarts. Who did not hear that his bytes had
// arrived asks for it and sends what is missing: that makes an append happen exactly once. Where a file begins in that
// count stands in PATH.base, which is written last in a rotation, so that a kill at any instant leaves what tells it.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

class Spool {
 public:
  /// Makes the file where it is missing. At most `budget` bytes of disk, over both files.
  [[nodiscard]] static Result<Spool> open(std::string path, ByteCount budget);

  [[nodiscard]] std::uint64_t offset() const { return base_ + size_; }
  /// All of the bytes, or an error: then offset() says how many of them there are. A file that somebody removed is made
  /// anew, and the count goes on.
  [[nodiscard]] Result<void> append(std::string_view bytes);
  /// The same for whole lines: where a full disk breaks off, none of them stays in part. (A kill can leave a part.)
  [[nodiscard]] Result<void> append_lines(std::string_view lines);
  /// What was appended from `offset` on, as far as it is still there.
  [[nodiscard]] Result<std::string> read_from(std::uint64_t offset) const;
  /// Does the last line lack its newline?
  [[nodiscard]] bool in_line() const;

 private:
  Spool(std::string path, ByteCount budget) : path_(std::move(path)), budget_(budget) {}
  Result<void> open_file();
  Result<void> find_base();
  Result<void> begin_anew();
  [[nodiscard]] bool is_there() const;
  Result<void> make_again();
  Result<void> write_base() const;
  [[nodiscard]] std::string rotated_path() const { return path_ + ".1"; }
  [[nodiscard]] std::string base_path() const { return path_ + ".base"; }

  std::string path_;
  ByteCount budget_;
  UniqueFd fd_;
  std::uint64_t inode_ = 0;
  std::uint64_t base_ = 0;  // offset of the file's first byte
  std::uint64_t size_ = 0;
};

}  // namespace tailwater
