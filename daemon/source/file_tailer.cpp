#include "source/file_tailer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "filter/record_boundary.h"
#include "filter/record_form.h"
#include "source/open_followed.h"

namespace tailwater {
namespace {

/// An open line up to this long is read again with each look: one read instead of two when its newline comes.
constexpr std::uint64_t kCheapReread = 4096;
constexpr std::uint64_t kPageBytes = 4096;
/// Backwards in steps that grow: the last line's end is nearly always in the first.
constexpr std::uint64_t kFirstBackwardStep = 4U << 10;
constexpr std::uint64_t kBackwardStep = 64U << 10;

int descriptor_of(const GenerationBytes* bytes) {
  const auto* plain = dynamic_cast<const PlainFile*>(bytes);
  return plain == nullptr ? -1 : plain->fd();
}

/// Is there nothing but a hole from here to the end of the file?
bool only_hole_from(int fd, std::uint64_t offset) {
  return fd >= 0 && ::lseek(fd, static_cast<off_t>(offset), SEEK_DATA) < 0 && errno == ENXIO;
}

/// Exactly the bytes [begin, end), fewer at the end of the file.
Result<std::string_view> read_range(const GenerationBytes& bytes, std::uint64_t begin, std::uint64_t end,
                                    std::vector<char>& buffer) {
  buffer.resize(end - begin);
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto got = bytes.read_at(begin + done, std::span(buffer).subspan(done));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    done += *got;
  }
  return std::string_view(buffer.data(), done);
}

/// The same where `end` is that of the last whole line. What follows it is not known: the last record may go on.
Result<std::uint64_t> last_joined_end(const GenerationBytes& bytes, std::uint64_t begin, std::uint64_t end,
                                      const RecordRules& rules) {
  std::vector<char> buffer;
  for (std::uint64_t window = kBackwardStep;; window *= 4) {
    const std::uint64_t from = end - std::min(window, end - begin);
    const auto piece = read_range(bytes, from, end, buffer);
    if (!piece) return fail(piece.error());
    if (piece->size() < end - from) return fail(ErrorCode::kGone, "the file became shorter while it was read");
    const auto first = first_boundary(*piece, from == begin, rules);
    if (!first) continue;
    const std::string_view known = piece->substr(*first);
    return from + *first + closed_records(known, known.size(), /*continues=*/false, rules);
  }
}

}  // namespace

FileTailer::FileTailer(std::shared_ptr<const GenerationBytes> bytes)
    : bytes_(std::move(bytes)), fd_(descriptor_of(bytes_.get())) {}

Result<FileTailer> FileTailer::resume(std::shared_ptr<const GenerationBytes> bytes, std::uint64_t offset) {
  FileTailer tailer(std::move(bytes));
  if (auto moved = tailer.skip_to(offset); !moved) return fail(moved.error());
  return tailer;
}

Result<void> FileTailer::skip_to(std::uint64_t end) {
  const std::uint64_t length = std::min<std::uint64_t>(end, before_.size());
  std::vector<char> buffer;
  const auto before = read_range(*bytes_, end - length, end, buffer);
  if (!before) return fail(before.error());
  if (before->size() < length) return fail(ErrorCode::kGone, fmt::format("the file ends before offset {}", end));
  std::copy(before->begin(), before->end(), before_.begin());
  before_length_ = static_cast<std::uint16_t>(length);
  if (offset_ == 0) encoding_ = look_for_encoding();
  // Where lines were found by their bytes, by an older version, they are found so to the end of the file.
  if (end % unit_bytes(encoding_) != 0) encoding_ = TextEncoding::kBytes;
  offset_ = scanned_ = end;
  return {};
}

TextEncoding FileTailer::look_for_encoding() const {
  std::vector<char> buffer;
  const auto head = read_range(*bytes_, 0, 2, buffer);
  return head ? encoding_of(*head) : TextEncoding::kBytes;
}

