// Random operations on a journal and on a plain list of everything that was ever appended; all answers are compared.
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "journal/page_reader.h"
#include "journal_fixture.h"

namespace tailwater {
namespace {

struct ModelFile {
  FileIndex index = 0;
  FileKey key;
  std::uint32_t generation = 0;
  std::uint64_t end = 0;
  std::map<std::uint32_t, std::uint64_t> opened;  ///< generation to the number of the entry that came next
  bool retired = false;
};

/// The journal as a list. Entry n is entries_[n].
class Model {
 public:
  std::vector<JournalEntry> entries;
  std::vector<ModelFile> files;
  std::size_t unmerged = 0;

  bool may_merge(const Extent& extent, Milliseconds window) const {
    const auto* last = entries.empty() || !growing ? nullptr : std::get_if<Extent>(&entries.back());
    return last != nullptr && last->file == extent.file && last->generation == extent.generation &&
           last->end == extent.begin && !last->partial && extent.arrived - last->arrived <= window;
  }

  /// What a reader gets that goes from `from` to `until`.
  std::vector<NumberedEntry> read(JournalPoint from, JournalPoint until) const {
    std::vector<NumberedEntry> out;
    for (std::uint64_t n = from.entry; n < entries.size() && JournalPoint{n, 0} < until; ++n) {
      JournalEntry entry = entries[n];
      if (auto* extent = std::get_if<Extent>(&entry)) {
        if (n == until.entry && until.offset < extent->end) {
          extent->end = until.offset;
          extent->partial = false;
        }
        if (extent->end <= (n == from.entry ? from.offset : 0)) continue;
      } else if (n == until.entry) {
        continue;
      }
      out.push_back({n, entry});
    }
    return out;
  }

  /// The place of a position whose offset was reached; nullopt if it lies before `first`.
  std::optional<JournalPoint> resolve(const ModelFile& file, std::uint32_t generation, std::uint64_t offset,
                                      std::uint64_t first) const {
    std::optional<JournalPoint> place;
    const std::uint64_t opened = file.opened.at(generation);
    if (offset == 0 && opened < first) return std::nullopt;
    bool behind_change = false;
    for (std::uint64_t n = entries.size(); n-- > std::max(first, opened);) {
      if (const auto* extent = std::get_if<Extent>(&entries[n])) {
        if (extent->file != file.index || extent->generation != generation) continue;
        if (extent->begin < offset && offset <= extent->end) return JournalPoint{n, offset};
        if (extent->end < offset) return place;
        place = JournalPoint{n, extent->begin};
        behind_change = false;
      } else {
        const auto& change = std::get<FileChange>(entries[n]);
        if (change.file != file.index || change.generation != generation || change.kind == FileChangeKind::kRemoved)
          continue;
        place = JournalPoint{n + 1, 0};
        behind_change = true;
      }
    }
    if (offset == 0) return behind_change ? place : JournalPoint{opened, 0};
    // Before the retained order there may be an extent that holds it; then what was found comes after.
    for (std::uint64_t n = std::min<std::uint64_t>(first, entries.size()); n-- > 0;) {
      const auto* extent = std::get_if<Extent>(&entries[n]);
      if (extent != nullptr && extent->file == file.index && extent->generation == generation &&
          extent->end >= offset) {
        return std::nullopt;
      }
    }
    return place;
  }

  std::vector<Extent> before(std::uint64_t first) const {
    std::map<std::pair<FileIndex, std::uint32_t>, std::uint64_t> ends;
    for (std::uint64_t n = 0; n < first; ++n)
      if (const auto* extent = std::get_if<Extent>(&entries[n]))
        ends[{extent->file, extent->generation}] = std::max(ends[{extent->file, extent->generation}], extent->end);
    std::vector<Extent> out;
    for (const auto& [where, end] : ends) {
      const auto file = std::find_if(files.begin(), files.end(),
                                     [&, index = where.first](const ModelFile& f) { return f.index == index; });
      if (end > 0 && !file->retired) out.push_back({where.first, where.second, 0, end, {}, false});
    }
    return out;
  }

