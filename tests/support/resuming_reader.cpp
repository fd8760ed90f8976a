// Hanging up and coming back, and the comparison with what was written.
#include "support/resuming_reader.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"
#include "support/lines_event.h"

namespace tailwater {
namespace {

using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
constexpr std::size_t kExamples = 5;
/// How long a record that should not come is waited for.
constexpr Milliseconds kOneTooMany{150};

}  // namespace

ResumingReader::ResumingReader(ReaderSettings settings)
    : settings_(std::move(settings)), random_(settings_.seed), client_(settings_.port, settings_.target) {}

void ResumingReader::start() {
  thread_ = std::thread([this] { run(); });
}

void ResumingReader::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

bool ResumingReader::settle(std::uint64_t records, Milliseconds limit) {
  const auto deadline = Steady::now() + limit;
  while (received() < records || hang_ups() < settings_.hang_ups) {
    if (Steady::now() >= deadline) return false;
    std::this_thread::sleep_for(Milliseconds(5));
  }
  std::this_thread::sleep_for(kOneTooMany);
  return true;
}

void ResumingReader::run() {
  while (!stopping_) {
    if (client_.connect(Milliseconds(5000))) {
      ++connections_;
      one_connection();
    } else {
      std::this_thread::sleep_for(Milliseconds(3));  // the daemon is being restarted
    }
  }
}

// The place where it hangs up is a number of bytes on the wire, small ones as likely as large ones, so that
// heads, single frames, chunk sizes and long backlogs are all torn.
void ResumingReader::one_connection() {
  const bool stays = hang_ups_ >= settings_.hang_ups;
  const double decades = std::log2(static_cast<double>(settings_.longest_bytes));
  auto bytes = static_cast<std::uint64_t>(std::exp2(decades * static_cast<double>(random(1000)) / 1000));
  const auto until =
      Steady::now() + Milliseconds(1 + random(static_cast<std::uint64_t>(settings_.longest_connection.count())));
  greeted_ = false;
  while (!stopping_ && !client_.at_end()) {
    const std::uint64_t before = client_.stream().wire_bytes();
    client_.pump(stays ? 64 << 10 : std::min<std::uint64_t>(bytes, 64 << 10), Milliseconds(20));
    while (!client_.events().empty()) {
      take(client_.events().front());
      client_.events().pop_front();
    }
    bytes -= std::min(bytes, client_.stream().wire_bytes() - before);
    if (!stays && (bytes == 0 || Steady::now() >= until)) {
      ++hang_ups_;
      break;
    }
  }
  client_.disconnect();
}

void ResumingReader::take(const SseEvent& event) {
  if (!greeted_ && event.type != "hello") violations_.push_back("first event is " + event.type);
  greeted_ = true;
  if (event.type == "lines" && !JsonValue::parse(event.data)) violations_.push_back("no JSON: " + event.data);
  for (const SseEvent& record : expand_lines(event)) {
    if (record.type == "log") take_record(record);
    if (record.type == "broken") violations_.push_back("no array of records: " + event.data.substr(0, 200));
  }
  if (event.type == "gap") gaps_.push_back(event.data);
}

void ResumingReader::take_record(const SseEvent& event) {
  const auto line = find_line_number(event.data);
  if (!line) violations_.push_back("not a numbered line: " + event.data.substr(0, 200));
  if (!event.own_id) violations_.push_back("no id: " + event.data.substr(0, 200));
  if (records_.size() % 64 == 0 && !JsonValue::parse(event.data)) violations_.push_back("no JSON: " + event.data);
  records_.push_back({line.value_or(LineNumber{-1, 0}), fingerprint(event.id)});
  ++received_;
}

std::uint64_t count_wanted(const std::vector<std::uint64_t>& written, const Wanted& wanted) {
  std::uint64_t count = 0;
  for (std::size_t file = 0; file < written.size(); ++file) {
    for (std::uint64_t seq = 0; seq < written[file]; ++seq) count += wanted({static_cast<int>(file), seq}) ? 1 : 0;
  }
  return count;
}

std::string compare_with_oracle(const std::vector<ReceivedRecord>& records, const std::vector<std::uint64_t>& written,
                                const Wanted& wanted) {
  std::vector<std::uint64_t> next(written.size(), 0);
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t invented = 0;
  std::vector<std::string> examples;
  const auto note = [&](const char* what, LineNumber line, std::size_t at) {
    if (examples.size() < kExamples) {
      examples.push_back(fmt::format("{} seq={} file={} near record {}", what, line.seq, line.file, at));
    }
  };
  const auto skip_to = [&](std::size_t file, std::uint64_t seq, std::size_t at) {
    for (; next[file] < seq; ++next[file]) {
      const LineNumber line{static_cast<int>(file), next[file]};
      if (!wanted(line)) continue;
      ++lost;
      note("lost", line, at);
    }
  };
  for (std::size_t at = 0; at < records.size(); ++at) {
    const LineNumber line = records[at].line;
    const auto file = static_cast<std::size_t>(line.file);
    if (line.file < 0 || file >= written.size() || line.seq >= written[file] || !wanted(line)) {
      ++invented;
      note("unasked", line, at);
    } else if (line.seq < next[file]) {
      ++repeated;
      note("repeated or late", line, at);
    } else {
      skip_to(file, line.seq, at);
      next[file] = line.seq + 1;
    }
  }
  for (std::size_t file = 0; file < written.size(); ++file) skip_to(file, written[file], records.size());
  if (lost + repeated + invented == 0) return "";
  return fmt::format("{} lost, {} repeated or late, {} unasked of {} received: {}", lost, repeated, invented,
                     records.size(), fmt::join(examples, "; "));
}

std::string compare_order(const std::vector<ReceivedRecord>& one, const std::vector<ReceivedRecord>& other) {
  const auto [left, right] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  if (left == one.end() && right == other.end()) return "";
  const auto describe = [](auto place, auto end) {
    return place == end ? std::string("nothing") : fmt::format("seq={} file={}", place->line.seq, place->line.file);
  };
  return fmt::format("they differ from record {} on: {} and {}", left - one.begin(), describe(left, one.end()),
                     describe(right, other.end()));
}

}  // namespace tailwater
