// StreamService: from journal and files to clients' cursors. It owns the feeds (filled on the ingest thread), the
// history workers, and the rules of the streams. Each client thread makes one Readers of its own; cursors belong
// to it. No socket is known here: http/ moves a cursor's bytes, tests read them directly.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/histogram.h"
#include "base/result.h"
#include "base/stream_set.h"
#include "event/event_loop.h"
#include "filter/query.h"
#include "filter/record_splitter.h"
#include "journal/catalog.h"
#include "journal/journal.h"
#include "stream/sse_frame.h"

namespace tailwater {

class Moorings;
class StateEvents;

struct StreamRules {
  std::string name;
  RecordRules records;
};

struct StreamOptions {
  std::string server_name = "tailwater";
  std::string version;
  Milliseconds heartbeat{15'000};
  ByteCount feed_bytes = 4ULL << 20;  ///< blocks that one feed keeps; a client further behind reads the journal
  ByteCount all_feeds_bytes = 256ULL << 20;
  std::size_t max_feeds = 1000;
  std::size_t history_workers = 2;
  ByteCount history_step_bytes = 256U << 10;  ///< frames that one catch-up makes before its socket must take them
  ByteCount all_history_bytes = 64U << 20;    ///< the same for all catch-ups together: many get smaller steps
  ByteCount block_bytes = 64U << 10;          ///< of a feed; a longer record gets a block of its own
  ByteCount chunk_bytes = 16U << 10;          ///< frames that go into one HTTP chunk
  /// A filter that takes more of a second of the ingest thread, and more for each byte, than this is left to the
  /// history workers.
  std::chrono::nanoseconds filter_time = Milliseconds(100);
  std::chrono::nanoseconds filter_time_per_byte{100};
  /// Where streams survive this process; may be null, outlives the service.
  const Moorings* moorings = nullptr;
  /// A client that wants samples has come. On client threads.
  std::function<void()> on_sample_reader = [] {};
  /// What `run` events tell; null: there are none. Outlives the service.
  StateEvents* states = nullptr;
};

/// Who sends a cursor's bytes. Outlives the cursor.
class CursorListener {
 public:
  virtual ~CursorListener() = default;
  /// The cursor, which had nothing, has bytes again or is finished. Never from inside a member of the cursor, which
  /// may be destroyed by it.
  virtual void on_ready() = 0;
  /// on_ready() comes soon, unless the cursor says nothing: what it needs can be fetched from memory meanwhile.
  virtual void prefetch() const {}
};

/// Where one client is. Made, used and destroyed on its client thread.
///
/// The bytes that it gives are complete HTTP/1.1 chunks (RFC 9112 section 7.1) of the reply body: first `hello`, then
/// the backlog, `caught-up`, then what is live. They point into blocks that all clients of the feed share.
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// Bytes to send next, contiguous, valid until the next call of a member. Empty: nothing now, on_ready() will come.
  [[nodiscard]] virtual std::string_view peek() = 0;
  /// As peek(), and what follows it elsewhere: fills `pieces`, which are at least one, and says how many there are. One
  /// system call then takes what lies in two blocks.
  [[nodiscard]] virtual std::size_t gather(std::span<std::string_view> pieces) {
    pieces[0] = peek();
    return pieces[0].empty() ? 0 : 1;
  }
  /// The first `count` of the bytes that peek() or gather() gave last are on their way. False: they were the last, and
  /// on_ready() will come; there is no need to ask. True: ask.
  virtual bool consume(std::size_t count) = 0;
  /// All was said (`end`, `shutdown`) and consumed: finish the body and close.
  [[nodiscard]] virtual bool finished() const = 0;
  /// Bytes of frames that wait for this client, for limits and /api/streams; an estimate while it reads history.
  [[nodiscard]] virtual ByteCount lag() const = 0;
  /// Before bytes that were given are sent: consume() follows, also with 0.
  virtual void will_send() {}
};

/// What is to be streamed to one client.
struct Subscription {
  std::shared_ptr<const Query> query;
  StartRequest start;
  bool sse = true;     ///< false: /tail, the lines alone, no events
  StreamSet readable;  ///< none unless somebody says so
  /// The run that it is about, where it is about one alone: when that is over and all is said, so is the stream.
  std::string only_run = {};
  bool changes_alone = false;  ///< of runs: not how they stand at the beginning
};

class BodyTask;
class Mooring;
struct Revival;
struct StreamCore;

/// What makes a stream survive this process; and how it goes on, if an earlier one had begun it.
struct MooredStart {
  MooredStart();
  ~MooredStart();
  MooredStart(MooredStart&&) noexcept;
  MooredStart& operator=(MooredStart&&) noexcept;
  std::unique_ptr<Mooring> mooring;
  std::string head;                  ///< what is sent before everything else, as it is
  std::unique_ptr<Revival> revival;  ///< null: it begins
};

/// A body that is awaited whole; destroying it gives it up.
class PendingBody {
 public:
  virtual ~PendingBody() = default;
};

/// The cursors of one client thread; lives there. Wakes those whose feed has something new, in slices.
class Readers {
 public:
  virtual ~Readers() = default;
  [[nodiscard]] virtual std::unique_ptr<Cursor> subscribe(Subscription subscription, CursorListener& listener) = 0;
  /// The same for a stream that survives: it says `head` first, or goes on as `revival` says, without a `hello`.
  [[nodiscard]] virtual std::unique_ptr<Cursor> subscribe_moored(Subscription subscription, MooredStart start,
                                                                 CursorListener& listener) = 0;
  /// A cursor over what history workers make; `sse`: its bytes are events.
  [[nodiscard]] virtual std::unique_ptr<Cursor> stream(std::shared_ptr<BodyTask> task, bool sse,
                                                       CursorListener& listener) = 0;
  /// The same, whole: `on_body` is called once, on this thread, later, unless what is returned is destroyed before.
  [[nodiscard]] virtual std::unique_ptr<PendingBody> collect(std::shared_ptr<BodyTask> task,
                                                             std::function<void(Result<std::string>)> on_body) = 0;
  /// Gives every cursor its `shutdown` event (behind a complete frame) and then its end. For orderly stop. What is
  /// moored, and is to stay, says nothing any more instead.
  virtual void shut_down() = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
};

struct StreamStatus {
  std::uint64_t feeds = 0;
  std::uint64_t feed_bytes = 0;
  std::uint64_t clients = 0;
  std::uint64_t live_clients = 0;
  std::uint64_t catching_up = 0;
  std::uint64_t records_framed = 0;
  GapCounts gaps{};  ///< announced
  std::uint64_t fell_behind = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t steps_waiting = 0;    ///< of catching up, for a worker
  std::uint64_t feeds_set_aside = 0;  ///< whose filters were too slow for the ingest thread, since the start
};

class StreamService {
 public:
  StreamService(Journal& journal, Catalog& catalog, const Clock& clock, EventLoop& ingest_loop, StreamOptions options,
                std::vector<StreamRules> rules);
  ~StreamService();
  /// Does the client come back from an `end` that it was given, not to follow on? It is to be answered 204 and not
  /// subscribed at all.
  [[nodiscard]] static bool ended(const StartRequest& request);
  StreamService(const StreamService&) = delete;
  StreamService& operator=(const StreamService&) = delete;