std::size_t FileTailer::room_needed(const RecordRules& rules) {
  // whole_records() gives something for max_record_bytes + 6; one more page for what is rounded.
  return FileIdentity::kTailLength + rules.max_record_bytes + kPageBytes;
}

FileTailer::Read FileTailer::read(std::span<char> room, const RecordRules& rules, LastLine last_line) {
  if (rules.encoding != encoding_) {
    RecordRules decoding = rules;
    decoding.encoding = encoding_;
    return read(room, decoding, last_line);
  }
  Read result;
  result.encoding = encoding_;
  if (last_line == LastLine::kWaits && scanned_ - offset_ > kCheapReread) {
    result.outcome = look_behind_scanned(room, rules);
    if (result.outcome != Outcome::kRecords) return result;
  }
  const auto got = bytes_->read_at(offset_ - before_length_, room);
  if (!got) {
    result.outcome = Outcome::kFailed;
    result.error = got.error();
    return result;
  }
  const bool taken_back = *got == 0 && offset_ == 0 && scanned_ > 0;  // no bytes before it could tell
  if (*got < before_length_ || taken_back) {
    result.outcome = Outcome::kShrunk;
    return result;
  }
  if (std::memcmp(room.data(), before_.data(), before_length_) != 0) {
    result.outcome = Outcome::kChanged;
    return result;
  }
  const std::string_view all(room.data(), *got);
  const bool full = *got == room.size();
  std::string_view fresh = all.substr(before_length_);
  if (offset_ == 0 && encoding_of(fresh) != encoding_) {
    encoding_ = encoding_of(fresh);
    return read(room, rules, last_line);
  }
  if (offset_ == text_begin_ && !fresh.empty() && fresh.front() == '\0') {
    const std::uint64_t before_skip = offset_;
    if (!skip_nul_head(fresh, full)) return result;
    result = read(room, rules, last_line);  // from the first text on; this branch is not taken again there
    return offset_ == before_skip ? Read{} : result;
  }
  fresh = written_part(fresh, full, rules, last_line);
  result.continues = before_length_ > 0 && !ends_with_newline({before_.data(), before_length_}, encoding_);
  const std::size_t whole = whole_records(fresh, rules, result.continues);
  const std::size_t last = whole == 0 ? last_line_of(fresh, last_line) : 0;
  result.partial = last > 0;
  const std::size_t taken = result.partial ? last : whole;
  scanned_ = offset_ + fresh.size();
  open_lines_are_whole_ = taken < fresh.size() && ends_with_newline(fresh, encoding_);
  result.more = full && taken > 0;
  if (taken == 0) return result;
  result.outcome = Outcome::kRecords;
  result.records = fresh.substr(0, taken);
  result.begin = offset_;
  advance(all.substr(0, before_length_ + taken), taken);
  return result;
}

std::size_t FileTailer::last_line_of(std::string_view fresh, LastLine last_line) const {
  if (last_line == LastLine::kWaits) return 0;
  if (last_line == LastLine::kEnds) return fresh.size();
  const std::string_view whole = whole_characters(fresh, encoding_);
  // Nothing but a byte order mark, or what may become one, is no line.
  const bool is_mark = may_become_a_mark(whole) || encoding_of(whole) != TextEncoding::kBytes;
  return offset_ == 0 && whole.size() <= 2 && is_mark ? 0 : whole.size();
}

void FileTailer::advance(std::string_view before_and_records, std::size_t record_bytes) {
  const std::size_t length = std::min(before_and_records.size(), before_.size());
  const std::string_view last = before_and_records.substr(before_and_records.size() - length);
  std::copy(last.begin(), last.end(), before_.begin());
  before_length_ = static_cast<std::uint16_t>(length);
  offset_ += record_bytes;
}

