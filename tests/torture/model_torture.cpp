// The daemon against an obvious model: random writes, half lines, rotations, truncations, deletions, compressed copies,
// stops, kills and hang-ups on a few files. The model knows which lines each life of a file held, and which of them may
// be lost: those that were destroyed before a client had them. All others must come once and in order. CI makes 10,000
// operations, and 3,000 with a daemon that is slow; TAILWATER_TORTURE=N makes N times as many, TAILWATER_SEED repeats a
// run.
#include <fcntl.h>
#include <unistd.h>

#include <iostream>
#include <random>
#include <set>

#include "support/build_kind.h"
#include "support/daemon_test.h"
#include "support/oracle_run.h"

namespace tailwater {
namespace {

class Model : public DaemonTest {
 protected:
  static constexpr int kFiles = 5;
  static constexpr std::size_t kRemembered = 400;

  /// One path and the life of its file at present.
  struct Path {
    UniqueFd fd;
    std::uint64_t next_seq = 0;     ///< of the next line
    std::uint64_t received_to = 0;  ///< the client has had everything that it can have below this
    std::string rest;               ///< the second half of a line that was begun
    int rotated = 0;
    std::vector<std::string> copies;  ///< rotated and not compressed, with everything in them received
  };

  std::uint64_t random(std::uint64_t below) { return random_() % below; }
  std::string name(int file) { return log("m-" + std::to_string(file) + ".log"); }
  void note(const std::string& what) {
    history_.push_back(what);
    if (history_.size() > kRemembered) history_.erase(history_.begin());
  }

  // --- the files --------------------------------------------------------------------------------------------

