// What recognisers cost for each line of a job's output: real output (tests/fixtures/runs), and lines that are no
// markers at all. The peers look at the same lines in the same run: one RE2::Set of the forms that are known, which
// would only say that a line is a marker and not what it means; and reading every byte.
#include <benchmark/benchmark.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "runs/plain_text.h"
#include "runs/recogniser.h"
#include "runs/run_builder.h"

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

const std::vector<std::string>& real_output() {
  static const auto kLines = [] {
    std::vector<std::string> lines;
    for (const auto& entry : std::filesystem::directory_iterator(TAILWATER_FIXTURES)) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      for (std::string& line : lines_of(std::string(std::istreambuf_iterator<char>(file), {}))) {
        lines.push_back(std::move(line));
      }
    }
    return lines;
  }();
  return kLines;
}

const std::vector<std::string>& no_markers() {
  static const std::vector<std::string> kLines{
      "2026-11-20T09:00:00.123Z host app[1234]: connection 48213 closed after 12 ms by the peer, 3 more are open",
      "Get:12 http://deb.example.org/debian bookworm/main amd64 libfoo1 amd64 1.2.3-4 [123 kB]",
      "    at Object.<anonymous> (/home/user/project/node_modules/some-package/lib/index.js:123:45)",
      "npm WARN deprecated request@2.88.2: request has been deprecated, see the issue for what to use instead",
      "  CXX      src/core/CMakeFiles/core.dir/some/long/path/to/a/source_file_of_the_project.cpp.o",
  };
  return kLines;
}

using Lines = const std::vector<std::string>& (*)();

std::int64_t bytes_of(const std::vector<std::string>& lines) {
  std::int64_t bytes = 0;
  for (const std::string& line : lines) bytes += static_cast<std::int64_t>(line.size()) + 1;
  return bytes;
}

void report(benchmark::State& state, const std::vector<std::string>& lines) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
  state.SetBytesProcessed(state.iterations() * bytes_of(lines));
  state.counters["per_line"] = benchmark::Counter(
      static_cast<double>(lines.size()), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void recognise(benchmark::State& state, Lines source) {
  const auto& lines = source();
  tailwater::Marks marks;
  std::string buffer;
  for (auto _ : state) {
    for (const std::string& line : lines) {
      tailwater::visit_parts(line, tailwater::kMaxMarkerBytes, buffer, [&](std::string_view part) {
        tailwater::recognise(part, marks);
        benchmark::DoNotOptimize(marks.size());
      });
    }
  }
  report(state, lines);
}
BENCHMARK_CAPTURE(recognise, real_output, real_output);
BENCHMARK_CAPTURE(recognise, no_markers, no_markers);

void build(benchmark::State& state, Lines source) {
  const auto& lines = source();
  for (auto _ : state) {
    tailwater::RunBuilder builder;
    std::uint64_t at = 0;
    for (const std::string& line : lines) {
      builder.add({line, {0, at}, {0, at + line.size() + 1}, {}});
      at += line.size() + 1;
    }
    benchmark::DoNotOptimize(builder.version());
  }
  report(state, lines);
}
BENCHMARK_CAPTURE(build, real_output, real_output);
BENCHMARK_CAPTURE(build, no_markers, no_markers);

void peer_set(benchmark::State& state, Lines source) {
  const auto& lines = source();
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_max_mem(64 << 20);
  re2::RE2::Set set(options, re2::RE2::UNANCHORED);
  for (const char* form : {R"(^::\w+)",
                           R"(^##\[\w+\])",
                           R"(^##vso\[)",
                           R"(^##teamcity\[)",
                           R"(section_(start|end):\d+:)",
                           R"(^travis_(fold|time):)",
                           R"(^(---|\+\+\+|~~~) )",
                           R"(^\[\d+/\d+\] )",
                           R"(^\[ *\d+%\] )",
                           R"(^g?make(\[\d+\])?: \*\*\* )",
                           R"(^1\.\.\d+)",
                           R"(^ *(not )?ok \d+)",
                           R"(^\[ RUN      \])",
                           R"(^\[       OK \])",
                           R"(^\[  FAILED  \])",
                           R"(^\[==========\])",
                           R"(^ *\d+/\d+ Test +#\d+:)",
                           R"(^\d+% tests passed)",
                           R"(^=+ .* in [\d.]+s)",
                           R"(^(FAILED|OK))",
                           R"(^test \S+ \.\.\. )",
                           R"(^test result: )",
                           R"(^ *--- (FAIL|PASS|SKIP): )",
                           R"(^FAIL\t)",
                           R"(^\[(INFO|ERROR)\] )",
                           R"(^Finished: )",
                           R"(^[^\s:]+:\d+(:\d+)?: (fatal error|error|warning): )",
                           R"(^CMake (Error|Warning))"}) {
    set.Add(form, nullptr);
  }
  set.Compile();
  std::vector<int> found;
  for (auto _ : state) {
    for (const std::string& line : lines) benchmark::DoNotOptimize(set.Match(line, &found));
  }
  report(state, lines);
}
BENCHMARK_CAPTURE(peer_set, real_output, real_output);
BENCHMARK_CAPTURE(peer_set, no_markers, no_markers);

void peer_memchr(benchmark::State& state, Lines source) {
  const auto& lines = source();
  for (auto _ : state) {
    for (const std::string& line : lines) benchmark::DoNotOptimize(std::memchr(line.data(), '\1', line.size()));
  }
  report(state, lines);
}
BENCHMARK_CAPTURE(peer_memchr, real_output, real_output);
BENCHMARK_CAPTURE(peer_memchr, no_markers, no_markers);

}  // namespace