FileTailer::Outcome FileTailer::look_behind_scanned(std::span<char> room, const RecordRules& rules) {
  // From one byte earlier: where nothing is new, that byte comes, and where it does not, the file has shrunk.
  const auto got = bytes_->read_at(scanned_ - 1, room);
  if (!got || *got == 0) return Outcome::kRecords;  // read() finds out what it is
  const std::string_view fresh = without_trailing_nuls(std::string_view(room.data() + 1, *got - 1), encoding_);
  const bool too_long = scanned_ + fresh.size() - offset_ > rules.max_record_bytes;
  if (too_long || find_newline(fresh, encoding_) != std::string_view::npos) return Outcome::kRecords;
  scanned_ += fresh.size();
  if (!fresh.empty()) open_lines_are_whole_ = false;
  return Outcome::kNothing;
}

bool FileTailer::skip_nul_head(std::string_view fresh, bool full) {
  std::uint64_t text = offset_ + std::min(fresh.find_first_not_of('\0'), fresh.size());
  if (text == offset_ + fresh.size()) {
    // Nothing but NUL so far. A preallocated file looks so, too, and is written from its beginning on: wait.
    if (!full || fd_ < 0) return false;
    const auto found = first_text_offset(fd_, text);
    if (!found) return false;
    text = *found;
  }
  nul_bytes_skipped_ += text - offset_;
  before_length_ = static_cast<std::uint16_t>(std::min<std::uint64_t>(text, before_.size()));
  before_.fill('\0');
  offset_ = scanned_ = text_begin_ = text;
  return true;
}

std::string_view FileTailer::written_part(std::string_view fresh, bool full, const RecordRules& rules,
                                          LastLine last_line) const {
  // Half a code unit waits for the other.
  if (last_line != LastLine::kEnds || full) fresh = fresh.substr(0, unit_start(fresh.size(), encoding_));
  const std::string_view written = without_trailing_nuls(fresh, encoding_);
  const bool half = encoding_ != TextEncoding::kBytes && written.size() + 1 == fresh.size();
  if (last_line == LastLine::kEnds && half) return fresh;
  if (!full || written.size() == fresh.size() || whole_records(written, rules) > 0) return written;
  // NUL bytes as far as the buffer reaches: the unwritten rest of the file, or a part of a record?
  const std::uint64_t next_page = (offset_ + written.size() + kPageBytes) / kPageBytes * kPageBytes;
  return only_hole_from(fd_, next_page) ? written : fresh;
}

FileIdentity FileTailer::with_tail(FileIdentity identity) const {
  identity.tail_offset = offset_;
  identity.tail_length = before_length_;
  identity.tail_fingerprint = before_length_ == 0 ? 0 : fingerprint({before_.data(), before_length_});
  return identity;
}

Result<std::uint64_t> last_record_end(const GenerationBytes& bytes, std::uint64_t begin, std::uint64_t end,
                                      const RecordRules& rules) {
  std::vector<char> buffer;
  const std::size_t unit = unit_bytes(rules.encoding);
  end = unit_start(end, rules.encoding);
  std::uint64_t line = end;  // where the last, open line begins
  for (std::uint64_t step = kFirstBackwardStep; line > begin; step = std::min(step * 4, kBackwardStep)) {
    const std::uint64_t from = line - begin > step ? line - step : begin;
    const auto piece = read_range(bytes, from, line, buffer);
    if (!piece) return fail(piece.error());
    if (piece->size() < line - from) return fail(ErrorCode::kGone, "the file became shorter while it was read");
    const std::size_t newline = find_last_newline(*piece, rules.encoding);
    if (newline != std::string_view::npos) {
      line = from + newline + unit;
      break;
    }
    line = from;
  }
  // An open line that is too long comes in parts of the limit, counted from its beginning: only the last two matter.
  const std::uint64_t limit = rules.limit();
  if (end - line > 2 * limit) line += ((end - line) / limit - 1) * limit;
  const auto open = read_range(bytes, line, end, buffer);
  if (!open) return fail(open.error());
  const std::uint64_t lines_end = line + whole_lines(*open, rules);
  return joins(rules) ? last_joined_end(bytes, begin, lines_end, rules) : lines_end;
}

}  // namespace tailwater
