// JournalFixture: a journal in a folder of its own (or in memory), with the few words that tests of it need.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "journal/journal.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace tailwater {

class JournalFixture : public testing::Test {
 protected:
  JournalFixture() {
    options_.directory = dir_.path() + "/journal";
    options_.clock = &clock_;
  }

  static WallTime at(std::int64_t ms) { return WallTime(Milliseconds(ms)); }

  void open() {
    catalog_ = std::make_unique<Catalog>();
    JournalOptions options = options_;
    if (!on_disk_) options.directory.clear();
    auto opened = Journal::open(options, *catalog_);
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(*opened);
  }
  void close() {
    journal_.reset();
    catalog_.reset();
  }
  void reopen() {
    if (!on_disk_) return;
    close();
    open();
  }

  FileIndex add_file(const std::string& name) {
    const auto info = catalog_->add("s", "/log/" + name);
    journal_->open_generation(info->index, 0, {});
    return info->index;
  }
  FileKey key(FileIndex file) const { return catalog_->find(file)->key; }
  Journal::Appended append(const Extent& extent) { return journal_->append(extent); }
  Journal::Appended append(const FileChange& change) { return journal_->append(change); }
  void commit() { journal_->commit(); }

  std::vector<JournalEntry> read_all() { return read_from(journal_->first_point()); }
  std::vector<JournalEntry> read_from(JournalPoint from) {
    std::vector<JournalEntry> entries;
    const JournalEnd end = journal_->end();
    auto reader = journal_->read(from);
    for (;;) {
      auto entry = reader->next(end);
      if (!entry) {
        ADD_FAILURE() << entry.error().message;
        return entries;
      }
      if (!*entry) return entries;
      entries.push_back((*entry)->entry);
    }
  }
  std::vector<JournalEntry> read_all_backwards() {
    std::vector<JournalEntry> entries;
    auto reader = journal_->read(journal_->end().point);
    for (;;) {
      auto entry = reader->previous();
      if (!entry) {
        ADD_FAILURE() << entry.error().message;
        return entries;
      }
      if (!*entry) break;
      entries.insert(entries.begin(), (*entry)->entry);
    }
    return entries;
  }

  TempDir dir_;
  FakeClock clock_;
  JournalOptions options_;
  bool on_disk_ = true;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace tailwater