  bool growing = false;  ///< the last record may grow
};

class JournalModel : public JournalFixture, public testing::WithParamInterface<int> {
 protected:
  JournalModel() : random_(static_cast<std::uint64_t>(GetParam())) {
    on_disk_ = GetParam() % 2 == 0;
    options_.segment_bytes = (32 + pick(4) * 16) << 10;
    options_.budget = (130 + pick(60)) << 10;
    options_.memory_budget = (20 + pick(50)) << 10;
  }

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  void add_model_file() {
    const auto info = catalog_->add("s", "/log/" + std::to_string(model_.files.size()));
    journal_->open_generation(info->index, 0, {});
    ModelFile file;
    file.index = info->index;
    file.key = info->key;
    file.opened[0] = model_.entries.size();
    model_.files.push_back(file);
    model_.growing = false;
  }

  void append_extent(ModelFile& file) {
    now_ += static_cast<std::int64_t>(pick(4) == 0 ? pick(300) : 0);
    if (pick(50) == 0) file.end += 1 + pick(100);  // bytes that were lost
    Extent extent{file.index, file.generation, file.end, file.end + 1 + pick(500), at(now_), pick(20) == 0};
    const bool may_merge = model_.may_merge(extent, options_.merge_window);
    const auto appended = append(extent);
    file.end = extent.end;
    if (appended.point.entry + 1 == model_.entries.size()) {
      ASSERT_TRUE(may_merge);
      auto& last = std::get<Extent>(model_.entries.back());
      last.end = extent.end;
      last.partial = extent.partial;
    } else {
      if (may_merge) ++model_.unmerged;
      ASSERT_EQ(appended.point.entry, model_.entries.size());
      model_.entries.emplace_back(extent);
    }
    model_.growing = true;
    ASSERT_EQ(appended.point, (JournalPoint{model_.entries.size() - 1, extent.end}));
    ASSERT_EQ(appended.arrived, arrival_of(model_.entries.back()));
  }

  void append_change(ModelFile& file, FileChangeKind kind) {
    const FileChange change{file.index, kind, file.generation, at(now_), Position{file.key, file.generation, 3}, 9};
    ASSERT_EQ(append(change).point, (JournalPoint{model_.entries.size() + 1, 0}));
    model_.entries.emplace_back(change);
    model_.growing = false;
  }

  void begin_generation(ModelFile& file) {
    const bool change_first = pick(2) == 0;
    ++file.generation;
    file.end = 0;
    if (change_first) append_change(file, FileChangeKind::kRotated);
    journal_->open_generation(file.index, file.generation, {});
    file.opened[file.generation] = model_.entries.size();
    if (!change_first && pick(2) == 0) append_change(file, FileChangeKind::kRotated);
    model_.growing = false;
  }

  std::ptrdiff_t live_files() const {
    return std::count_if(model_.files.begin(), model_.files.end(), [](const ModelFile& f) { return !f.retired; });
  }

  void change_something() {
    auto& file = model_.files[pick(model_.files.size())];
    if (file.retired) return;
    const std::uint64_t what = pick(1000);
    if (what < 900) {
      for (std::uint64_t n = 1 + pick(5); n > 0; --n) append_extent(file);
    } else if (what < 940) {
      append_change(file, pick(2) == 0 ? FileChangeKind::kRemoved : FileChangeKind::kAppeared);
    } else if (what < 950 && file.generation < 60) {
      begin_generation(file);
    } else if (what < 980) {
      journal_->checkpoint(file.index, file.generation, {});
      model_.growing = false;
    } else if (what < 982 && model_.files.size() < 40) {
      add_model_file();
    } else if (what == 983 && live_files() > 3) {
      journal_->retire_file(file.index);
      file.retired = true;
      model_.growing = false;
    }
  }

