// Putting daemon, writer and readers together.
#include "support/oracle_run.h"

#include <cstdlib>
#include <thread>

#include <fmt/format.h>

namespace tailwater {
namespace {

using Milliseconds = std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

WriterSettings in_directory(WriterSettings settings, const std::string& directory, std::uint32_t seed) {
  settings.directory = directory;
  settings.seed = seed;
  return settings;
}

std::vector<std::string> daemon_arguments(const OracleSettings& settings, const std::string& directory) {
  std::vector<std::string> arguments = settings.arguments;
  arguments.push_back(directory + "/" + settings.followed);
  return arguments;
}

}  // namespace

int torture_scale() {
  const char* text = std::getenv("TAILWATER_TORTURE");
  return text != nullptr ? std::max(1, std::atoi(text)) : 1;
}

std::uint32_t torture_seed() {
  const char* text = std::getenv("TAILWATER_SEED");
  return text != nullptr ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)) : std::random_device{}();
}

std::vector<OracleQuery> usual_queries() {
  return {{"", every_line, 3},
          {"&grep=%20ERROR%20", errors_only, 2},
          {"&level=warn", [](LineNumber line) { return line.seq % kErrorEvery <= 1; }, 2},
          {"&exclude=%20ERROR%20", all_but_errors, 2},
          {"&batch=1", every_line, 2},
          {"&file=app-0*.log", [](LineNumber line) { return line.file < 10; }, 1}};
}

OracleRun::OracleRun(OracleSettings settings)
    : settings_(std::move(settings)),
      seed_(torture_seed()),
      random_(seed_),
      daemon_(daemon_arguments(settings_, directory_.folder("logs"))),
      writer_(in_directory(settings_.writer, directory_.file("logs"), seed_)) {
  int readers = 0;
  for (const OracleQuery& query : settings_.queries) readers += query.readers;
  for (const OracleQuery& query : settings_.queries) {
    for (int i = 0; i < query.readers; ++i) {
      ReaderSettings reader;
      reader.port = daemon_.port();
      reader.target = "/api/events?from=start" + query.parameters;
      reader.seed = static_cast<std::uint32_t>(random_());
      reader.hang_ups = (settings_.hang_ups + readers - 1) / readers;
      reader.longest_connection = settings_.longest_connection;
      readers_.push_back({&query, std::make_unique<ResumingReader>(reader)});
    }
  }
}

bool OracleRun::start() {
  if (!daemon_.start()) return false;
  writer_.start();
  for (Reader& reader : readers_) reader.reader->start();
  return true;
}

bool OracleRun::kill_and_start_again(Milliseconds longest) {
  std::this_thread::sleep_for(random_time(longest));
  daemon_.kill();
  return daemon_.start();
}

void OracleRun::kill_while_starting(Milliseconds longest) {
  daemon_.kill();
  static_cast<void>(daemon_.start(Milliseconds(0)));
  std::this_thread::sleep_for(random_time(longest));
  daemon_.kill();
}

std::chrono::microseconds OracleRun::random_time(Milliseconds longest) {
  return std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(0, longest.count() * 1000)(random_));
}

void OracleRun::run(Milliseconds at_least) {
  std::this_thread::sleep_for(at_least);
  const auto deadline = Steady::now() + Milliseconds(60'000) * torture_scale();
  for (const Reader& reader : readers_) {
    static_cast<void>(reader.reader->settle(0, std::chrono::ceil<Milliseconds>(deadline - Steady::now())));
  }
}

std::string OracleRun::verdict(Milliseconds patience) {
  writer_.stop();
  const auto deadline = Steady::now() + patience;
  for (const Reader& reader : readers_) {
    const std::uint64_t wanted = count_wanted(writer_.written(), reader.query->wanted);
    const auto left = std::max(Milliseconds(0), std::chrono::ceil<Milliseconds>(deadline - Steady::now()));
    static_cast<void>(reader.reader->settle(wanted, left));
  }
  std::string problems;
  for (const Reader& reader : readers_) reader.reader->stop();
  for (const Reader& reader : readers_) judge(reader, problems);
  if (problems.empty()) return "";
  return fmt::format("seed {}\n{}{}\n{}", seed_, problems, summary(), daemon_.errors());
}

void OracleRun::judge(const Reader& judged, std::string& problems) const {
  const ResumingReader& reader = *judged.reader;
  const auto add = [&](const std::string& problem) {
    if (!problem.empty()) problems += fmt::format("{}: {}\n", reader.target(), problem);
  };
  add(compare_with_oracle(reader.records(), writer_.written(), judged.query->wanted));
  for (const std::string& gap : reader.gaps()) add("gap " + gap);
  for (const std::string& violation : reader.violations()) add(violation);
  for (const Reader& other : readers_) {
    if (other.query == judged.query && &other < &judged) add(compare_order(other.reader->records(), reader.records()));
  }
}

std::string OracleRun::summary() const {
  int hang_ups = 0;
  int connections = 0;
  std::uint64_t records = 0;
  for (const Reader& reader : readers_) {
    hang_ups += reader.reader->hang_ups();
    connections += reader.reader->connections();
    records += reader.reader->received();
  }
  return fmt::format("{} lines written, {} rotations, {} readers, {} hang-ups, {} connections, {} records received",
                     writer_.total(), writer_.rotations(), readers_.size(), hang_ups, connections, records);
}

}  // namespace tailwater
