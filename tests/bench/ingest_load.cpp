// ingest_load: a corpus of 1 GB, read, cut into whole records and filtered for a literal that 3 % of the lines hold,
// with the functions that ingest and feeds use, in MB per second of CPU; beside `wc -l` and `grep -c` on the same file,
// and the whole daemon (journal, frames, socket) that answers the same query.
//   ingest_load [--megabytes=1000] [--rounds=3]
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/unique_fd.h"
#include "bench/load_report.h"
#include "filter/query.h"
#include "filter/record_splitter.h"
#include "stream/record_scan.h"
#include "support/http_stream.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

void write_corpus(const std::string& path, std::uint64_t bytes) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  std::string block;
  std::uint64_t written = 0;
  for (std::uint64_t number = 0; written < bytes; ++number) {
    block += corpus_line(number);
    if (block.size() < (1 << 20)) continue;
    if (::write(file.get(), block.data(), block.size()) < 0) std::exit(1);
    written += block.size();
    block.clear();
  }
}

double own_cpu_seconds() {
  ChildEnd self;
  ::getrusage(RUSAGE_SELF, &self.usage);
  return self.cpu_seconds();
}

struct Scan {
  std::uint64_t matches = 0;
  std::uint64_t bytes = 0;
};

/// What the ingest thread does with a file that grows: read, find whole records, let the query look at them. What is
/// left of an unfinished record is moved to the front of the buffer, as it would be read again from the file.
Scan scan_file(const std::string& path, const Query& query) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const RecordRules rules;
  std::vector<char> buffer(kReadBytes);
  Scan scan;
  std::size_t held = 0;
  ssize_t got = 0;
  while ((got = ::read(file.get(), buffer.data() + held, buffer.size() - held)) > 0) {
    const std::string_view bytes(buffer.data(), held + static_cast<std::size_t>(got));
    const std::size_t whole = whole_records(bytes, rules);
    RecordBytes records;
    records.bytes = bytes.substr(0, whole);
    records.begin = scan.bytes;
    scan_records(records, {{}, {}, {}, &rules}, query, [&](const Record&, const RecordFacts&) {
      ++scan.matches;
      return true;
    });
    scan.bytes += whole;
    held = bytes.size() - whole;
    std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end(), buffer.begin());
  }
  return scan;
}

struct Row {
  std::string name;
  std::vector<double> megabytes_per_cpu_second;
  std::string counted;
};

std::shared_ptr<const Query> query_of(const char* grep) {
  const Parameter parameters[] = {{"grep", grep}};
  const auto query = Query::parse(parameters, {});
  if (!query) std::exit(1);
  return *query;
}

void measure_scan(Row& row, const std::string& path, const Query& query) {
  const double before = own_cpu_seconds();
  const Scan scan = scan_file(path, query);
  row.megabytes_per_cpu_second.push_back(static_cast<double>(scan.bytes) / 1e6 / (own_cpu_seconds() - before));
  row.counted = std::to_string(scan.matches);
}