  void commit_and_remember() {
    commit();
    ends_.push_back(journal_->end());
    if (ends_.size() > 30) ends_.erase(ends_.begin());
    const auto& last = journal_->end().point;
    if (model_.entries.empty()) return;
    const auto* extent = std::get_if<Extent>(&model_.entries.back());
    const JournalPoint expected = extent != nullptr ? JournalPoint{model_.entries.size() - 1, extent->end}
                                                    : JournalPoint{model_.entries.size(), 0};
    // After a restart the end is just past the last entry, in the other of its two spellings.
    if (last != JournalPoint{model_.entries.size(), 0}) {
      ASSERT_EQ(last, expected);
    }
  }

  void check_reading() {
    const std::uint64_t first = journal_->first_point().entry;
    const JournalEnd until = ends_[pick(ends_.size())];
    if (until.point.entry < first) return;
    JournalPoint from{first + pick(until.point.entry - first + 1), 0};
    if (from.entry + 200 < until.point.entry && pick(5) > 0) from.entry = until.point.entry - 200;
    if (from.entry < model_.entries.size())
      if (const auto* extent = std::get_if<Extent>(&model_.entries[from.entry]); extent != nullptr && pick(2) == 0)
        from.offset = extent->begin + pick(extent->end - extent->begin + 1);
    const auto expected = model_.read(from, until.point);
    auto reader = journal_->read(from);
    for (const NumberedEntry& want : expected) {
      const auto got = reader->next(until);
      ASSERT_TRUE(got) << got.error().message;
      ASSERT_TRUE(*got);
      ASSERT_EQ((*got)->number, want.number);
      ASSERT_EQ((*got)->entry, want.entry);
    }
    ASSERT_FALSE(*reader->next(until));
    check_rest(*reader, until, expected);
    check_backwards(until, first);
  }

  /// A reader that stood at an old end goes on with nothing missing and nothing twice.
  void check_rest(JournalReader& reader, const JournalEnd& old, const std::vector<NumberedEntry>& before) {
    const JournalPoint end = journal_->end().point;
    std::uint64_t cut_at = 0;
    if (!before.empty() && before.back().number == old.point.entry)
      if (const auto* extent = std::get_if<Extent>(&before.back().entry)) cut_at = extent->end;
    for (const NumberedEntry& want : model_.read(old.point, end)) {
      const auto got = reader.next(journal_->end());
      ASSERT_TRUE(got && *got);
      ASSERT_EQ((*got)->number, want.number);
      JournalEntry expected = want.entry;
      if (want.number == old.point.entry && cut_at > 0) std::get<Extent>(expected).begin = cut_at;
      ASSERT_EQ((*got)->entry, expected);
    }
    ASSERT_FALSE(*reader.next(journal_->end()));
  }

  void check_backwards(const JournalEnd& from, std::uint64_t first) {
    const auto expected = model_.read({first, 0}, from.point);
    auto reader = journal_->read(from.point);
    std::size_t steps = 300;
    for (auto want = expected.rbegin(); want != expected.rend() && steps > 0; ++want, --steps) {
      const auto got = reader->previous();
      ASSERT_TRUE(got) << got.error().message;
      ASSERT_TRUE(*got);
      ASSERT_EQ((*got)->number, want->number);
      ASSERT_EQ((*got)->entry, want->entry);
    }
    if (steps > 0) {
      ASSERT_FALSE(*reader->previous());
    }
  }

