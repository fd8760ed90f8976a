// IngestFixture: a folder of files, a journal, and an ingest over them that a test steps by hand. What comes out is
// kept as records by path, from the listener while it runs and from the journal for what start() took in.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "filter/record_splitter.h"
#include "journal/journal.h"
#include "source/ingest_core.h"
#include "support/temp_dir.h"

namespace tailwater {

struct SeenRecord {
  std::string path;
  std::uint32_t generation = 0;
  std::string line;
  bool partial = false;
  bool truncated = false;
};

struct SeenChange {
  std::string path;
  FileChange change;
};

/// Keeps everything it is told, and holds ingest to its promises while it is at it.
class RecordingListener final : public IngestListener {
 public:
  explicit RecordingListener(const RecordRules& rules) : rules_(rules) {}
  void watch(Journal& journal) {
    journal_ = &journal;
    last_append_ = 0;
  }

  void on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes, const BytesBefore& before,
                 const Journal::Appended& appended) override {
    check_append(appended);
    ASSERT_EQ(bytes.size(), extent.end - extent.begin) << file.path;
    EXPECT_EQ(file.index, extent.file);
    add(file, extent, bytes, before.in_line);
    turn_open_ = true;
  }
  void on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) override {
    check_append(appended);
    changes.push_back({file.path, change});
    turn_open_ = true;
  }
  void on_turn_end(std::optional<SteadyTime> /*noticed*/) override {
    EXPECT_TRUE(turn_open_);
    turn_open_ = false;
    ++turns;
  }
  void add(const FileInfo& file, const Extent& extent, std::string_view bytes, bool continues) {
    RecordSplitter splitter(bytes, extent.begin, continues, extent.partial, rules_);
    while (const auto record = splitter.next()) {
      records.push_back({file.path, extent.generation, std::string(record->line), record->partial, record->truncated});
    }
    std::uint64_t& end = ends_[{extent.file, extent.generation}];
    EXPECT_GE(extent.begin, end) << file.path << ": bytes came twice";
    end = extent.end;
  }

  std::vector<SeenRecord> records;
  std::vector<SeenChange> changes;
  int turns = 0;

 private:
  void check_append(const Journal::Appended& appended) {
    EXPECT_EQ(appended.appends, last_append_ == 0 ? appended.appends : last_append_ + 1);
    last_append_ = appended.appends;
    // Told means committed.
    EXPECT_GE(journal_->end().appends, appended.appends);
    EXPECT_GE(journal_->end().point, appended.point);
  }

  RecordRules rules_;
  Journal* journal_ = nullptr;
  std::uint64_t last_append_ = 0;
  bool turn_open_ = false;
  std::map<std::pair<FileIndex, std::uint32_t>, std::uint64_t> ends_;
};

/// What the tests of ingest share; `kind` is the test's parameter.
class IngestFixture {
 public:
  explicit IngestFixture(WatchSet::Kind kind) : kind_(kind) {
    options_.poll_interval = Milliseconds(2);
    options_.sweep_interval = std::chrono::hours(1);  // tests call sweep()
    options_.partial_after = Milliseconds(0);
    loop_ = std::move(*EventLoop::create());
  }
  ~IngestFixture() { ingest_.reset(); }