  // --- ingest thread: same arguments as IngestListener's ---------------------------------------------------
  /// What may be shown of an extent that has arrived in a stream with masks: `rules.redactor` for it. What stands
  /// before it may have to be read.
  [[nodiscard]] std::shared_ptr<const Redactor> redactor_of(const Extent& extent, std::string_view bytes,
                                                            const BytesBefore& before, const RecordRules& rules);
  void on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes, const BytesBefore& before,
                 const Journal::Appended& appended);
  void on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended);
  void on_turn_end(std::optional<SteadyTime> noticed);

  // --- any thread ------------------------------------------------------------------------------------------
  [[nodiscard]] std::unique_ptr<Readers> make_readers(EventLoop& client_loop);
  /// The parts, for those who read history in other ways.
  [[nodiscard]] StreamCore& core();
  /// New rules after a reload, for records that arrive from now on.
  void set_rules(std::vector<StreamRules> rules);
  [[nodiscard]] std::vector<StreamRules> rules() const;
  [[nodiscard]] StreamStatus status() const;
  /// How many cursors read live from this stream.
  /// From noticing an append to the first of its bytes on their way to a client, in seconds; a sample of all.
  [[nodiscard]] std::shared_ptr<const Histogram> send_latency() const;
  /// What clients took from their requests to the live end, in seconds.
  [[nodiscard]] std::shared_ptr<const Histogram> catch_up() const;
  [[nodiscard]] std::size_t live_readers(std::string_view stream) const;
  /// How many bytes wait for the slowest of them, as of at most a second ago.
  [[nodiscard]] ByteCount live_lag(std::string_view stream) const;
  /// Stops and joins the history workers. After the client threads are gone, before the journal is.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailwater
