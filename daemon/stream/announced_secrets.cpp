#include "stream/announced_secrets.h"

#include <algorithm>
#include <utility>

#include "filter/record_form.h"
#include "stream/record_pieces.h"

namespace tailwater {
namespace {

/// A line without an end is looked at again when more of it is there, but not for ever.
constexpr std::uint64_t kLongestOpenLine = 64U << 10;

RecordRules unredacted(const RecordRules& rules) {
  RecordRules plain = rules;
  plain.redactor = nullptr;
  plain.masks = nullptr;
  plain.max_record_bytes = std::max(plain.max_record_bytes, RecordRules::kDefaultMaxBytes);
  return plain;
}

/// What the records announce. Returns where the line begins that has no end yet, or where the records end.
std::uint64_t look_at(const RecordBytes& records, const RecordRules& plain, const MaskRules& masks,
                      std::vector<std::string>& secrets) {
  const std::uint64_t end = records.begin + records.bytes.size();
  const bool closed = records.bytes.empty() || ends_with_newline(records.bytes, plain.encoding);
  std::uint64_t open = end;
  if (!closed) {
    const std::size_t newline = find_last_newline(records.bytes, plain.encoding);
    open = newline == std::string_view::npos ? records.begin : records.begin + newline + unit_bytes(plain.encoding);
    if (end - open > kLongestOpenLine) open = end;
  }
  if (shows_file_bytes(plain) && !masks.may_announce(records.bytes)) return open;
  RecordSplitter splitter(records.bytes, records.begin, {records.continues, {}}, /*partial=*/true, plain);
  while (const auto record = splitter.next()) {
    if (record->begin < open) masks.find(record->line, secrets);
  }
  return open;
}

}  // namespace

std::uint64_t AnnouncedSecrets::looked_at(const Extent& extent) {
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(extent.file);
  if (known == files_.end()) return 0;
  const auto generation = known->second.looked_at.find(extent.generation);
  return generation == known->second.looked_at.end() ? 0 : generation->second;
}

std::shared_ptr<const Redactor> AnnouncedSecrets::take(const Extent& extent, std::uint64_t from, std::uint64_t to,
                                                       std::vector<std::string> secrets,
                                                       const std::shared_ptr<const MaskRules>& masks) {
  const std::lock_guard lock(mutex_);
  if (files_.size() >= kMaxFiles && files_.find(extent.file) == files_.end()) files_.clear();
  File& file = files_[extent.file];
  std::uint64_t& done = file.looked_at[extent.generation];
  // Somebody else may have begun where this one did, and all may have been forgotten since.
  if (from <= done) done = std::max(done, to);
  for (std::string& secret : secrets) {
    const ByteCount bytes = secret.size();
    if (!file.secrets.insert(std::move(secret)).second) continue;
    file.bytes += bytes;
    file.made.reset();
  }
  if (file.secrets.size() > kMaxSecrets || file.bytes > kMaxBytes) {
    file.too_many = true;
    file.secrets.clear();
    file.bytes = 0;
  }
  if (file.too_many) return Redactor::hiding_all();
  if (file.secrets.empty()) return masks->redactor();
  if (file.made == nullptr || file.made_for != masks) {
    const std::vector<std::string> all(file.secrets.begin(), file.secrets.end());
    file.made = Redactor::with_secrets(*masks->redactor(), all);
    file.made_for = masks;
  }
  return file.made;
}

std::shared_ptr<const Redactor> AnnouncedSecrets::hear(const Extent& extent, std::string_view text, bool in_line,
                                                       const RecordRules& rules) {
  const std::uint64_t from = looked_at(extent);
  if (from >= extent.end) return take(extent, from, from, {}, rules.masks);
  if (from < extent.begin || in_line) return nullptr;
  std::vector<std::string> secrets;
  RecordBytes records;
  records.bytes = text;
  records.begin = extent.begin;
  const std::uint64_t to = look_at(records, unredacted(rules), *rules.masks, secrets);
  return take(extent, extent.begin, to, std::move(secrets), rules.masks);
}

std::shared_ptr<const Redactor> AnnouncedSecrets::redactor(const Extent& extent, const GenerationBytes& bytes,
                                                           const RecordRules& rules) {
  const std::uint64_t from = looked_at(extent);
  std::vector<std::string> secrets;
  std::uint64_t to = from;
  if (from < extent.end) {
    const RecordRules plain = unredacted(rules);
    Extent whole = extent;
    whole.begin = from;
    ReadBuffer buffer;
    RecordPieces pieces(bytes, whole, from, extent.end, plain, buffer);
    while (!pieces.done()) {
      const auto piece = pieces.next();
      if (!piece) return Redactor::hiding_all();
      to = look_at(piece->records, plain, *rules.masks, secrets);
      if (piece->missing || piece->records.bytes.empty()) break;
    }
  }
  return take(extent, from, to, std::move(secrets), rules.masks);
}

}  // namespace tailwater