  // --- the folder -------------------------------------------------------------------------------------------
  [[nodiscard]] std::string path(const std::string& name) const { return logs() + "/" + name; }
  [[nodiscard]] std::string logs() const { return dir_.path() + "/logs"; }
  void write_to(const std::string& file, std::string_view text, int flags = O_APPEND | O_CREAT) const {
    const UniqueFd fd(::open(path(file).c_str(), O_WRONLY | O_CLOEXEC | flags, 0644));
    ASSERT_TRUE(fd) << file;
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void rename(const std::string& from, const std::string& to) const {
    ASSERT_EQ(::rename(path(from).c_str(), path(to).c_str()), 0) << from;
  }
  void remove(const std::string& file) const { ASSERT_EQ(::unlink(path(file).c_str()), 0) << file; }
  void truncate(const std::string& file, off_t size = 0) const {
    ASSERT_EQ(::truncate(path(file).c_str(), size), 0) << file;
  }
  /// As logrotate does it with `a.log`.
  void copytruncate_to(const std::string& copy) const {
    std::filesystem::copy_file(path("a.log"), path(copy));
    truncate("a.log");
  }

  // --- the ingest -------------------------------------------------------------------------------------------
  /// One stream `s` over `paths`, which are relative to the folder.
  void start(std::vector<std::string> paths) {
    StreamSource source;
    source.name = "s";
    for (const std::string& one : paths) source.paths.push_back(one.starts_with('/') ? one : path(one));
    source.excludes = excludes_;
    source.records = rules_;
    start_streams({std::move(source)});
  }
  void start_streams(std::vector<StreamSource> sources) {
    if (!journal_) open_journal();
    auto ingest =
        IngestCore::create({*loop_, *journal_, *catalog_, clock_, listener_}, options_, std::move(sources), kind_);
    ASSERT_TRUE(ingest) << ingest.error().message;
    ingest_ = std::move(*ingest);
    listener_.watch(*journal_);
    const JournalEnd before = journal_->end();
    ASSERT_TRUE(ingest_->start());
    take_history(before.point);
  }
  void open_journal() {
    catalog_ = std::make_unique<Catalog>();
    JournalOptions options;
    options.directory = dir_.path() + "/state";
    options.merge_window = merge_window_;
    auto journal = Journal::open(options, *catalog_);
    ASSERT_TRUE(journal) << journal.error().message;
    journal_ = std::move(*journal);
  }
  void stop() {
    if (ingest_) ingest_->stop();
    crash();
  }
  /// Without a last read or checkpoint.
  void crash() {
    ingest_.reset();
    journal_.reset();
    catalog_.reset();
    loop_ = std::move(*EventLoop::create());
  }

  // --- what came out ----------------------------------------------------------------------------------------
  [[nodiscard]] bool run_until(const std::function<bool()>& done,
                               std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop_->run_once();
      std::this_thread::yield();
    }
    return true;
  }
  /// Runs until `count` records of `file` have come (since the beginning of the test), and some turns more.
  void expect_lines(const std::string& file, const std::vector<std::string>& lines) {
    EXPECT_TRUE(run_until([&] { return lines_of(file).size() >= lines.size(); }));
    settle();
    EXPECT_EQ(lines_of(file), lines) << file;
  }
  /// Long enough for a watcher to say what it has to say.
  void settle() {
    const auto until = std::chrono::steady_clock::now() +
                       (kind_ == WatchSet::Kind::kBest ? Milliseconds(2) : 5 * options_.poll_interval);
    while (std::chrono::steady_clock::now() < until) loop_->run_once();
  }
  [[nodiscard]] std::vector<std::string> lines_of(const std::string& file) const {
    std::vector<std::string> lines;
    for (const SeenRecord& record : listener_.records) {
      if (record.path == path(file)) lines.push_back(record.line);
    }
    return lines;
  }
  [[nodiscard]] std::size_t line_count() const { return listener_.records.size(); }
  [[nodiscard]] std::vector<FileChangeKind> changes_of(const std::string& file) const {
    std::vector<FileChangeKind> kinds;
    for (const SeenChange& seen : listener_.changes) {
      if (seen.path == path(file)) kinds.push_back(seen.change.kind);
    }
    return kinds;
  }
  [[nodiscard]] std::optional<FileChange> last_change(const std::string& file) const {
    std::optional<FileChange> last;
    for (const SeenChange& seen : listener_.changes) {
      if (seen.path == path(file)) last = seen.change;
    }
    return last;
  }
  [[nodiscard]] std::optional<FileStatus> status_of(const std::string& file) const {
    for (const FileStatus& status : catalog_->list()) {
      if (status.info->path == path(file)) return status;
    }
    return std::nullopt;
  }

  WatchSet::Kind kind_;
  TempDir dir_;
  SystemClock clock_;
  RecordRules rules_;
  IngestOptions options_;
  std::vector<std::string> excludes_;
  Milliseconds merge_window_{100};
  RecordingListener listener_{rules_};
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<IngestCore> ingest_;

 private:
  /// What start() appended, which the listener is not told: read from the journal and the files.
  void take_history(JournalPoint from) {
    const auto reader = journal_->read(from);
    const JournalEnd end = journal_->end();
    for (;;) {
      const auto next = reader->next(end);
      ASSERT_TRUE(next) << next.error().message;
      if (!*next) break;
      if (const auto* change = std::get_if<FileChange>(&(**next).entry)) {
        listener_.changes.push_back({catalog_->find(change->file)->path, *change});
        continue;
      }
      const Extent& extent = std::get<Extent>((**next).entry);
      const auto bytes = catalog_->open(extent.file, extent.generation);
      ASSERT_TRUE(bytes) << bytes.error().message;
      std::string text(extent.end - extent.begin, '\0');
      ASSERT_EQ(*(*bytes)->read_at(extent.begin, text), text.size());
      char before = '\n';
      if (extent.begin > 0) {
        ASSERT_EQ(*(*bytes)->read_at(extent.begin - 1, {&before, 1}), 1U);
      }
      listener_.add(*catalog_->find(extent.file), extent, text, before != '\n');
    }
  }
};

inline std::string watcher_name(const testing::TestParamInfo<WatchSet::Kind>& kind) {
  return kind.param == WatchSet::Kind::kBest ? "Inotify" : "Poll";
}

}  // namespace tailwater
