#include "journal/record.h"

#include "journal/varint.h"

namespace tailwater {

namespace {

/// Flag bits at the head of a payload. An unknown bit is a fault: a later version that adds one raises the version.
constexpr std::uint64_t kPartial = 1;      // Extent
constexpr std::uint64_t kLostFrom = 1;     // FileChange
constexpr std::uint64_t kLostBytes = 2;    // FileChange
constexpr std::uint64_t kHasLast = 1;      // FileRecord
constexpr std::uint64_t kHasIdentity = 2;  // FileRecord, EndedGeneration
constexpr std::uint64_t kAbsent = 4;       // FileRecord
constexpr std::uint64_t kEarlier = 8;      // EndedGeneration

void put_time(ByteWriter& out, WallTime time, WallTime base) {
  out.signed_varint((time - base).count());
}

WallTime get_time(ByteReader& in, WallTime base) {
  // Unsigned, so that a damaged difference wraps instead of overflowing.
  const auto sum =
      static_cast<std::uint64_t>(base.time_since_epoch().count()) + static_cast<std::uint64_t>(in.signed_varint());
  return WallTime(Milliseconds(static_cast<std::int64_t>(sum)));
}

void put_identity(ByteWriter& out, const FileIdentity& identity) {
  out.varint(identity.device);
  out.varint(identity.inode);
  out.fixed(static_cast<std::uint64_t>(identity.birth_ns), 8);
  out.varint(identity.head_length);
  out.fixed(identity.head_fingerprint, 8);
  out.varint(identity.tail_offset);
  out.varint(identity.tail_length);
  out.fixed(identity.tail_fingerprint, 8);
}

FileIdentity get_identity(ByteReader& in) {
  FileIdentity identity;
  identity.device = in.varint();
  identity.inode = in.varint();
  identity.birth_ns = static_cast<std::int64_t>(in.fixed(8));
  identity.head_length = in.varint32();
  identity.head_fingerprint = in.fixed(8);
  identity.tail_offset = in.varint();
  identity.tail_length = in.varint32();
  identity.tail_fingerprint = in.fixed(8);
  return identity;
}

std::uint64_t identity_flag(const FileIdentity& identity) {
  return identity == FileIdentity{} ? 0 : kHasIdentity;
}

struct Encoder {
  ByteWriter out;
  WallTime base;