void measure_program(Row& row, const std::vector<std::string>& command, double megabytes) {
  ChildSettings settings;
  settings.command = command;
  settings.environment = {{"LC_ALL", "C"}};
  const ProgramResult result = run_program(settings, Milliseconds(120'000));
  row.megabytes_per_cpu_second.push_back(megabytes / (result.end ? result.end->cpu_seconds() : 1e9));
  row.counted = result.output.substr(0, result.output.find_first_of(" \n"));
}

std::uint64_t newlines(const std::string& text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

/// CPU of all threads of the daemon for one client's answer from history.
void measure_history(Row& row, const DaemonProcess& daemon, double megabytes) {
  const double before = process_cpu_seconds(daemon.pid());
  HttpStream stream;
  HttpRequest request;
  request.target = "/tail/corpus?from=start&follow=0&grep=%20ERROR%20";
  std::uint64_t lines = 0;
  if (stream.open(daemon.port(), request)) {
    while (!stream.at_end() && !stream.broken()) lines += newlines(stream.read(Milliseconds(10'000)));
  }
  row.megabytes_per_cpu_second.push_back(megabytes / (process_cpu_seconds(daemon.pid()) - before));
  row.counted = std::to_string(lines);
}

/// Appends the corpus to a log that is followed, as fast as the disk takes it.
void append_corpus(const std::string& corpus, const std::string& log) {
  const UniqueFd from(::open(corpus.c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd to(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  std::vector<char> buffer(1 << 20);
  ssize_t got = 0;
  while ((got = ::read(from.get(), buffer.data(), buffer.size())) > 0) {
    if (::write(to.get(), buffer.data(), static_cast<std::size_t>(got)) != got) std::exit(1);
  }
  const std::string_view last = " ERROR the last line\n";
  if (::write(to.get(), last.data(), last.size()) < 0) std::exit(1);
}

/// The same for what is written while one client follows: tailing, journal, filter and frames.
void measure_live(Row& row, const DaemonProcess& daemon, const std::string& corpus, const std::string& log,
                  double megabytes) {
  HttpStream stream;
  HttpRequest request;
  request.target = "/tail/live?tail=0&grep=%20ERROR%20";
  if (!stream.open(daemon.port(), request)) return;
  const double before = process_cpu_seconds(daemon.pid());
  std::thread writer([&] { append_corpus(corpus, log); });
  std::uint64_t lines = 0;
  std::string end;
  while (end.find("the last line\n") == std::string::npos && !stream.broken()) {
    const std::string part = stream.read(Milliseconds(60'000));
    if (part.empty()) break;
    lines += newlines(part);
    end = end.substr(end.size() - std::min<std::size_t>(end.size(), 20)) + part;
  }
  writer.join();
  row.megabytes_per_cpu_second.push_back(megabytes / (process_cpu_seconds(daemon.pid()) - before));
  row.counted = std::to_string(lines - 1);
  ::unlink(log.c_str());
}

int run(int count, char** values) {
  const auto bytes = static_cast<std::uint64_t>(argument(count, values, "megabytes", 1000) * 1e6);
  const int rounds = static_cast<int>(argument(count, values, "rounds", 3));
  const TempDir directory;
  const std::string corpus = directory.file("corpus.log");
  const std::string live = directory.file("live.log");
  write_corpus(corpus, bytes);
  append_to_file(directory.file("tailwater.toml"), fmt::format("[[stream]]\nname = \"corpus\"\npaths = [\"{}\"]\n"
                                                               "[[stream]]\nname = \"live\"\npaths = [\"{}\"]\n",
                                                               corpus, live));
  const double megabytes = static_cast<double>(std::filesystem::file_size(corpus)) / 1e6;
  DaemonProcess daemon({"--config", directory.file("tailwater.toml")});
  start_or_give_up(daemon);
  const auto literal = query_of(" ERROR ");
  const auto regex = query_of("(?i)renewed|asking the origin");
  std::vector<Row> rows{{"read, cut, literal", {}, ""},
                        {"read, cut, (?i) regex", {}, ""},
                        {"daemon, from history", {}, ""},
                        {"daemon, live", {}, ""},
                        {"grep -c ' ERROR '", {}, ""},
                        {"grep -ciE same regex", {}, ""},
                        {"wc -l", {}, ""}};
  for (int round = 0; round < rounds; ++round) {
    measure_scan(rows[0], corpus, *literal);
    measure_scan(rows[1], corpus, *regex);
    measure_history(rows[2], daemon, megabytes);
    measure_live(rows[3], daemon, corpus, live, megabytes);
    measure_program(rows[4], {"grep", "-c", " ERROR ", corpus}, megabytes);
    measure_program(rows[5], {"grep", "-ciE", "renewed|asking the origin", corpus}, megabytes);
    measure_program(rows[6], {"wc", "-l", corpus}, megabytes);
  }
  const double grep = median(rows[4].megabytes_per_cpu_second);
  fmt::print("{:.0f} MB from the page cache, median of {} rounds\n", megabytes, rounds);
  fmt::print("{:<24}{:>14}{:>16}{:>18}\n", "", "counted", "MB per CPU s", "ratio to grep -c");
  for (const Row& row : rows) {
    const double speed = median(row.megabytes_per_cpu_second);
    fmt::print("{:<24}{:>14}{:>16.0f}{:>18.2f}\n", row.name, row.counted, speed, speed / grep);
  }
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
