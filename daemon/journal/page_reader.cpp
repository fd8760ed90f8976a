#include "journal/page_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tailwater {

WallTime arrival_of(const JournalEntry& entry) {
  if (const auto* extent = std::get_if<Extent>(&entry)) return extent->arrived;
  return std::get<FileChange>(entry).at;
}

Result<void> PageReader::load(std::uint64_t entry) {
  if (page_) {
    // The last entry of a live page may have grown since it was copied.
    const std::uint64_t settled = page_->live && page_->decoded_end() > 0 ? page_->decoded_end() - 1 : page_->end_entry;
    if (entry >= page_->first_entry && entry < settled) return {};
  }
  auto page = store_.load_entry(entry);
  if (!page && page.error().code == ErrorCode::kGone && page_) {
    // Evicted meanwhile, but the segment that the reader is in is still at hand.
    PagePlace following = page_->place;
    do {
      ++following.page;
      page = store_.load(following);
    } while (page && page->end_entry <= entry && following.page < store_.page_count(*following.segment));
    if (page && (entry < page->first_entry || entry >= page->end_entry)) page = store_.load_entry(entry);
  }
  if (!page) return fail(std::move(page.error()));
  page_ = std::move(*page);
  return {};
}

tl::unexpected<Error> PageReader::lost(std::uint64_t go_on_at) {
  const std::uint64_t from = place_.entry;
  place_ = {go_on_at, 0};
  cut_ = false;
  return fail(ErrorCode::kGone, fmt::format("journal entries from {} to {} were lost to damage",
                                            std::min(from, go_on_at), std::max(from, go_on_at)));
}

Result<std::optional<NumberedEntry>> PageReader::next(const JournalEnd& until) {
  while (place_ < until.point) {
    if (auto loaded = load(place_.entry); !loaded) {
      if (loaded.error().code == ErrorCode::kGone) {
        place_ = {store_.first_entry(), 0};
        cut_ = false;
        page_.reset();
      }
      return fail(std::move(loaded.error()));
    }
    auto entry = page_->entry(place_.entry);
    if (!entry) {
      if (page_->live && place_.entry >= page_->decoded_end()) return std::nullopt;
      return lost(std::max(place_.entry + 1, place_.entry < page_->decoded_end() ? 0 : page_->end_entry));
    }
    const std::uint64_t number = place_.entry;
    auto* extent = std::get_if<Extent>(&*entry);
    if (extent == nullptr) {
      place_ = {number + 1, 0};
      cut_ = false;
      return NumberedEntry{number, std::move(*entry)};
    }
    if (number == until.point.entry && until.point.offset < extent->end) {
      extent->end = until.point.offset;
      extent->partial = false;  // it was not when it ended here
    }
    if (place_.offset >= extent->end) {
      if (number == until.point.entry) return std::nullopt;
      place_ = {number + 1, 0};
      cut_ = false;
      continue;
    }
    if (cut_) extent->begin = place_.offset;
    place_ = {number, extent->end};
    cut_ = true;
    return NumberedEntry{number, std::move(*entry)};
  }
  return std::nullopt;
}

Result<std::optional<NumberedEntry>> PageReader::previous() {
  cut_ = false;
  const std::uint64_t first = store_.first_entry();
  if (place_.entry < first) return std::nullopt;
  if (place_.offset > 0 && place_.entry < store_.next_entry()) {
    if (auto loaded = load(place_.entry); !loaded) return fail(std::move(loaded.error()));
    auto entry = page_->entry(place_.entry);
    auto* extent = entry ? std::get_if<Extent>(&*entry) : nullptr;
    if (extent != nullptr && extent->begin < place_.offset) {
      if (place_.offset < extent->end) {
        extent->end = place_.offset;
        extent->partial = false;
      }
      place_.offset = 0;
      return NumberedEntry{place_.entry, std::move(*entry)};
    }
  }
  if (place_.entry <= first) return std::nullopt;
  const std::uint64_t number = place_.entry - 1;
  if (auto loaded = load(number); !loaded) return fail(std::move(loaded.error()));
  auto entry = page_->entry(number);
  if (!entry) return lost(number < page_->decoded_end() ? number : std::max(page_->decoded_end(), first));
  place_ = {number, 0};
  return NumberedEntry{number, std::move(*entry)};
}

}  // namespace tailwater
