// FakeStreams: a Backend whose streams say what a test tells them to. Cursors hold their bytes in a string and are fed
// from the test's thread through their loop's mailbox, as a feed would.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "event/event_loop.h"
#include "http/backend.h"
#include "support/fake_clock.h"
#include "support/wait_until.h"

namespace tailwater {

[[nodiscard]] inline std::string to_chunk(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

class FakeStreams {
 public:
  static constexpr std::string_view kHello = "event: hello\ndata: {}\n\n";

  FakeStreams() {
    auto info = std::make_shared<FileInfo>();
    info->index = 1;
    info->key = *FileKey::parse("k3x9");
    info->stream = "app";
    info->path = "/var/log/app/main.log";
    files.push_back({info, 0, 42, WallTime{Milliseconds(1000)}, true, {}, 64});
    runs.set_streams({"app"});
    Run run;
    run.identity.stream = "app";
    run.identity.file = run.identity.name = "main.log";
    run.state = RunState::kPassed;
    run.key = "k3x9";
    runs.publish(std::move(run), {info->path, {}, {}});
  }

  [[nodiscard]] Backend backend() {
    Backend backend;
    backend.make_readers = [this](EventLoop& loop) { return std::make_unique<FakeReaders>(*this, loop); };
    backend.access = &access;
    backend.audit = &audit;
    backend.stream_names = [this](const Caller& caller) {
      std::vector<std::string> readable = names;
      std::erase_if(readable, [&caller](const std::string& name) { return !caller.may_read(name); });
      return readable;
    };
    backend.gives_raw = [](std::string_view stream) { return stream != "nginx"; };
    backend.live_readers = [this](std::string_view) { return cursors.load(); };
    backend.live_lag = [](std::string_view) { return ByteCount{1500}; };
    backend.filters_set_aside = [] { return std::uint64_t{2}; };
    backend.page = [this](PageRequest request) {
      const std::lock_guard lock(mutex_);
      last_page_ = std::move(request);
      return std::shared_ptr<BodyTask>();
    };
    backend.search = [this](const SearchRequest& request, const std::string&) {
      const std::lock_guard lock(mutex_);
      last_search_ = request;
      return searches_are_full ? nullptr : std::make_shared<FakeTask>();
    };
    backend.histogram = [this](const HistogramRequest& request, const std::string&) {
      const std::lock_guard lock(mutex_);
      last_histogram_ = request;
      return std::make_shared<FakeTask>();
    };
    backend.open_raw = [this](const FileStatus& file, std::optional<std::uint32_t> generation) -> Result<RawFile> {
      if (raw_is_denied) return fail(ErrorCode::kDenied, "it hides secrets");
      RawFile raw;
      raw.generation = generation.value_or(file.generation);
      raw.size = 1000;
      return raw;
    };
    backend.raw = [](const RawFile&, std::uint64_t, std::uint64_t) { return std::make_shared<FakeTask>(); };
    backend.ended = [](const StartRequest& start) { return start.last_event_id == "k3x9.0.042"; };
    backend.files = [this](const Caller& caller) {
      std::vector<FileStatus> readable = files;
      std::erase_if(readable, [&caller](const FileStatus& file) { return !caller.may_read(file.info->stream); });
      return readable;
    };
    backend.journal_status = [this] { return journal; };
    backend.not_ready = [this] { return not_ready; };
    backend.metrics = [](bool openmetrics, const StreamSet&) {
      return std::string(openmetrics ? "# EOF\n" : "app_lines_total 1\n");
    };
    backend.runs = &runs;
    backend.clock = &clock;
    backend.version = "1.2.3";
    return backend;
  }

  /// Every cursor there is says `data`, as one chunk.
  void publish(std::string_view data) {
    on_all_cursors([chunk = to_chunk(data)](FakeCursor& cursor) { cursor.bytes += chunk; });
  }
  /// Every cursor there is says no more.
  void finish() {
    on_all_cursors([](FakeCursor& cursor) { cursor.ended = true; });
  }
  [[nodiscard]] Subscription last_subscription() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

  [[nodiscard]] PageRequest last_page() {
    const std::lock_guard lock(mutex_);
    return last_page_;
  }

  [[nodiscard]] SearchRequest last_search() {
    const std::lock_guard lock(mutex_);
    return last_search_;
  }
  [[nodiscard]] HistogramRequest last_histogram() {
    const std::lock_guard lock(mutex_);
    return last_histogram_;
  }

  // What it answers; set before the server starts.
  std::vector<std::string> names{"app", "nginx"};
  std::vector<FileStatus> files;
  RunBoard runs;
  JournalStatus journal;
  std::string not_ready;
  FakeClock clock;
  Access access{clock};
  std::mutex audit_mutex;
  bool keep_audit = false;           ///< set before the server starts
  std::vector<std::string> audited;  ///< guarded by audit_mutex
  AuditLog audit{clock, [this](std::string line) {
                   const std::lock_guard lock(audit_mutex);
                   if (keep_audit) audited.push_back(std::move(line));
                 }};
  std::string first_bytes = to_chunk(kHello);
  bool searches_are_full = false;
  bool raw_is_denied = false;
  bool endless = false;  ///< cursors have bytes for ever

  std::atomic<std::size_t> cursors{0};
  std::atomic<std::size_t> subscribed{0};
  std::atomic<std::uint64_t> consumed{0};

 private:
  /// Never run.
  struct FakeTask final : BodyTask {
    Turn work(ReadBuffer& /*buffer*/) override { return Turn::kEnd; }
  };
  struct FakeCursor final : Cursor {
    FakeCursor(FakeStreams& owner, std::vector<FakeCursor*>& list, CursorListener& told)
        : streams(owner), siblings(list), listener(told), bytes(owner.first_bytes) {
      siblings.push_back(this);
      ++streams.cursors;
    }
    ~FakeCursor() override {
      std::erase(siblings, this);
      --streams.cursors;
    }
    std::string_view peek() override {
      static const std::string kFlood = to_chunk(std::string(65536, 'x'));
      if (position == bytes.size() && streams.endless && !ended) {
        bytes = kFlood;
        position = 0;
      }
      return std::string_view(bytes).substr(position);
    }
    bool consume(std::size_t count) override {
      position += count;
      streams.consumed += count;
      if (position < bytes.size()) return true;
      bytes.clear();
      position = 0;
      return true;
    }
    [[nodiscard]] bool finished() const override { return ended && position == bytes.size(); }
    [[nodiscard]] ByteCount lag() const override { return bytes.size() - position; }

    FakeStreams& streams;
    std::vector<FakeCursor*>& siblings;
    CursorListener& listener;
    std::string bytes;
    std::size_t position = 0;
    bool ended = false;
  };

  struct FakeReaders final : Readers {
    FakeReaders(FakeStreams& owner, EventLoop& on_loop) : streams(owner), loop(on_loop) {
      const std::lock_guard lock(streams.mutex_);
      streams.readers_.push_back(this);
    }
    ~FakeReaders() override {
      const std::lock_guard lock(streams.mutex_);
      std::erase(streams.readers_, this);
    }
    std::unique_ptr<Cursor> subscribe(Subscription subscription, CursorListener& listener) override {
      {
        const std::lock_guard lock(streams.mutex_);
        streams.last_ = std::move(subscription);
      }
      ++streams.subscribed;
      return std::make_unique<FakeCursor>(streams, list, listener);
    }
    std::unique_ptr<Cursor> subscribe_moored(Subscription subscription, MooredStart /*start*/,
                                             CursorListener& listener) override {
      return subscribe(std::move(subscription), listener);
    }
    std::unique_ptr<Cursor> stream(std::shared_ptr<BodyTask> /*task*/, bool /*sse*/,
                                   CursorListener& listener) override {
      return std::make_unique<FakeCursor>(streams, list, listener);
    }
    std::unique_ptr<PendingBody> collect(std::shared_ptr<BodyTask> /*task*/,
                                         std::function<void(Result<std::string>)> on_body) override {
      loop.post([on_body = std::move(on_body)] { on_body(std::string("{}\n")); });
      return nullptr;
    }
    void shut_down() override {
      for (FakeCursor* cursor : list) {
        cursor->bytes += to_chunk("event: shutdown\ndata: {}\n\n");
        cursor->ended = true;
      }
      wake_all();
    }
    [[nodiscard]] std::size_t size() const override { return list.size(); }
    void wake_all() const {
      for (FakeCursor* cursor : std::vector(list)) cursor->listener.on_ready();
    }

    FakeStreams& streams;
    EventLoop& loop;
    std::vector<FakeCursor*> list;
  };

  void on_all_cursors(const std::function<void(FakeCursor&)>& change) {
    const std::lock_guard lock(mutex_);
    for (FakeReaders* readers : readers_) {
      readers->loop.post([readers, change] {
        for (FakeCursor* cursor : readers->list) change(*cursor);
        readers->wake_all();
      });
    }
  }

  std::mutex mutex_;
  std::vector<FakeReaders*> readers_;  // guarded by mutex_
  Subscription last_;                  // guarded by mutex_
  PageRequest last_page_;              // guarded by mutex_
  SearchRequest last_search_;          // guarded by mutex_
  HistogramRequest last_histogram_;    // guarded by mutex_
};

}  // namespace tailwater