  void check_resolve(const ModelFile& file, std::uint32_t generation, std::uint64_t offset) {
    const std::uint64_t first = journal_->first_point().entry;
    const auto got = journal_->resolve({file.key, generation, offset});
    if (file.retired) {
      ASSERT_EQ(got.error().code, ErrorCode::kNotFound);
      return;
    }
    const auto expected = model_.resolve(file, generation, offset, first);
    // What lies exactly before the retained order may be told or not.
    if (got && *got == JournalPoint{first, 0} && !expected) return;
    if (!got && offset == 0 && file.opened.at(generation) == first) return;
    // So may a change of the path that came later than the generation, but before its first extent.
    if (got && offset == 0 && expected && *got == JournalPoint{file.opened.at(generation), 0} &&
        expected->entry > got->entry + 1) {
      return;
    }
    if (!expected) {
      ASSERT_FALSE(got) << to_text(Position{file.key, generation, offset});
      ASSERT_EQ(got.error().code, ErrorCode::kGone);
      return;
    }
    ASSERT_TRUE(got) << got.error().message << " " << expected->entry << " " << first;
    // The end of everything has two spellings: behind the last extent, and before the entry that comes next.
    if (*got == journal_->end().point && *expected == JournalPoint{model_.entries.size(), 0}) return;
    ASSERT_EQ(got->entry, expected->entry) << to_text(Position{file.key, generation, offset});
    ASSERT_EQ(got->offset, expected->offset);
  }

  void check_resolving() {
    for (int i = 0; i < 5; ++i) {
      const auto& file = model_.files[pick(model_.files.size())];
      check_resolve(file, static_cast<std::uint32_t>(pick(file.generation + 1)), 0);
      if (model_.entries.empty()) continue;
      const auto* extent = std::get_if<Extent>(&model_.entries[pick(model_.entries.size())]);
      if (extent == nullptr) continue;
      const auto owner = std::find_if(model_.files.begin(), model_.files.end(),
                                      [&](const ModelFile& f) { return f.index == extent->file; });
      check_resolve(*owner, extent->generation, extent->end);
      check_resolve(*owner, extent->generation, extent->begin + pick(extent->end - extent->begin + 1));
      if (!owner->retired) {
        ASSERT_EQ(journal_->resolve({owner->key, owner->generation, owner->end + 1}).error().code,
                  ErrorCode::kNotFound);
      }
    }
  }

  void check_since_and_before() {
    const std::uint64_t first = journal_->first_point().entry;
    std::vector<Extent> before = *journal_->before_first();
    for (Extent& extent : before) extent.arrived = {};
    ASSERT_EQ(before, model_.before(first));
    const WallTime time = at(static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(now_) + 100)));
    std::uint64_t expected = first;
    while (expected < model_.entries.size() && arrival_of(model_.entries[expected]) < time) ++expected;
    const JournalPoint got = journal_->since(time);
    ASSERT_TRUE(got == (JournalPoint{expected, 0}) ||
                (expected == model_.entries.size() && got == journal_->end().point))
        << got.entry << " " << expected;
  }

  std::mt19937_64 random_;
  Model model_;
  std::vector<JournalEnd> ends_;
  std::int64_t now_ = 1000;
};

INSTANTIATE_TEST_SUITE_P(Seeds, JournalModel, testing::Range(0, 8));

TEST_P(JournalModel, AnswersAsAPlainListWould) {
  open();
  for (int i = 0; i < 5; ++i) add_model_file();
  for (int step = 0; step < 6000; ++step) {
    change_something();
    if (pick(3) == 0 || step % 100 == 0) commit_and_remember();
    if (step % 100 == 0) {
      check_reading();
      check_resolving();
      check_since_and_before();
    }
    if (step % 1500 == 1499) {
      commit_and_remember();
      reopen();
      if (on_disk_) model_.growing = false;
    }
    if (HasFatalFailure()) FAIL() << "at step " << step;
  }
  commit_and_remember();
  const std::uint64_t first = journal_->first_point().entry;
  EXPECT_GT(first, 0U) << "the budget was never reached";
  EXPECT_LT(model_.unmerged, model_.entries.size() / 50);
  for (std::uint64_t n = 0; n < model_.entries.size() && !HasFatalFailure(); ++n) {
    const auto* extent = std::get_if<Extent>(&model_.entries[n]);
    if (extent == nullptr || (n < first && n % 32 != 0)) continue;
    const auto owner = std::find_if(model_.files.begin(), model_.files.end(),
                                    [&](const ModelFile& f) { return f.index == extent->file; });
    if (n % 8 == 0) check_resolve(*owner, extent->generation, extent->end);
  }
}

}  // namespace
}  // namespace tailwater
