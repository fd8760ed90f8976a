// Random operations on files, against a model that only knows which records were written where. Every record must come
// out, once, in the order of its file; a record may be missing only if the bytes were destroyed before anybody was
// given the time to look.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include <fmt/format.h>

#include "source/ingest_fixture.h"

namespace tailwater {
namespace {

/// One path and everything that was ever written to it, under whatever name it is now.
class ModelFile {
 public:
  ModelFile(IngestFixture& fixture, std::string name, std::mt19937_64& random)
      : fixture_(fixture), name_(std::move(name)), random_(random) {}

  void append() {
    finish_line();
    std::string text;
    for (auto count = random_() % 6 + 1; count > 0; --count) text += line();
    write(text);
  }
  void append_much() {
    finish_line();
    std::string text;
    while (text.size() < 300'000) text += line();
    write(text);
  }
  void begin_line() {
    if (open_rest_) return finish_line();
    const std::string whole = line();
    const std::size_t half = whole.size() / 2;
    write(whole.substr(0, half));
    open_rest_ = whole.substr(half);
  }
  void finish_line() {
    if (open_rest_) write(*std::exchange(open_rest_, std::nullopt));
  }
  void rotate(bool create) {
    if (!exists_) return;
    finish_line();
    shift();
    fixture_.rename(name_, name_ + ".1");
    exists_ = life_seen_ = false;
    if (create) write("");
  }
  void copytruncate() {
    // Of a life of which nothing was seen nobody can know that it ended.
    if (!exists_ || !life_seen_) return;
    life_seen_ = false;
    finish_line();
    shift();
    std::filesystem::copy_file(fixture_.path(name_), fixture_.path(name_ + ".1"));
    fixture_.truncate(name_);
    // Who was not given the time to look finds the bytes in the copy, if it knows enough of them to recognise it.
    destroy(unsettled_);
  }
  void truncate() {
    if (!exists_ || !life_seen_) return;
    life_seen_ = false;
    destroy(unsettled_);
    fixture_.truncate(name_);
  }
  void remove() {
    if (!exists_) return;
    destroy(unsettled_);
    fixture_.remove(name_);
    exists_ = life_seen_ = false;
  }
  /// Everything that exists has been looked at, but nobody can know what an open line will be.
  void settled() {
    unsettled_.clear();
    life_seen_ = exists_ && std::filesystem::file_size(fixture_.path(name_)) > 0;
    if (open_rest_) unsettled_.push_back(written_.back());
  }

  void check(std::vector<std::string> seen, bool in_order) const {
    // Half a line whose other half was never written counts as a line when its file ends.
    std::erase_if(seen, [&](const std::string& one) {
      return std::any_of(halves_.begin(), halves_.end(), [&](const std::string& half) { return one == half; });
    });
    std::set<std::string> once;
    for (const std::string& one : seen) EXPECT_TRUE(once.insert(one).second) << name_ << ": twice: " << one;
    const std::set<std::string> ever(written_.begin(), written_.end());
    for (const std::string& one : seen) EXPECT_TRUE(ever.contains(one)) << name_ << ": never written: " << one;
    for (const std::string& one : written_) {
      EXPECT_TRUE(once.contains(one) || destroyed_.contains(one)) << name_ << ": missing: " << one;
    }
    if (!in_order) return;
    std::size_t at = 0;
    for (const std::string& one : written_) at += at < seen.size() && seen[at] == one ? 1 : 0;
    EXPECT_EQ(at, seen.size()) << name_ << ": out of order: " << (at < seen.size() ? seen[at] : "") << " after "
                               << (at > 0 ? seen[at - 1] : "nothing");
  }
  [[nodiscard]] std::size_t at_least() const { return written_.size() - destroyed_.size() - (open_rest_ ? 1 : 0); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t written() const { return written_.size(); }

 private:
  std::string line() {
    // Long enough to be told from others by its beginning: what is shorter than 64 bytes proves nothing.
    written_.push_back(fmt::format("{} {} {}", name_, written_.size(), std::string(64 + random_() % 90, 'x')));
    unsettled_.push_back(written_.back());
    return written_.back() + "\n";
  }
  void write(const std::string& text) {
    fixture_.write_to(name_, text);
    exists_ = true;
  }
  void shift() {
    for (int i = 40; i > 0; --i) {
      const std::string from = fmt::format("{}.{}", name_, i);
      if (std::filesystem::exists(fixture_.path(from))) fixture_.rename(from, fmt::format("{}.{}", name_, i + 1));
    }
  }
  void destroy(std::vector<std::string>& lines) {
    if (open_rest_) {
      const std::string& whole = written_.back();
      halves_.insert(whole.substr(0, whole.size() + 1 - open_rest_->size()));
      destroyed_.insert(whole);
      open_rest_.reset();
    }
    destroyed_.insert(lines.begin(), lines.end());
    lines.clear();
  }

  IngestFixture& fixture_;
  std::string name_;
  std::mt19937_64& random_;
  std::vector<std::string> written_;
  std::vector<std::string> unsettled_;
  std::set<std::string> destroyed_;
  std::set<std::string> halves_;
  std::optional<std::string> open_rest_;
  bool exists_ = false;
  bool life_seen_ = false;  ///< bytes of the file that is at the path now have been seen
};

struct ModelCase {
  WatchSet::Kind kind;
  bool glob;  ///< rotated files are found by the stream, too
  bool restarts;
};

class IngestModel : public testing::TestWithParam<ModelCase> {
 protected:
  void run(std::uint64_t seed);
};

std::string model_name(const testing::TestParamInfo<ModelCase>& info) {
  return std::string(info.param.kind == WatchSet::Kind::kBest ? "Inotify" : "Poll") +
         (info.param.glob ? "Glob" : "Path") + (info.param.restarts ? "Restarts" : "");
}
INSTANTIATE_TEST_SUITE_P(All, IngestModel,
                         testing::Values(ModelCase{WatchSet::Kind::kBest, false, false},
                                         ModelCase{WatchSet::Kind::kBest, true, false},
                                         ModelCase{WatchSet::Kind::kBest, false, true},
                                         ModelCase{WatchSet::Kind::kBest, true, true},
                                         ModelCase{WatchSet::Kind::kPollOnly, false, true},
                                         ModelCase{WatchSet::Kind::kPollOnly, true, true}),
                         model_name);

void IngestModel::run(std::uint64_t seed) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  IngestFixture fixture(GetParam().kind);
  std::filesystem::create_directories(fixture.logs());
  fixture.options_.read_bytes = 8 << 10;
  fixture.options_.turn_bytes = 32 << 10;
  fixture.rules_.max_record_bytes = 4096;
  std::vector<ModelFile> files;
  std::vector<std::string> paths;
  for (const char* name : {"a.log", "b.log", "c.log"}) {
    files.emplace_back(fixture, name, random);
    paths.push_back(GetParam().glob ? std::string(name) + "*" : name);
  }
  // What one path wrote may come out under the name that it was found by.
  const auto seen_of = [&](const ModelFile& file) {
    std::vector<std::string> lines;
    for (const SeenRecord& record : fixture.listener_.records) {
      if (record.line.starts_with(file.name() + " ")) lines.push_back(record.line);
    }
    return lines;
  };
  const auto settle = [&] {
    if (!fixture.ingest_) return;
    const auto enough = [&] {
      return std::all_of(files.begin(), files.end(),
                         [&](const ModelFile& file) { return seen_of(file).size() >= file.at_least(); });
    };
    (void)fixture.run_until(enough, std::chrono::milliseconds(300));
    fixture.settle();
    fixture.ingest_->sweep();
    fixture.settle();
    for (ModelFile& file : files) file.settled();
  };
  for (ModelFile& file : files) file.append();
  fixture.start(paths);
  // What was born within a tick of the first start may or may not count as part of it.
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(25)) fixture.loop_->run_once();
  std::string story;
  const auto tell = [&](const char* what) { story += what; };  // the test's operations, for the reader of a failure
  for (int step = 0; step < 60; ++step) {
    ModelFile& file = files[random() % files.size()];
    story += fmt::format(" {}{}:", file.name().substr(0, 1), file.written());
    switch (random() % 16) {
      case 0:
      case 1:
      case 2: tell("append"), file.append(); break;
      case 3: tell("begin"), file.begin_line(); break;
      case 4: tell("finish"), file.finish_line(); break;
      case 5: tell("much"), file.append_much(); break;
      case 6: tell("rotate"), file.rotate(/*create=*/true); break;
      case 7: tell("move"), file.rotate(/*create=*/false); break;
      case 8:
        settle();
        tell("copytruncate"), file.copytruncate();
        settle();
        break;
      case 9: settle(), tell("truncate"), file.truncate(), settle(); break;
      case 10: tell("remove"), file.remove(); break;
      case 11: tell("settle"), settle(); break;
      case 12:
        if (fixture.ingest_) tell("once"), fixture.loop_->run_once();
        break;
      case 13:
        if (fixture.ingest_) tell("sweep"), fixture.ingest_->sweep();
        break;
      case 14:
        if (!GetParam().restarts || !fixture.ingest_) break;
        if (random() % 2 == 0) {
          tell("stop"), fixture.stop();
        } else {
          tell("crash"), fixture.crash();
        }
        break;
      case 15:
        if (!fixture.ingest_) tell("start"), fixture.start(paths);
        break;
    }
  }
  if (!fixture.ingest_) fixture.start(paths);
  for (ModelFile& file : files) file.finish_line();
  settle();
  for (const ModelFile& file : files) file.check(seen_of(file), !GetParam().glob);
  if (HasFailure()) std::printf("%s\n", story.c_str());
}

TEST_P(IngestModel, EveryRecordOnceAndInOrder) {
  const char* given = std::getenv("TAILWATER_SEED");
  if (given != nullptr) return run(std::strtoull(given, nullptr, 10));
  constexpr std::uint64_t first = 20261120;
  for (std::uint64_t round = 0; round < 12 && !HasFailure(); ++round) run(first + round);
  if (HasFailure()) std::printf("repeat with TAILWATER_SEED set to the seed above\n");
}

}  // namespace
}  // namespace tailwater
