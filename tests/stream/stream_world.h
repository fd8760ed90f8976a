// StreamWorld: journal, catalog, files on disk and the streaming parts, stepped by hand on one thread: a test says when
// ingest's turn ends, when a worker takes a step and when the client's loop runs. Plays ingest itself.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "event/event_loop.h"
#include "filter/query.h"
#include "journal/catalog.h"
#include "journal/file_identity.h"
#include "journal/journal.h"
#include "stream/readers.h"
#include "stream/stream_core.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace tailwater {

class StreamWorld {
 public:
  struct Options {
    StreamOptions stream;
    JournalOptions journal;
    CatalogLimits catalog;
    RecordRules rules;
  };
  /// Small enough that a few lines fill blocks, budgets and steps.
  static Options small() {
    Options options;
    options.stream.block_bytes = 2048;
    options.stream.chunk_bytes = 512;
    options.stream.feed_bytes = 0;  // the last block alone
    options.stream.history_step_bytes = 1024;
    options.stream.history_workers = 0;
    return options;
  }
  static Options roomy() {
    Options options;
    options.stream.history_workers = 0;
    return options;
  }

  struct File {
    std::shared_ptr<const FileInfo> info;
    std::uint32_t generation = 0;
    std::uint64_t end = 0;  ///< told to the journal
    bool in_line = false;   ///< the last byte told was no newline
    std::string pending;    ///< on disk, not told
    std::shared_ptr<const PlainFile> bytes;
  };

  /// A record as it is in the files, in the journal's order.
  struct Line {
    std::string id;
    std::string text;
    std::size_t file = 0;
  };

  explicit StreamWorld(Options options = roomy()) : options_(std::move(options)), catalog_(options_.catalog) {
    options_.journal.clock = &clock;
    journal_ = std::move(*Journal::open(options_.journal, catalog_));
    ingest_loop_ = std::move(*EventLoop::create());
    begin_streaming();
  }
  /// Another process, as far as streams are concerned; the journal goes on. Cursors must be gone.
  void begin_anew(const Moorings* moorings) {
    readers_.reset();
    core_.reset();
    options_.stream.moorings = moorings;
    ingest_loop_ = std::move(*EventLoop::create());
    begin_streaming();
  }

  // --- ingest ------------------------------------------------------------------------------------------------
  std::size_t add_file(const std::string& name, const std::string& stream = "s") {
    File file;
    file.info = catalog_.add(stream, dir_.file(name));
    files_.push_back(std::move(file));
    begin_generation(files_.back(), FileChangeKind::kAppeared);
    return files_.size() - 1;
  }

  /// The same with the generations that rotations had made of it before: names beside it that are there, and how many
  /// bytes are in them (kUnknownEnd for a compressed one), oldest first.
  std::size_t add_rotated_file(const std::string& name,
                               const std::vector<std::pair<std::string, std::uint64_t>>& rotated) {
    File file;
    file.info = catalog_.add("s", dir_.file(name));
    file.generation = static_cast<std::uint32_t>(rotated.size());
    files_.push_back(std::move(file));
    File& added = files_.back();
    begin_generation(added, FileChangeKind::kAppeared, [&] {
      std::uint32_t generation = 0;
      for (const auto& [rotated_name, end] : rotated) {
        const UniqueFd fd(::open(dir_.file(rotated_name).c_str(), O_RDONLY | O_CLOEXEC));
        const FileIdentity identity = *identify(fd.get(), end == kUnknownEnd ? 0 : end);
        catalog_.remember_generation({added.info->index, generation, end, identity});
        journal_->add_earlier(added.info->index, generation++, end, clock.wall_now(), identity);
      }
    });
    return files_.size() - 1;
  }

  /// Nothing in the journal speaks of it any more, and it is not there.
  void retire(std::size_t file) { catalog_.retire(files_[file].info->index); }

