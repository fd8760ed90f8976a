// AnnouncedSecrets: what jobs have said is secret (MaskRules), by the file whose lines said it. Nothing of it is
// stored: the file is what tells, so whoever is about to show bytes of one first has everything before their end looked
// at for announcements; that is remembered, and costs nothing the next time. A secret is hidden in all of its file from
// then on, also in what stands before. What cannot be looked at is not shown at all. Thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "filter/mask_rules.h"
#include "filter/record_splitter.h"
#include "journal/catalog.h"
#include "journal/extent.h"

namespace tailwater {

class AnnouncedSecrets {
 public:
  /// More than a job has any use for; from then on all of its file is hidden.
  static constexpr std::size_t kMaxSecrets = 1000;
  static constexpr ByteCount kMaxBytes = 64U << 10;

  /// Of more files nothing is remembered for long.
  static constexpr std::size_t kMaxFiles = 50'000;

  /// By what the bytes of the generation up to the extent's end (kUnknownEnd: all) may be shown; `rules.masks` is
  /// there. They are looked at in `bytes` as far as they have not been. Blocks on disk then.
  [[nodiscard]] std::shared_ptr<const Redactor> redactor(const Extent& extent, const GenerationBytes& bytes,
                                                         const RecordRules& rules);
  /// The same of an extent that has just arrived, and this is its text. Null: what stands before it has not been looked
  /// at, and redactor() must be asked.
  [[nodiscard]] std::shared_ptr<const Redactor> hear(const Extent& extent, std::string_view text, bool in_line,
                                                     const RecordRules& rules);

 private:
  struct File {
    std::map<std::uint32_t, std::uint64_t> looked_at;  // of each generation, up to the beginning of a line
    std::set<std::string> secrets;
    ByteCount bytes = 0;
    bool too_many = false;
    std::shared_ptr<const MaskRules> made_for;
    std::shared_ptr<const Redactor> made;  // of the secrets, for those rules
  };
  [[nodiscard]] std::uint64_t looked_at(const Extent& extent);
  /// What was found between two places, as a redactor that knows it.
  std::shared_ptr<const Redactor> take(const Extent& extent, std::uint64_t from, std::uint64_t to,
                                       std::vector<std::string> secrets, const std::shared_ptr<const MaskRules>& masks);

  std::mutex mutex_;
  std::unordered_map<FileIndex, File> files_;  // guarded by mutex_; of streams of runs only
};

}  // namespace tailwater
