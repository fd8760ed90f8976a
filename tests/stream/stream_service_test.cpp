// StreamService with real threads: one for ingest, two for clients, two workers. For ThreadSanitizer above all; the
// clients check that they see every record once and in order.
#include "stream/stream_service.h"

#include <fcntl.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "journal/file_identity.h"
#include "stream/test_client.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using namespace std::chrono_literals;

class LoopThread {
 public:
  LoopThread() : loop_(std::move(*EventLoop::create())), thread_([this] { loop_->run(); }) {}
  ~LoopThread() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    loop_->stop();
    thread_.join();
  }
  EventLoop& loop() { return *loop_; }
  /// Runs it there and waits.
  void call(const std::function<void()>& task) {
    std::promise<void> done;
    loop_->post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  std::unique_ptr<EventLoop> loop_;
  std::thread thread_;
};

/// Follows one file, on its own thread.
class Follower {
 public:
  explicit Follower(const std::string& path) : path_(path) {
    StreamOptions options;
    options.block_bytes = 4096;
    options.chunk_bytes = 1024;
    options.feed_bytes = 40'000;
    options.history_step_bytes = 8192;
    journal_ = std::move(*Journal::open({}, catalog_));
    service_ = std::make_unique<StreamService>(*journal_, catalog_, clock_, ingest_.loop(), options,
                                               std::vector<StreamRules>{{"s", {}}});
    std::ofstream(path_).flush();
    ingest_.call([this] {
      info_ = catalog_.add("s", path_);
      bytes_ = std::make_shared<const PlainFile>(UniqueFd(::open(path_.c_str(), O_RDONLY)));
      const FileIdentity identity = *identify(bytes_->fd(), 0);
      catalog_.begin_generation(info_->index, 0, identity, bytes_);
      journal_->open_generation(info_->index, 0, identity);
    });
  }

  void append(const std::string& text) {
    ingest_.call([&] {
      std::ofstream(path_, std::ios::app) << text;
      const Extent extent{info_->index, 0, end_, end_ + text.size(), clock_.wall_now(), false};
      end_ = extent.end;
      const auto appended = journal_->append(extent);
      journal_->commit();
      service_->on_extent(*info_, extent, text, /*continues=*/false, appended);
      service_->on_turn_end(std::nullopt);
    });
  }

  StreamService& service() { return *service_; }
  LoopThread& ingest() { return ingest_; }

 private:
  std::string path_;
  SystemClock clock_;
  Catalog catalog_;
  std::unique_ptr<Journal> journal_;
  LoopThread ingest_;
  std::unique_ptr<StreamService> service_;
  std::shared_ptr<const FileInfo> info_;
  std::shared_ptr<const PlainFile> bytes_;
  std::uint64_t end_ = 0;
};

struct Reader final : CursorListener {
  std::unique_ptr<Cursor> cursor;
  ChunkDecoder decoder;
  std::string data;
  std::atomic<bool> has_last{false};
  std::size_t most = SIZE_MAX;
  std::size_t thread = 0;

  void on_ready() override { read(); }
  void read() {
    if (!cursor) return;
    std::size_t left = most;
    while (left > 0 && !cursor->finished()) {
      const std::string_view bytes = cursor->peek().substr(0, left);
      if (bytes.empty()) return;
      EXPECT_TRUE(decoder.feed(bytes, data));
      if (data.find("the last line") != std::string::npos) has_last.store(true);
      cursor->consume(bytes.size());
      left -= bytes.size();
    }
  }
};

std::vector<int> numbers_in(const std::string& data) {
  std::vector<int> numbers;
  SseParser parser([&](const SseEvent& event) {
    const std::size_t at = event.data.find("number ");
    if (event.type == "log" && at != std::string::npos) numbers.push_back(std::stoi(event.data.substr(at + 7)));
  });
  parser.feed(data);
  return numbers;
}

