#include "event/watchdog.h"

#include <algorithm>
#include <utility>

namespace tailwater {

Watchdog::Watchdog(EventLoop& own, std::chrono::microseconds interval, EventLoop::Task feed, OnLate on_late)
    : own_(own), interval_(interval), feed_(std::move(feed)), on_late_(std::move(on_late)), timer_(own, [this] {
        ask_all();
      }) {}

void Watchdog::watch(std::string name, Ask ask) {
  watched_.push_back({std::move(name), std::move(ask)});
}

void Watchdog::start() {
  feed_();
  timer_.start_periodic(interval_);
}

void Watchdog::ask_all() {
  hungry_ = true;
  bool all_free = true;
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    Watched& watched = watched_[i];
    if (watched.awaited > 0) {
      on_late_(watched.name);  // it is not asked twice
      all_free = false;
      continue;
    }
    watched.awaited = watched.ask([this, i] { own_.post([this, i] { on_answer(i); }); });
    if (watched.awaited > 0) all_free = false;
  }
  if (all_free && std::exchange(hungry_, false)) feed_();
}

void Watchdog::on_answer(std::size_t which) {
  --watched_[which].awaited;
  const bool all = std::all_of(watched_.begin(), watched_.end(), [](const Watched& each) { return each.awaited == 0; });
  if (all && std::exchange(hungry_, false)) feed_();
}

}  // namespace tailwater
