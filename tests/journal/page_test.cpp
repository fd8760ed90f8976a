#include "journal/page.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

WallTime at(std::int64_t ms) {
  return WallTime(Milliseconds(ms));
}

FileIdentity random_identity(std::mt19937_64& random) {
  FileIdentity identity;
  identity.device = random() >> (random() % 64);
  identity.inode = random() >> (random() % 64);
  identity.birth_ns = static_cast<std::int64_t>(random());
  identity.head_length = static_cast<std::uint32_t>(random() % 1025);
  identity.head_fingerprint = random();
  identity.tail_offset = random() >> (random() % 64);
  identity.tail_length = static_cast<std::uint32_t>(random() % 65);
  identity.tail_fingerprint = random();
  return identity;
}

Record random_record(std::mt19937_64& random) {
  const auto u32 = [&] { return static_cast<std::uint32_t>(random() >> (32 + random() % 32)); };
  const auto u64 = [&] { return random() >> (1 + random() % 63); };
  const auto time = [&] { return at(static_cast<std::int64_t>(1'700'000'000'000 + random() % 1'000'000'000)); };
  switch (random() % 7) {
    case 0: return SnapshotHead{u64(), u32()};
    case 1: {
      FileRecord file{u32(),
                      u32(),
                      u64(),
                      random() % 2 == 0,
                      time(),
                      std::nullopt,
                      "k3x9",
                      "nginx",
                      std::string(random() % 4096, 'p'),
                      {}};
      if (random() % 2 == 0) file.last = LastExtent{u64(), u32(), u64()};
      if (random() % 2 == 0) file.identity = random_identity(random);
      return file;
    }
    case 2: return EndedGeneration{u32(), u32(), u64(), time(), random_identity(random), random() % 2 * u64()};
    case 3: {
      const std::uint64_t begin = u64();
      return Extent{u32(), u32(), begin, begin + (random() >> 1) % 1'000'000, time(), random() % 2 == 0};
    }
    case 4: {
      FileChange change{u32(), static_cast<FileChangeKind>(random() % 5), u32(), time(), std::nullopt, std::nullopt};
      if (random() % 2 == 0) change.lost_from = Position{*FileKey::parse("abcd1"), u32(), u64()};
      if (random() % 2 == 0) change.lost_bytes = u64();
      return change;
    }
    case 5: return IdentityRecord{u32(), u32(), random_identity(random)};
    default: return RetiredRecord{u32()};
  }
}

std::vector<Record> records_of(const std::string& bytes, const PageScan& scan) {
  std::vector<Record> records;
  for (const RecordRef& ref : scan.records) {
    auto record = decode(ref.type, std::string_view(bytes).substr(ref.offset, ref.length), scan.header->base);
    if (record) records.push_back(std::move(*record));
  }
  return records;
}

TEST(Page, GivesBackTheRecordsThatWerePutIn) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 50; ++round) {
    PageBuilder page({kJournalVersion, false, 42, at(1'700'000'000'000), 7});
    std::vector<Record> put;
    for (;;) {
      Record record = random_record(random);
      if (!page.add(record)) break;
      put.push_back(std::move(record));
    }
    const std::string bytes(page.bytes());
    const PageScan scan = scan_page(bytes);
    ASSERT_TRUE(scan.header);
    EXPECT_EQ(*scan.header, page.header());
    EXPECT_EQ(records_of(bytes, scan), put);
    EXPECT_EQ(scan.valid_bytes, bytes.size());
    EXPECT_FALSE(scan.torn);
  }
}

TEST(Page, HoldsAFileWithTheLongestPath) {
  PageBuilder page(PageHeader{});
  EXPECT_TRUE(page.add(
      FileRecord{1, 0, 0, true, at(0), std::nullopt, "k3x9ab", std::string(255, 's'), std::string(4095, '\xff'), {}}));
}

TEST(Page, RewritesTheLastRecordInPlace) {
  PageBuilder page(PageHeader{});
  ASSERT_TRUE(page.add(Extent{1, 0, 0, 10, at(5), false}));
  ASSERT_TRUE(page.add(Extent{2, 0, 0, 10, at(5), false}));
  page.mark_clean();
  ASSERT_TRUE(page.replace_last(Extent{2, 0, 0, 1'000'000, at(5), true}));
  EXPECT_TRUE(page.dirty());
  const std::string bytes(page.bytes());
  const std::vector<Record> expected{Extent{1, 0, 0, 10, at(5), false}, Extent{2, 0, 0, 1'000'000, at(5), true}};
  EXPECT_EQ(records_of(bytes, scan_page(bytes)), expected);
}

TEST(Page, LeavesThingsAsTheyAreWhenARecordDoesNotFit) {
  PageBuilder page(PageHeader{});
  const FileRecord large{1, 0, 0, true, at(0), std::nullopt, "k3x9ab", "s", std::string(16000, 'p'), {}};
  ASSERT_TRUE(page.add(large));
  while (page.add(Extent{1, 0, 0, 10, at(5), false})) {
  }
  const std::string before(page.bytes());
  EXPECT_FALSE(page.replace_last(large));
  EXPECT_EQ(page.bytes(), before);
}

TEST(Page, TornAtAnyByteKeepsTheWholeRecordsBeforeIt) {
  std::mt19937_64 random(4);
  PageBuilder page(PageHeader{});
  std::vector<Record> put;
  std::vector<std::size_t> ends{page.bytes().size()};
  for (int i = 0; i < 20; ++i) {
    put.push_back(random_record(random));
    if (!page.add(put.back())) {
      put.pop_back();
      break;
    }
    ends.push_back(page.bytes().size());
  }
  const std::string bytes(page.bytes());
  for (std::size_t cut = kPageHeaderSize; cut <= bytes.size(); ++cut) {
    std::string torn = bytes.substr(0, cut);
    std::size_t whole = 0;
    while (whole + 1 < ends.size() && ends[whole + 1] <= cut) ++whole;
    const PageScan scan = scan_page(torn);
    EXPECT_EQ(records_of(torn, scan), std::vector<Record>(put.begin(), put.begin() + static_cast<long>(whole)));
    torn.resize(kPageSize, '\0');  // the file system had given it the length already
    const bool only_zeros_torn = whole + 1 < ends.size() && bytes.find_first_not_of('\0', cut) >= ends[whole + 1];
    EXPECT_EQ(scan_page(torn).records.size(), whole + (only_zeros_torn ? 1 : 0));
  }
}

TEST(Page, NoticesEveryFlippedBit) {
  PageBuilder page({kJournalVersion, false, 9, at(77), 3});
  for (std::uint32_t i = 0; i < 10; ++i) ASSERT_TRUE(page.add(Extent{i, i, i * 100, i * 100 + 50, at(80), false}));
  const std::string bytes(page.bytes());
  const std::vector<Record> good = records_of(bytes, scan_page(bytes));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const PageScan scan = scan_page(damaged);
    const auto got = scan.header ? records_of(damaged, scan) : std::vector<Record>{};
    ASSERT_LT(got.size(), good.size()) << "bit " << bit;
    EXPECT_TRUE(scan.torn);
    EXPECT_TRUE(std::equal(got.begin(), got.end(), good.begin()));
  }
}

TEST(Page, TellsItsVersionBeforeAnythingElse) {
  PageHeader header;
  header.version = 2;
  const std::string bytes(PageBuilder(header).bytes());
  ASSERT_TRUE(parse_page_header(bytes));
  EXPECT_EQ(parse_page_header(bytes)->version, 2);
  EXPECT_FALSE(scan_page(bytes).header);
}

TEST(Record, RefusesPayloadsItDidNotWrite) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    const Record record = random_record(random);
    std::string payload;
    encode(record, at(1'700'000'000'000), payload);
    ASSERT_EQ(decode(type_of(record), payload, at(1'700'000'000'000)), record);
    EXPECT_FALSE(decode(type_of(record), payload + '\0', at(0)));
    EXPECT_FALSE(decode(type_of(record), payload.substr(0, payload.size() - 1), at(0)));
    payload[random() % payload.size()] = static_cast<char>(random());
    (void)decode(static_cast<RecordType>(random() % 9), payload, at(0));  // anything but a fault
  }
}

}  // namespace
}  // namespace tailwater