TEST(StreamService, ClientsOnTwoThreadsSeeEverythingOnceWhileItIsWritten) {
  constexpr int kBefore = 200;
  constexpr int kLive = 1500;
  TempDir dir;
  Follower follower(dir.file("a.log"));
  for (int i = 0; i < kBefore; ++i) follower.append(fmt::format("number {}\n", i));

  std::vector<std::unique_ptr<LoopThread>> threads;
  std::vector<std::unique_ptr<Readers>> readers(2);
  std::vector<std::unique_ptr<Reader>> clients;
  for (std::size_t t = 0; t < 2; ++t) {
    threads.push_back(std::make_unique<LoopThread>());
    threads[t]->call([&] { readers[t] = follower.service().make_readers(threads[t]->loop()); });
  }
  const auto connect = [&](std::size_t thread, StartRequest start, std::size_t most) {
    clients.push_back(std::make_unique<Reader>());
    Reader& client = *clients.back();
    client.most = most;
    client.thread = thread;
    threads[thread]->call([&] {
      client.cursor = readers[thread]->subscribe(Subscription{query_of({}), start, true, StreamSet::all()}, client);
      client.read();
    });
  };
  for (int i = 0; i < kLive; ++i) {
    if (i % 100 == 0)
      connect(static_cast<std::size_t>(i / 100 % 2), i % 200 == 0 ? tail_of(10) : tail_of(100'000), SIZE_MAX);
    // One that only takes a little at a time, whenever it is looked at.
    if (i == 50) connect(0, tail_of(100'000), 500);
    if (i % 10 == 0) {
      threads[0]->call([&] {
        for (const auto& client : clients) {
          if (client->most == 500) client->read();
        }
      });
    }
    if (i % 97 == 0) (void)follower.service().status();
    follower.append(fmt::format("number {}\n", kBefore + i) + (i % 50 == 0 ? std::string(3000, 'x') + "\n" : ""));
  }
  follower.append("the last line\n");
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    Reader& client = *clients[i];
    while (!client.has_last.load() && std::chrono::steady_clock::now() < deadline) {
      threads[0]->call([&] {
        if (client.most == 500) client.read();
      });
      std::this_thread::yield();
    }
    EXPECT_TRUE(client.has_last.load()) << "client " << i;
  }
  EXPECT_GT(follower.service().status().live_clients, 0U);
  EXPECT_GT(follower.service().live_readers("s"), 0U);
  for (std::size_t t = 0; t < 2; ++t) {
    threads[t]->call([&] {
      readers[t]->shut_down();
      for (const auto& client : clients) {
        if (client->thread == t) client->read();
      }
    });
  }
  for (std::size_t t = 0; t < 2; ++t) threads[t]->stop();
  for (const auto& client : clients) client->cursor.reset();
  readers.clear();
  follower.service().stop();
  follower.ingest().stop();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const std::vector<int> numbers = numbers_in(clients[i]->data);
    ASSERT_FALSE(numbers.empty());
    for (std::size_t n = 1; n < numbers.size(); ++n) ASSERT_EQ(numbers[n], numbers[n - 1] + 1) << "client " << i;
    EXPECT_EQ(numbers.back(), kBefore + kLive - 1);
    EXPECT_NE(clients[i]->data.find("event: shutdown"), std::string::npos);
  }
}

TEST(StreamService, KnowsWhoseStreamHasEnded) {
  StartRequest start = resume_of("k3x9.0.048213");
  EXPECT_FALSE(StreamService::ended(start));
  start.follow = false;
  EXPECT_TRUE(StreamService::ended(start));
  start.last_event_id = "k3x9.0.48213";
  EXPECT_FALSE(StreamService::ended(start));
  start.last_event_id = "garbage";
  EXPECT_FALSE(StreamService::ended(start));
}

TEST(StreamService, TakesNewRules) {
  TempDir dir;
  Follower follower(dir.file("a.log"));
  follower.service().set_rules({{"t", {}}, {"u", {}}});
  ASSERT_EQ(follower.service().rules().size(), 2U);
  EXPECT_EQ(follower.service().rules()[1].name, "u");
  follower.ingest().stop();
}

}  // namespace
}  // namespace tailwater
