#include "journal/page.h"

#include <algorithm>

#include "base/bytes.h"
#include "journal/varint.h"

namespace tailwater {

namespace {

constexpr std::uint32_t kMagic = 0x4c4a5754;  // "TWJL" as bytes in the file
constexpr std::uint16_t kSnapshotFlag = 1;
constexpr std::size_t kChecksumOffset = kPageHeaderSize - 4;

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(fingerprint(bytes));
}

std::string encode_header(const PageHeader& header) {
  std::string bytes;
  bytes.reserve(kPageSize);
  ByteWriter out(bytes);
  out.fixed(kMagic, 4);
  out.fixed(header.version, 2);
  out.fixed(header.snapshot ? kSnapshotFlag : 0U, 2);
  out.fixed(header.first_entry, 8);
  out.fixed(static_cast<std::uint64_t>(header.base.time_since_epoch().count()), 8);
  out.fixed(header.number, 4);
  out.fixed(checksum(bytes), 4);
  return bytes;
}

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

}  // namespace

std::optional<PageHeader> parse_page_header(std::string_view bytes) {
  if (bytes.size() < kPageHeaderSize) return std::nullopt;
  ByteReader in(bytes.substr(0, kPageHeaderSize));
  if (in.fixed(4) != kMagic) return std::nullopt;
  PageHeader header;
  header.version = static_cast<std::uint16_t>(in.fixed(2));
  header.snapshot = (in.fixed(2) & kSnapshotFlag) != 0;
  header.first_entry = in.fixed(8);
  header.base = WallTime(Milliseconds(static_cast<std::int64_t>(in.fixed(8))));
  header.number = static_cast<std::uint32_t>(in.fixed(4));
  if (in.fixed(4) != checksum(bytes.substr(0, kChecksumOffset))) return std::nullopt;
  return header;
}

PageScan scan_page(std::string_view bytes) {
  PageScan scan;
  bytes = bytes.substr(0, kPageSize);
  scan.header = parse_page_header(bytes);
  if (!scan.header || scan.header->version != kJournalVersion) {
    scan.header.reset();
    scan.torn = !all_zero(bytes);
    return scan;
  }
  std::size_t at = kPageHeaderSize;
  while (at + kRecordHeaderSize <= bytes.size()) {
    ByteReader in(bytes.substr(at, kRecordHeaderSize));
    const std::uint64_t expected = in.fixed(4);
    const auto type = static_cast<RecordType>(in.fixed(1));
    const auto length = static_cast<std::size_t>(in.fixed(2));
    if (type == RecordType::kNone || length > bytes.size() - at - kRecordHeaderSize) break;
    if (expected != checksum(bytes.substr(at + 4, kRecordHeaderSize - 4 + length))) break;
    if (is_entry(type)) scan.entries.push_back(static_cast<std::uint16_t>(scan.records.size()));
    scan.records.push_back(
        {type, static_cast<std::uint16_t>(at + kRecordHeaderSize), static_cast<std::uint16_t>(length)});
    at += kRecordHeaderSize + length;
  }
  scan.valid_bytes = at;
  scan.torn = !all_zero(bytes.substr(at));
  return scan;
}

PageBuilder::PageBuilder(const PageHeader& header) : header_(header), bytes_(encode_header(header)) {}

PageBuilder::PageBuilder(std::string_view bytes, const PageScan& scan) : header_(*scan.header) {
  bytes_.reserve(kPageSize);
  bytes_.assign(bytes.substr(0, scan.valid_bytes));
  mark_clean();
}

bool PageBuilder::put_at(std::size_t offset, const Record& record) {
  scratch_.clear();
  encode(record, header_.base, scratch_);
  const std::size_t length = scratch_.size();
  if (offset + kRecordHeaderSize + length > kPageSize) return false;
  bytes_.resize(offset);
  ByteWriter out(bytes_);
  out.fixed(0, 4);
  out.fixed(static_cast<std::uint64_t>(type_of(record)), 1);
  out.fixed(length, 2);
  bytes_ += scratch_;
  scratch_.clear();
  ByteWriter(scratch_).fixed(checksum(std::string_view(bytes_).substr(offset + 4)), 4);
  bytes_.replace(offset, 4, scratch_);
  last_record_ = offset;
  dirty_from_ = std::min(dirty_from_, offset);
  return true;
}

bool PageBuilder::add(const Record& record) {
  return put_at(bytes_.size(), record);
}

bool PageBuilder::replace_last(const Record& record) {
  return last_record_ != 0 && put_at(last_record_, record);
}

}  // namespace tailwater