  /// On disk at once, told with the next turn. The text must end where a record does.
  void write(std::size_t file, std::string_view text) {
    File& f = files_[file];
    std::ofstream(f.info->path, std::ios::app | std::ios::binary) << text;
    f.pending += text;
  }

  /// Tells of everything written. `between` is called wherever other threads could get a word in.
  void turn(const std::function<void()>& between = [] {}) {
    std::vector<Told> told;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (!files_[i].pending.empty()) told.push_back(append(i, /*partial=*/false));
    }
    journal_->commit();
    tell(told, between);
    core_->feeds->on_turn_end();
  }
  /// The same, with a commit for each file.
  void turn_with_many_commits(const std::function<void()>& between) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].pending.empty()) continue;
      std::vector<Told> told{append(i, /*partial=*/false)};
      journal_->commit();
      tell(told, between);
    }
    core_->feeds->on_turn_end();
  }
  /// Lets a last line without a newline through.
  void turn_partial(std::size_t file) {
    std::vector<Told> told{append(file, /*partial=*/true)};
    journal_->commit();
    tell(told, [] {});
    core_->feeds->on_turn_end();
  }
  /// As the first scan does it: in the journal, and nobody is told.
  void turn_untold() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (!files_[i].pending.empty()) (void)append(i, /*partial=*/false);
    }
    journal_->commit();
  }
  void write_turn(std::size_t file, std::string_view text) {
    write(file, text);
    turn();
  }
  void change(std::size_t file, FileChangeKind kind, std::optional<std::uint64_t> lost_from = {},
              std::optional<std::uint64_t> lost_bytes = {}) {
    File& f = files_[file];
    FileChange change = change_of(f, kind);
    if (lost_from)
      change.lost_from = Position{f.info->key, f.generation - (kind == FileChangeKind::kRemoved ? 0 : 1), *lost_from};
    change.lost_bytes = lost_bytes;
    tell_change(f, change);
  }
  /// Renamed away and made anew; the old bytes stay open as the catalog's limits allow.
  void rotate(std::size_t file) {
    turn();  // a generation is read to its end before the next begins
    File& f = files_[file];
    std::filesystem::rename(f.info->path, f.info->path + "." + std::to_string(f.generation));
    ++f.generation;
    begin_generation(f, FileChangeKind::kRotated);
  }
  /// The file is gone for good, and nobody has been told.
  void forget(std::size_t file) {
    File& f = files_[file];
    std::filesystem::remove(f.info->path);
    catalog_.begin_generation(f.info->index, f.generation, {}, nullptr);
  }
  /// The bytes of all earlier generations are gone for good.
  void forget_rotated(std::size_t file) {
    File& f = files_[file];
    for (std::uint32_t g = 0; g < f.generation; ++g) {
      std::filesystem::remove(f.info->path + "." + std::to_string(g));
      catalog_.begin_generation(f.info->index, g, {}, nullptr);
    }
    catalog_.begin_generation(f.info->index, f.generation, *identify(f.bytes->fd(), f.end), f.bytes);
  }

  // --- the other threads -------------------------------------------------------------------------------------
  bool run_worker() { return core_->workers.run_one(); }
  void run_ingest() { ingest_loop_->run_once(); }
  void run_client() { client_loop_->run_once(); }
  /// Until nobody has anything to do. Clients read in `consume`.
  void settle(const std::function<bool()>& consume = [] { return false; }) {
    // What the loops post to each other is not seen from here: quiet is a few rounds without work.
    for (int quiet = 0; quiet < 4; ++quiet) {
      run_ingest();
      run_client();
      if (run_worker()) quiet = 0;
      run_client();
      if (consume()) quiet = 0;
    }
  }

  Journal& journal() { return *journal_; }
  Catalog& catalog() { return catalog_; }
  StreamCore& core() { return *core_; }
  LoopReaders& readers() { return *readers_; }
  File& file(std::size_t index) { return files_[index]; }
  const TempDir& dir() const { return dir_; }
  EventLoop& client_loop() { return *client_loop_; }
  /// Everything told so far.
  const std::vector<Line>& lines() const { return lines_; }
  /// Stops all, in the order of the daemon's teardown. Cursors must be gone.
  void close_readers() { readers_.reset(); }

  /// Others who hear of what ingest tells.
  std::function<void(const FileInfo&, const Extent&, const Journal::Appended&)> on_extent = [](const auto&...) {};
  std::function<void(const FileInfo&, const FileChange&, const Journal::Appended&)> on_change = [](const auto&...) {};

  FakeClock clock;

 private:
  void begin_streaming() {
    client_loop_ = std::move(*EventLoop::create());
    core_ = std::make_unique<StreamCore>(*journal_, catalog_, clock, *ingest_loop_, options_.stream,
                                         std::vector<StreamRules>{{"s", options_.rules}, {"other", options_.rules}});
    readers_ = std::make_unique<LoopReaders>(*client_loop_, *core_);
  }

  struct Told {
    std::size_t file = 0;
    Extent extent;
    std::string bytes;
    bool continues = false;
    std::string before;
    Journal::Appended appended;
  };

  Told append(std::size_t index, bool partial) {
    File& f = files_[index];
    Told told;
    told.file = index;
    told.bytes = std::exchange(f.pending, {});
    told.continues = f.in_line;
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(f.end, Redactor::kReach)), '\0');
    EXPECT_TRUE(f.bytes->read_at(f.end - text.size(), text));
    told.before = std::move(text);
    told.extent = {f.info->index, f.generation, f.end, f.end + told.bytes.size(), clock.wall_now(), partial};
    told.appended = journal_->append(told.extent);
    RecordSplitter splitter(told.bytes, f.end, {told.continues, told.before}, partial, options_.rules);
    while (const auto record = splitter.next()) {
      lines_.push_back({to_text(Position{f.info->key, f.generation, record->end}), std::string(record->line), index});
    }
    f.end = told.extent.end;
    f.in_line = told.bytes.back() != '\n';
    catalog_.update(f.info->index, f.end, clock.wall_now(), *identify(f.bytes->fd(), f.end));
    return told;
  }

  void tell(const std::vector<Told>& all, const std::function<void()>& between) {
    between();
    for (const Told& told : all) {
      core_->feeds->on_extent(*files_[told.file].info, told.extent, told.bytes, {told.continues, told.before},
                              told.appended);
      on_extent(*files_[told.file].info, told.extent, told.appended);
      between();
    }
  }

  FileChange change_of(const File& f, FileChangeKind kind) const {
    FileChange change;
    change.file = f.info->index;
    change.kind = kind;
    change.generation = f.generation;
    change.at = clock.wall_now();
    return change;
  }

  void tell_change(const File& f, const FileChange& change) {
    const auto appended = journal_->append(change);
    journal_->commit();
    core_->feeds->on_change(*f.info, change, appended);
    on_change(*f.info, change, appended);
    core_->feeds->on_turn_end();
  }

  void begin_generation(
      File& f, FileChangeKind kind, const std::function<void()>& earlier = [] {}) {
    UniqueFd fd(::open(f.info->path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644));
    ASSERT_TRUE(fd.valid());
    f.bytes = std::make_shared<const PlainFile>(std::move(fd));
    f.end = 0;
    f.in_line = false;
    const FileIdentity identity = *identify(f.bytes->fd(), 0);
    catalog_.begin_generation(f.info->index, f.generation, identity, f.bytes);
    journal_->open_generation(f.info->index, f.generation, identity);
    earlier();
    tell_change(f, change_of(f, kind));
  }

  Options options_;
  TempDir dir_;
  Catalog catalog_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<EventLoop> ingest_loop_;
  std::unique_ptr<EventLoop> client_loop_;
  std::unique_ptr<StreamCore> core_;
  std::unique_ptr<LoopReaders> readers_;
  std::vector<File> files_;
  std::vector<Line> lines_;
};

}  // namespace tailwater
