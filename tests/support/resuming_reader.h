// ResumingReader: a client that follows one URL, hangs up at random bytes and comes back with the last event ID, over
// and over, and remembers every record that it was given. compare_with_oracle() then says what was lost, repeated or
// out of order. Thread: its own; settle() and the results are for the test's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/log_writer.h"
#include "support/sse_client.h"

namespace tailwater {

struct ReaderSettings {
  std::uint16_t port = 0;
  std::string target;  ///< should begin somewhere fixed (from=start), since a first connection may break before an ID
  std::uint32_t seed = 1;
  int hang_ups = 0;  ///< how often it hangs up by itself; afterwards it stays
  std::chrono::milliseconds longest_connection{300};
  std::size_t longest_bytes = 256 << 10;
};

struct ReceivedRecord {
  LineNumber line;
  std::uint64_t id_fingerprint = 0;
  friend bool operator==(const ReceivedRecord&, const ReceivedRecord&) = default;
};

class ResumingReader {
 public:
  explicit ResumingReader(ReaderSettings settings);
  ~ResumingReader() { stop(); }
  ResumingReader(const ResumingReader&) = delete;
  ResumingReader& operator=(const ResumingReader&) = delete;

  void start();
  void stop();
  /// Waits until so many records came and all hang-ups were done, then until nothing more has come for a moment (a
  /// record too many must be seen too). False at the deadline.
  [[nodiscard]] bool settle(std::uint64_t records, std::chrono::milliseconds limit);

  // --- any time -------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t received() const { return received_.load(); }
  [[nodiscard]] int hang_ups() const { return hang_ups_.load(); }
  // --- after stop() ---------------------------------------------------------------------------------------
  [[nodiscard]] const std::vector<ReceivedRecord>& records() const { return records_; }
  [[nodiscard]] const std::vector<std::string>& gaps() const { return gaps_; }
  /// What no stream should hold: a first event that is no hello, data that is no JSON, an ID missing.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] const std::string& target() const { return settings_.target; }

 private:
  void run();
  void one_connection();
  void take(const SseEvent& event);
  void take_record(const SseEvent& event);
  [[nodiscard]] std::uint64_t random(std::uint64_t below) { return random_() % below; }

  ReaderSettings settings_;
  std::mt19937_64 random_;
  SseClient client_;
  bool greeted_ = false;
  int connections_ = 0;
  std::vector<ReceivedRecord> records_;
  std::vector<std::string> gaps_;
  std::vector<std::string> violations_;
  std::atomic<std::uint64_t> received_{0};
  std::atomic<int> hang_ups_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Which lines a client should have got.
using Wanted = std::function<bool(LineNumber)>;
inline bool every_line(LineNumber) {
  return true;
}
inline bool errors_only(LineNumber line) {
  return line.seq % kErrorEvery == 0;
}
inline bool all_but_errors(LineNumber line) {
  return line.seq % kErrorEvery != 0;
}

/// How many of the written lines are wanted.
[[nodiscard]] std::uint64_t count_wanted(const std::vector<std::uint64_t>& written, const Wanted& wanted);
/// Empty if the records are exactly the wanted lines, each once and in the order of its file; else what is wrong,
/// in words, with the first examples.
[[nodiscard]] std::string compare_with_oracle(const std::vector<ReceivedRecord>& records,
                                              const std::vector<std::uint64_t>& written, const Wanted& wanted);
/// Empty if both clients saw the same records with the same IDs in the same order.
[[nodiscard]] std::string compare_order(const std::vector<ReceivedRecord>& one,
                                        const std::vector<ReceivedRecord>& other);

}  // namespace tailwater