  void operator()(const SnapshotHead& head) {
    out.varint(head.records);
    out.varint(head.next_index);
  }
  void operator()(const FileRecord& file) {
    out.varint((file.last ? kHasLast : 0) | identity_flag(file.identity) | (file.present ? 0 : kAbsent));
    out.varint(file.file);
    out.varint(file.generation);
    out.varint(file.end);
    put_time(out, file.last_arrival, base);
    if (file.last) {
      out.varint(file.last->entry);
      out.varint(file.last->generation);
      out.varint(file.last->end);
    }
    out.bytes(file.key);
    out.bytes(file.stream);
    out.bytes(file.path);
    if (identity_flag(file.identity) != 0) put_identity(out, file.identity);
  }
  void operator()(const EndedGeneration& ended) {
    out.varint(identity_flag(ended.identity) | (ended.earlier_end > 0 ? kEarlier : 0));
    out.varint(ended.file);
    out.varint(ended.generation);
    out.varint(ended.end);
    put_time(out, ended.last_arrival, base);
    if (ended.earlier_end > 0) out.varint(ended.earlier_end);
    if (identity_flag(ended.identity) != 0) put_identity(out, ended.identity);
  }
  void operator()(const Extent& extent) {
    out.varint(extent.partial ? kPartial : 0);
    out.varint(extent.file);
    out.varint(extent.generation);
    out.varint(extent.begin);
    out.varint(extent.end - extent.begin);
    put_time(out, extent.arrived, base);
  }
  void operator()(const FileChange& change) {
    out.varint((change.lost_from ? kLostFrom : 0) | (change.lost_bytes ? kLostBytes : 0));
    out.varint(change.file);
    out.varint(static_cast<std::uint64_t>(change.kind));
    out.varint(change.generation);
    put_time(out, change.at, base);
    if (change.lost_from) {
      out.bytes(change.lost_from->file.text());
      out.varint(change.lost_from->generation);
      out.varint(change.lost_from->offset);
    }
    if (change.lost_bytes) out.varint(*change.lost_bytes);
  }
  void operator()(const IdentityRecord& learned) {
    out.varint(learned.file);
    out.varint(learned.generation);
    put_identity(out, learned.identity);
  }
  void operator()(const RetiredRecord& retired) { out.varint(retired.file); }
};

std::optional<Record> get_snapshot_head(ByteReader& in) {
  SnapshotHead head;
  head.records = in.varint();
  head.next_index = in.varint32();
  return head;
}

std::optional<Record> get_file(ByteReader& in, WallTime base) {
  FileRecord file;
  const std::uint64_t flags = in.varint();
  if (flags > (kHasLast | kHasIdentity | kAbsent)) return std::nullopt;
  file.present = (flags & kAbsent) == 0;
  file.file = in.varint32();
  file.generation = in.varint32();
  file.end = in.varint();
  file.last_arrival = get_time(in, base);
  if ((flags & kHasLast) != 0) {
    LastExtent last;
    last.entry = in.varint();
    last.generation = in.varint32();
    last.end = in.varint();
    file.last = last;
  }
  file.key = in.bytes();
  file.stream = in.bytes();
  file.path = in.bytes();
  if ((flags & kHasIdentity) != 0) file.identity = get_identity(in);
  return file;
}

std::optional<Record> get_ended(ByteReader& in, WallTime base) {
  EndedGeneration ended;
  const std::uint64_t flags = in.varint();
  if ((flags & ~(kHasIdentity | kEarlier)) != 0) return std::nullopt;
  ended.file = in.varint32();
  ended.generation = in.varint32();
  ended.end = in.varint();
  ended.last_arrival = get_time(in, base);
  if ((flags & kEarlier) != 0) ended.earlier_end = in.varint();
  if ((flags & kHasIdentity) != 0) ended.identity = get_identity(in);
  return ended;
}

std::optional<Record> get_extent(ByteReader& in, WallTime base) {
  Extent extent;
  const std::uint64_t flags = in.varint();
  if (flags > kPartial) return std::nullopt;
  extent.partial = flags != 0;
  extent.file = in.varint32();
  extent.generation = in.varint32();
  extent.begin = in.varint();
  extent.end = extent.begin + in.varint();
  if (extent.end < extent.begin) return std::nullopt;
  extent.arrived = get_time(in, base);
  return extent;
}

std::optional<Record> get_change(ByteReader& in, WallTime base) {
  FileChange change;
  const std::uint64_t flags = in.varint();
  if (flags > (kLostFrom | kLostBytes)) return std::nullopt;
  change.file = in.varint32();
  const std::uint64_t kind = in.varint();
  if (kind > static_cast<std::uint64_t>(FileChangeKind::kReplaced)) return std::nullopt;
  change.kind = static_cast<FileChangeKind>(kind);
  change.generation = in.varint32();
  change.at = get_time(in, base);
  if ((flags & kLostFrom) != 0) {
    const auto key = FileKey::parse(in.bytes());
    if (!key) return std::nullopt;
    change.lost_from = Position{*key, 0, 0};
    change.lost_from->generation = in.varint32();
    change.lost_from->offset = in.varint();
  }
  if ((flags & kLostBytes) != 0) change.lost_bytes = in.varint();
  return change;
}

std::optional<Record> get_identity_record(ByteReader& in) {
  IdentityRecord learned;
  learned.file = in.varint32();
  learned.generation = in.varint32();
  learned.identity = get_identity(in);
  return learned;
}

}  // namespace

RecordType type_of(const Record& record) {
  constexpr RecordType kTypes[] = {RecordType::kSnapshotHead, RecordType::kFile,       RecordType::kEndedGeneration,
                                   RecordType::kExtent,       RecordType::kFileChange, RecordType::kIdentity,
                                   RecordType::kRetired};
  static_assert(std::variant_size_v<Record> == std::size(kTypes));
  return kTypes[record.index()];
}

void encode(const Record& record, WallTime base, std::string& out) {
  std::visit(Encoder{ByteWriter(out), base}, record);
}

FileIndex peek_file(std::string_view payload) {
  ByteReader in(payload);
  (void)in.varint();  // flags
  return in.varint32();
}

std::optional<Record> decode(RecordType type, std::string_view payload, WallTime base) {
  ByteReader in(payload);
  std::optional<Record> record;
  switch (type) {
    case RecordType::kNone: break;
    case RecordType::kSnapshotHead: record = get_snapshot_head(in); break;
    case RecordType::kFile: record = get_file(in, base); break;
    case RecordType::kEndedGeneration: record = get_ended(in, base); break;
    case RecordType::kExtent: record = get_extent(in, base); break;
    case RecordType::kFileChange: record = get_change(in, base); break;
    case RecordType::kIdentity: record = get_identity_record(in); break;
    case RecordType::kRetired: record = RetiredRecord{in.varint32()}; break;
  }
  if (!in.done()) return std::nullopt;
  return record;
}

}  // namespace tailwater
