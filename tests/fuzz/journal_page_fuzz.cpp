// Any bytes as a page of the journal, and (checksums keep mutations of a page from getting far) as the payloads of
// records one after another: what is accepted survives being written and read again, and a table of files takes it up.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "journal/file_table.h"
#include "journal/page.h"
#include "journal/record.h"

namespace {

using namespace tailwater;

void require(bool holds) {
  if (!holds) std::abort();
}

void take_up(const Record& record, WallTime base, bool in_snapshot, FileTable& table) {
  std::string payload;
  encode(record, base, payload);
  require(decode(type_of(record), payload, base) == record);
  table.apply(record, /*entry=*/1, in_snapshot);
}

void check_page(std::string_view bytes, FileTable& table) {
  const PageScan scan = scan_page(bytes);
  require(scan.valid_bytes <= std::min(bytes.size(), kPageSize));
  require(scan.header || scan.records.empty());
  for (const RecordRef& ref : scan.records) {
    require(ref.offset >= kPageHeaderSize + kRecordHeaderSize);
    require(std::size_t{ref.offset} + ref.length <= scan.valid_bytes);
    const auto record = decode(ref.type, bytes.substr(ref.offset, ref.length), scan.header->base);
    if (record) take_up(*record, scan.header->base, scan.header->snapshot, table);
  }
  if (!scan.header) return;
  PageBuilder again(bytes, scan);
  (void)again.add(RetiredRecord{7});
  require(scan_page(again.bytes()).records.size() >= scan.records.size());
}

/// Each record: type, flags (bit 0: in a snapshot), length, payload.
void check_payloads(std::string_view bytes, FileTable& table) {
  while (bytes.size() >= 3) {
    const auto type = static_cast<RecordType>(bytes[0]);
    const bool in_snapshot = (bytes[1] & 1) != 0;
    const std::string_view payload = bytes.substr(3, static_cast<std::uint8_t>(bytes[2]));
    bytes.remove_prefix(3 + payload.size());
    const WallTime base{Milliseconds(1'700'000'000'000)};
    if (const auto record = decode(type, payload, base)) take_up(*record, base, in_snapshot, table);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FileTable table;
  check_page(bytes, table);
  check_payloads(bytes, table);
  (void)table.newest();
  (void)table.snapshot(/*names=*/true);
  table.drop_unusable();
  Catalog catalog;
  require(table.restore(catalog).has_value());
  return 0;
}
