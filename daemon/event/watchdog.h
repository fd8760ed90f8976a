// Watchdog: feeds whoever watches this process for as long as every one of its loops turns. At each interval every loop
// is asked; the last answer feeds. So nothing is fed by a loop that has stopped, nor on its behalf, and the watcher
// counts from a moment at which all of them turned. Thread: its own loop's; answers come from the others'.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "event/event_loop.h"

namespace tailwater {

class Watchdog {
 public:
  /// Runs a task on each of one or several loops, soon; how many they are.
  using Ask = std::function<std::size_t(const EventLoop::Task&)>;
  /// Some loops have not answered since the question before: their name.
  using OnLate = std::function<void(const std::string&)>;

  /// `own` is asked, too, by asking. It outlives the other loops, or does not run any more by then.
  Watchdog(EventLoop& own, std::chrono::microseconds interval, EventLoop::Task feed, OnLate on_late);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Before start().
  void watch(std::string name, Ask ask);
  /// Feeds at once, then after each interval.
  void start();

 private:
  struct Watched {
    std::string name;
    Ask ask;
    std::size_t awaited = 0;
  };

  void ask_all();
  void on_answer(std::size_t which);

  EventLoop& own_;
  const std::chrono::microseconds interval_;
  EventLoop::Task feed_;
  OnLate on_late_;
  std::vector<Watched> watched_;
  bool hungry_ = false;
  Timer timer_;
};

}  // namespace tailwater
