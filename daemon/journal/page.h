// Page: 16 KiB of the journal that can be read by itself: a checked header, then checked records, then zeros. Pure,
// bytes in and out. A page's last record may be written again in place (merging); nothing else ever changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "journal/record.h"

namespace tailwater {

inline constexpr std::size_t kPageSize = 16 << 10;
inline constexpr std::size_t kPageHeaderSize = 32;
inline constexpr std::size_t kRecordHeaderSize = 7;  // checksum u32, type u8, length u16
inline constexpr std::size_t kMaxPayload = kPageSize - kPageHeaderSize - kRecordHeaderSize;
inline constexpr std::uint16_t kJournalVersion = 1;

struct PageHeader {
  std::uint16_t version = kJournalVersion;
  bool snapshot = false;          ///< its records are the snapshot at the head of a segment
  std::uint64_t first_entry = 0;  ///< the number of its first entry, or that of the next one if it has none
  WallTime base{};                ///< no entry before this page arrived later, none in it or after it earlier
  std::uint32_t number = 0;       ///< within the segment
  friend bool operator==(const PageHeader&, const PageHeader&) = default;
};

/// nullopt for bytes that do not begin with a header whose checksum is right. The place of magic, version and checksum
/// is the same in all versions, so that the version can be trusted before anything else is looked at.
[[nodiscard]] std::optional<PageHeader> parse_page_header(std::string_view bytes);

/// One record of a page: where its payload lies in the page's bytes.
struct RecordRef {
  RecordType type = RecordType::kNone;
  std::uint16_t offset = 0;
  std::uint16_t length = 0;
};

/// What a page's bytes hold, up to the first thing that is wrong.
struct PageScan {
  std::optional<PageHeader> header;  ///< without one there are no records
  std::vector<RecordRef> records;
  std::vector<std::uint16_t> entries;  ///< of these, those with a number: indices into `records`
  std::size_t valid_bytes = 0;         ///< header and records
  bool torn = false;                   ///< something other than zeros follows
};

[[nodiscard]] PageScan scan_page(std::string_view bytes);

/// The page that grows. Single writer; bytes() is stable between calls of its members.
class PageBuilder {
 public:
  explicit PageBuilder(const PageHeader& header);
  /// Goes on behind the valid bytes of a page that was read back.
  PageBuilder(std::string_view bytes, const PageScan& scan);

  /// False, and nothing done, where the record does not fit.
  [[nodiscard]] bool add(const Record& record);
  /// Puts `record` in the place of the one that was added last. False, and nothing done, where it does not fit.
  [[nodiscard]] bool replace_last(const Record& record);

  [[nodiscard]] const PageHeader& header() const { return header_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] bool has_records() const { return bytes_.size() > kPageHeaderSize; }

  /// Offset of the first byte that changed since mark_clean().
  [[nodiscard]] std::size_t dirty_from() const { return dirty_from_; }
  [[nodiscard]] bool dirty() const { return dirty_from_ < bytes_.size(); }
  void mark_clean() { dirty_from_ = bytes_.size(); }

 private:
  bool put_at(std::size_t offset, const Record& record);

  PageHeader header_;
  std::string bytes_;
  std::string scratch_;
  std::size_t last_record_ = 0;
  std::size_t dirty_from_ = 0;
};

}  // namespace tailwater
