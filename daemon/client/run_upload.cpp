#include "client/run_upload.h"

#include <utility>

#include "client/run_sender.h"

namespace tailwater {
namespace {

/// Between two requests: what comes meanwhile goes together.
constexpr Milliseconds kPace{50};
/// A torrent (more than kTorrentBytes within kPace) is let run for so long, as long as the spool has much room: the
/// command is to have the processors.
constexpr Milliseconds kLongestPace{500};
constexpr std::uint64_t kTorrentBytes = 4U << 20;
/// A command that says nothing is told of so often, or it would be taken for lost.
constexpr Milliseconds kSignOfLife{60'000};

}  // namespace

RunUpload::RunUpload(RunSpool& spool, HttpAccess access, std::function<void(std::string_view)> tell,
                     std::function<void()> done)
    : spool_(spool), access_(std::move(access)), tell_(std::move(tell)), done_(std::move(done)) {
  thread_ = std::thread([this] { run(); });
}

void RunUpload::notify() {
  const std::lock_guard lock(mutex_);  // or it would be lost between a look at the spool and the wait
  woken_.notify_one();
}

void RunUpload::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  woken_.notify_one();
}

void RunUpload::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    woken_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

bool RunUpload::all_arrived() const {
  const std::lock_guard lock(mutex_);
  return all_arrived_;
}

bool RunUpload::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool RunUpload::pause(Milliseconds time) {
  std::unique_lock lock(mutex_);
  return !woken_.wait_for(lock, time, [this] { return stopping_; });
}

bool RunUpload::pace() {
  std::unique_lock lock(mutex_);
  bool torrent = true;
  for (Milliseconds waited{0}; torrent && waited < kLongestPace; waited += kPace) {
    const std::uint64_t before = spool_.size();
    if (woken_.wait_for(lock, kPace, [this] { return stopping_ || finished_; })) break;
    torrent = spool_.size() - before > kTorrentBytes && spool_.unsent_bytes() < spool_.limit() / 4;
  }
  return !stopping_;
}

RunUpload::Wake RunUpload::wait_for_more(std::uint64_t sent) {
  std::unique_lock lock(mutex_);
  const bool woken = woken_.wait_for(lock, kSignOfLife, [&] { return stopping_ || finished_ || spool_.size() > sent; });
  if (stopping_) return Wake::kStopped;
  if (spool_.size() > sent) return Wake::kMore;
  return woken ? Wake::kFinished : Wake::kQuiet;
}

void RunUpload::run() {
  const auto transfer = HttpTransfer::create(access_);
  bool arrived = false;
  if (transfer) {
    (*transfer)->set_still_wanted([this] { return !stopping(); });
    RunSender sender(spool_, **transfer,
                     {spool_.target().url, /*retry=*/true, tell_, [this](Milliseconds time) { return pause(time); }});
    arrived = send_all(sender);
  } else {
    tell_(transfer.error().message);
  }
  {
    const std::lock_guard lock(mutex_);
    all_arrived_ = arrived;
  }
  done_();
}

bool RunUpload::send_all(RunSender& sender) {
  if (sender.begin()) return false;
  while (true) {
    switch (wait_for_more(spool_.place().bytes)) {
      case Wake::kStopped: return false;
      case Wake::kFinished: return !sender.finish();
      case Wake::kQuiet:
        if (sender.keep_alive()) return false;
        break;
      case Wake::kMore:
        if (sender.send()) return false;
        if (!pace()) return false;
        break;
    }
  }
}

}  // namespace tailwater
