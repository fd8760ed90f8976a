// PageReader: the JournalReader over a PageStore. One user at a time; must not outlive the store.
#pragma once

#include <optional>

#include "journal/journal.h"
#include "journal/page_store.h"

namespace tailwater {

[[nodiscard]] WallTime arrival_of(const JournalEntry& entry);

class PageReader final : public JournalReader {
 public:
  PageReader(const PageStore& store, JournalPoint from) : store_(store), place_(from) {}

  [[nodiscard]] Result<std::optional<NumberedEntry>> next(const JournalEnd& until) override;
  [[nodiscard]] Result<std::optional<NumberedEntry>> previous() override;
  [[nodiscard]] JournalPoint point() const override { return place_; }

 private:
  /// Makes page_ the one that has `entry`, as it is now.
  Result<void> load(std::uint64_t entry);
  /// page_ lacks `entry`, which was written once.
  tl::unexpected<Error> lost(std::uint64_t go_on_at);

  const PageStore& store_;
  JournalPoint place_;
  /// place_ is where next() has cut an extent: what follows is given by itself.
  bool cut_ = false;
  std::optional<LoadedPage> page_;
};

}  // namespace tailwater
