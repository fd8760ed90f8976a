// resume_load: how long a client waits for its first record when its ID lies in the middle of a large rotated file that
// was compressed while it was away: the first time, and again. What comes is checked line by line.
//   resume_load [--mib=1024] [--lines=20000] [--rounds=3]
#include <unistd.h>

#include <filesystem>

#include "base/unique_fd.h"
#include "bench/load_report.h"
#include "support/http_stream.h"
#include "support/log_writer.h"
#include "support/sse_client.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

struct Corpus {
  std::uint64_t lines = 0;
  std::uint64_t middle_line = 0;    ///< the first line behind the middle
  std::uint64_t middle_offset = 0;  ///< where it begins
};

Corpus write_corpus(const std::string& path, std::uint64_t bytes) {
  Corpus corpus;
  std::string text;
  for (std::uint64_t written = 0; written < bytes;) {
    text.clear();
    while (text.size() < (1U << 20)) {
      if (corpus.middle_offset == 0 && written + text.size() >= bytes / 2) {
        corpus.middle_offset = written + text.size();
        corpus.middle_line = corpus.lines;
      }
      text += corpus_line(corpus.lines++);
    }
    append_to_file(path, text);
    written += text.size();
  }
  return corpus;
}

/// Milliseconds to the first record behind the ID; leaves if what comes is not what stands there.
double resume(std::uint16_t port, const std::string& id, const Corpus& corpus, std::uint64_t lines) {
  SseClient client(port, "/api/events");
  client.set_last_event_id(id);
  const auto begin = Steady::now();
  double first = 0;
  if (!client.connect()) std::exit(1);
  for (std::uint64_t line = corpus.middle_line; line < corpus.middle_line + lines; ++line) {
    const auto event = client.next("log", std::chrono::seconds(60));
    if (line == corpus.middle_line) first = seconds_since(begin) * 1000;
    const std::string wanted = fmt::format(" seq={}\"", line);
    if (!event || event->data.find(wanted) == std::string::npos) {
      fmt::print(stderr, "not line {}: {}\n", line, event ? event->data : "nothing");
      std::exit(1);
    }
  }
  return first;
}

void measure(const std::vector<std::string>& compress, double mib, std::uint64_t lines, int rounds) {
  const TempDir directory;
  const std::string log = directory.folder("logs") + "/app.log";
  const Corpus corpus = write_corpus(log, static_cast<std::uint64_t>(mib) << 20);
  const std::string config = directory.file("tailwater.toml");
  append_to_file(config, "[limits]\nretained_files = 0\n[[stream]]\nname = \"app\"\npaths = [\"" + log + "\"]\n");
  DaemonProcess daemon({"--config", config});
  start_or_give_up(daemon);
  const std::string streams = fetch(daemon.port(), "/api/streams").body;
  const std::size_t key = streams.find("\"key\":\"") + 7;
  const std::string id =
      fmt::format("{}.0.{}", streams.substr(key, streams.find('"', key) - key), corpus.middle_offset);

  std::filesystem::rename(log, log + ".1");
  append_to_file(log, corpus_line(corpus.lines));
  ChildSettings settings;
  settings.command = compress;
  settings.command.push_back(log + ".1");
  if (run_program(settings, std::chrono::minutes(5)).exit_code() != 0) std::exit(1);
  std::vector<double> first;
  for (int round = 0; round <= rounds; ++round) first.push_back(resume(daemon.port(), id, corpus, lines));
  const double cold = first.front();
  first.erase(first.begin());
  fmt::print(
      "{:<6} {:.0f} MiB, ID in the middle: first record after {:.0f} ms cold, {:.0f} ms warm (worst of {}); "
      "{} lines exact\n",
      compress.front(), mib, cold, *std::max_element(first.begin(), first.end()), rounds, lines);
}

int run(int count, char** values) {
  const double mib = argument(count, values, "mib", 1024);
  const auto lines = static_cast<std::uint64_t>(argument(count, values, "lines", 20'000));
  const int rounds = static_cast<int>(argument(count, values, "rounds", 3));
  measure({"gzip", "-1"}, mib, lines, rounds);
  measure({"zstd", "-q", "--rm"}, mib, lines, rounds);
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