  void open(int file) {
    Path& path = paths_[file];
    if (path.fd) return;
    path.fd.reset(::open(name(file).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  }
  void put(Path& path, const std::string& text) {
    ASSERT_EQ(::write(path.fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void finish_line(int file) {
    Path& path = paths_[file];
    if (path.rest.empty()) return;
    put(path, path.rest);
    path.rest.clear();
    ++path.next_seq;
  }
  void write(int file) {
    open(file);
    finish_line(file);
    Path& path = paths_[file];
    std::string text;
    for (std::uint64_t count = 1 + random(5); count > 0; --count) text += numbered_line({file, path.next_seq++});
    put(path, text);
  }
  void begin_line(int file) {
    write(file);
    Path& path = paths_[file];
    const std::string line = numbered_line({file, path.next_seq});
    const std::size_t half = 1 + random(line.size() - 1);
    put(path, line.substr(0, half));
    path.rest = line.substr(half);
  }
  /// A line that is half written is finished first: whether its halves stay together over a rotation is no matter of
  /// losing or repeating.
  void rotate(int file) {
    Path& path = paths_[file];
    if (!path.fd) return;
    finish_line(file);
    // Lives that end within one tick of the file system's clock cannot be told apart by anybody.
    std::this_thread::sleep_for(Milliseconds(5));
    const std::string copy = name(file) + "-" + std::to_string(20'261'120 + ++path.rotated);
    std::filesystem::rename(name(file), copy);
    if (random(4) == 0) put(path, numbered_line({file, path.next_seq++}));  // it has not heard of the rotation yet
    path.fd.reset();
    if (random(2) == 0) open(file);
    path.copies.push_back(copy);
  }
  /// What the client has not had of the present life may be lost from now on, the line that was begun as well.
  void destroy(int file) {
    Path& path = paths_[file];
    for (std::uint64_t seq = path.received_to; seq < path.next_seq; ++seq) may_be_lost_.insert({file, seq});
    if (!path.rest.empty()) {
      may_be_lost_.insert({file, path.next_seq++});
      ++half_lines_destroyed_;
    }
    path.rest.clear();
  }
  void truncate(int file) {
    if (!paths_[file].fd) return;
    destroy(file);
    ASSERT_EQ(::ftruncate(paths_[file].fd.get(), 0), 0);
  }
  void remove(int file) {
    if (!paths_[file].fd) return;
    destroy(file);
    std::filesystem::remove(name(file));
    paths_[file].fd.reset();
  }
  /// Only copies that were read to their end.
  void compress(int file) {
    Path& path = paths_[file];
    if (path.copies.empty() || path.received_to != path.next_seq) return;
    ChildSettings settings;
    settings.command = {"gzip", path.copies.back()};
    ASSERT_EQ(run_program(settings).exit_code(), 0);
    path.copies.pop_back();
  }

  // --- the daemon and its client ----------------------------------------------------------------------------

  /// A daemon that has not yet seen any file does not know what came while it was away.
  void go_away(bool kill) {
    if (received_.empty()) return;
    if (kill) {
      daemon().kill();
    } else {
      ASSERT_TRUE(daemon().terminate(Milliseconds(10'000)));
    }
    for (std::uint64_t count = random(12); count > 0; --count) change_files();
    ASSERT_TRUE(daemon().start()) << daemon().failure();
  }
  void drain(Milliseconds patience) {
    if (client_->at_end() && !client_->connect()) return;
    while (!HasFatalFailure()) {
      const auto event = client_->next(patience);
      if (!event) return;
      take(*event);
    }
  }
  void take(const SseEvent& event) {
    note("-> " + event.type + " " + (event.type == "log" ? event.id : event.data));
    if (event.type == "gap") take_gap(event.data);
    if (event.type != "log") return;
    if (event.data.find("\"partial\":true") != std::string::npos) {  // a file's last words
      ASSERT_LE(++half_lines_, half_lines_destroyed_) << event.data << story();
      return;
    }
    const auto line = find_line_number(event.data);
    ASSERT_TRUE(line) << event.data << story();
    Path& path = paths_[line->file];
    ASSERT_TRUE(received_.insert(*line).second) << "twice: file " << line->file << " seq " << line->seq << story();
    ASSERT_GE(line->seq, path.received_to) << "out of order: file " << line->file << story();
    ASSERT_LT(line->seq, path.next_seq) << "never written: file " << line->file << story();
    pass_over(line->file, line->seq);
    path.received_to = line->seq + 1;
  }
  /// All IDs are ours, and the journal is far from its budget: each must resolve.
  void take_gap(const std::string& data) {
    ++gaps_;
    ASSERT_EQ(data.find("\"reason\":\"journal\""), std::string::npos) << data << story();
    ASSERT_EQ(data.find("\"reason\":\"unknown-id\""), std::string::npos) << data << story();
  }
  /// Lines of `file` below `seq` will not come any more: each must be one that may be lost.
  void pass_over(int file, std::uint64_t seq) {
    for (std::uint64_t& at = paths_[file].received_to; at < seq; ++at) {
      ASSERT_EQ(may_be_lost_.count({file, at}), 1U) << "lost: file " << file << " seq " << at << story();
      ++lost_;
    }
  }
  [[nodiscard]] bool settled(int file) const {
    const Path& path = paths_[file];
    for (std::uint64_t seq = path.received_to; seq < path.next_seq; ++seq) {
      if (may_be_lost_.count({file, seq}) == 0) return false;
    }
    return true;
  }
  void wait_until_all_is_there() {
    const auto deadline = std::chrono::steady_clock::now() + Milliseconds(15'000);
    for (int file = 0; file < kFiles; ++file) {
      while (!settled(file)) {
        drain(Milliseconds(10));
        if (HasFatalFailure()) return;
        ASSERT_LT(std::chrono::steady_clock::now(), deadline)
            << "waiting for file " << file << " seq " << paths_[file].received_to << story();
      }
    }
  }

  // --- the operations ---------------------------------------------------------------------------------------

  void change_files() {
    const int file = static_cast<int>(random(kFiles));
    const std::string which = " " + std::to_string(file) + " at " + std::to_string(paths_[file].next_seq);
    const std::uint64_t choice = random(100);
    if (choice < 65) return note("write" + which), write(file);
    if (choice < 80) return note("begin a line" + which), begin_line(file);
    if (choice < 89) return note("rotate" + which), rotate(file);
    if (choice < 93) return note("truncate" + which), truncate(file);
    if (choice < 97) return note("remove" + which), remove(file);
    note("compress" + which), compress(file);
  }
  void one_operation() {
    const std::uint64_t choice = random(1000);
    if (choice < 3) return note("kill"), go_away(/*kill=*/true);
    if (choice < 6) return note("stop"), go_away(/*kill=*/false);
    if (choice < 20) return note("hang up"), client_->disconnect();
    if (choice < 60) return note("wait"), wait_until_all_is_there();
    if (choice < 200) return drain(Milliseconds(0));
    change_files();
  }
  [[nodiscard]] std::string story() const {
    std::string text = "\nseed " + std::to_string(seed_) + ", last operations:";
    for (const std::string& what : history_) text += " " + what + ";";
    return text + "\n" + daemon().errors();
  }

  void run(int operations) {
    client_ = follow("from=start");
    for (int i = 0; i < operations && !HasFatalFailure(); ++i) one_operation();
    if (HasFatalFailure()) return;
    wait_until_all_is_there();
    std::uint64_t written = 0;
    for (const Path& path : paths_) written += path.next_seq;
    std::cout << "seed " << seed_ << ": " << operations << " operations, " << written << " lines, " << lost_
              << " destroyed unread, " << gaps_ << " gaps\n";
  }

  static constexpr const char* kToml = "[limits]\npartial_after = \"0s\"\nsweep_interval = \"1s\"\n";
  const std::uint32_t seed_ = torture_seed();
  std::mt19937_64 random_{seed_};
  Path paths_[kFiles];
  std::set<LineNumber> may_be_lost_;
  std::set<LineNumber> received_;
  std::vector<std::string> history_;
  std::unique_ptr<SseClient> client_;
  std::uint64_t lost_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t half_lines_destroyed_ = 0;
  std::uint64_t half_lines_ = 0;
};

TEST_F(Model, EveryLineThatWasNotDestroyedComesOnceAndInOrder) {
  configure(kToml, {"*.log"});
  begin({"--config", config_path()});
  run(load(10'000) * torture_scale());
}

/// Files are rotated between any two calls of the daemon: between the one that opened a file and the one that looks
/// for what was missed, or while it goes through the names of rotated ones.
TEST_F(Model, NothingElseIsLostOrOutOfOrderWhenCallsAreSlow) {
  configure(kToml, {"*.log"});
  begin({"--config", config_path()}, slow_calls(40));
  run(load(3'000) * torture_scale());
}

}  // namespace
}  // namespace tailwater
