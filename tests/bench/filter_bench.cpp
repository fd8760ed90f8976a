// What one record costs on its way through filter/: lines of 150 bytes, as in the figures that were planned with.
#include <benchmark/benchmark.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <string>
#include <string_view>
#include <vector>

#include "filter/level.h"
#include "filter/query.h"
#include "filter/record_splitter.h"
#include "filter/record_time.h"
#include "filter/redactor.h"
#include "filter/regex_filter.h"
#include "filter/secret_patterns.h"

namespace {

using tailwater::Query;
using tailwater::RecordFacts;
using tailwater::RegexFilter;

constexpr std::size_t kLineBytes = 150;

std::string padded(std::string line) {
  static constexpr std::string_view kText = " the request from client was forwarded to upstream and took some time";
  while (line.size() < kLineBytes) line += kText;
  line.resize(kLineBytes);
  return line;
}

const std::string kPlain = padded("2026-11-20T09:00:00.123Z host app[1234]: connection 48213 closed after 12 ms");
const std::string kLevelled = padded("2026-11-20 09:00:00,123 [main] ERROR c.e.Worker - upstream timeout");
const std::string kLogfmt = padded("ts=2026-11-20T09:00:00.123Z caller=main.go:12 level=warn status=503 msg=x");
const std::string kJson = padded(R"({"time":"2026-11-20T09:00:00.123Z","logger":"app","level":"info","msg":")");
const std::string kAccess = R"(203.0.113.7 - - [20/Nov/2026:09:00:00 +0000] "GET /api/items?page=2&size=50 HTTP/1.1" )"
                            R"x(200 5123 "https://example.org/items" "Mozilla/5.0 (X11; Linux)")x";

void detect_level(benchmark::State& state, const std::string& line) {
  for (auto _ : state) benchmark::DoNotOptimize(tailwater::detect_level(line));
}
BENCHMARK_CAPTURE(detect_level, none, kPlain);
BENCHMARK_CAPTURE(detect_level, word, kLevelled);
BENCHMARK_CAPTURE(detect_level, logfmt, kLogfmt);
BENCHMARK_CAPTURE(detect_level, json, kJson);
BENCHMARK_CAPTURE(detect_level, access_log, kAccess);

void detect_time(benchmark::State& state, const std::string& line) {
  for (auto _ : state) benchmark::DoNotOptimize(tailwater::detect_time(line, {}));
}
BENCHMARK_CAPTURE(detect_time, rfc3339, kPlain);
BENCHMARK_CAPTURE(detect_time, json, kJson);
BENCHMARK_CAPTURE(detect_time, access_log, kAccess);
BENCHMARK_CAPTURE(detect_time, none, std::string(kLineBytes, 'x'));

void split(benchmark::State& state) {
  std::string block;
  while (block.size() < (256U << 10)) block += kPlain + "\n";
  std::int64_t records = 0;
  for (auto _ : state) {
    tailwater::RecordSplitter splitter(block, 0, /*continues=*/false, /*partial=*/false, {});
    while (const auto record = splitter.next()) {
      benchmark::DoNotOptimize(record->line.data());
      ++records;
    }
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block.size()));
}
BENCHMARK(split);

/// As redaction looks at a block, without hits and with one in each 16th line. The pattern per line is the peer: one
/// RE2::Set of as many patterns as `default` has.
void redact(benchmark::State& state, const std::string& line, std::size_t secret_every) {
  static const auto redactor = *tailwater::Redactor::make(std::vector<std::string>{"default"});
  std::string block;
  for (std::size_t i = 1; block.size() < (256U << 10); ++i) {
    block += line;
    if (secret_every != 0 && i % secret_every == 0) block += " password=hunter2";
    block += '\n';
  }
  tailwater::RecordRules rules;
  rules.redactor = redactor;
  std::int64_t records = 0;
  for (auto _ : state) {
    tailwater::RecordSplitter splitter(block, 0, /*continues=*/false, /*partial=*/false, rules);
    while (const auto record = splitter.next()) {
      benchmark::DoNotOptimize(record->line.data());
      ++records;
    }
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block.size()));
}
BENCHMARK_CAPTURE(redact, plain, kPlain, 0);
BENCHMARK_CAPTURE(redact, json, kJson, 0);
BENCHMARK_CAPTURE(redact, access_log, kAccess, 0);
BENCHMARK_CAPTURE(redact, secret_in_each_16th, kPlain, 16);
BENCHMARK_CAPTURE(redact, secret_in_each, kPlain, 1);

void redact_by_set(benchmark::State& state) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  re2::RE2::Set set(options, re2::RE2::UNANCHORED);
  for (const tailwater::SecretPattern& known : tailwater::secret_patterns()) {
    if (known.pattern.empty()) continue;
    set.Add(re2::StringPiece(known.pattern.data(), known.pattern.size()), nullptr);
  }
  set.Compile();
  std::vector<int> matched;
  for (auto _ : state) benchmark::DoNotOptimize(set.Match(kPlain, &matched));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(redact_by_set);

void whole_records(benchmark::State& state) {
  std::string block;
  while (block.size() < (256U << 10)) block += kPlain + "\n";
  for (auto _ : state) benchmark::DoNotOptimize(tailwater::whole_records(block, {}));
}
BENCHMARK(whole_records);

void regex(benchmark::State& state, const char* pattern, const std::string& line) {
  const auto filter = RegexFilter::make(pattern, /*ignore_case=*/false);
  for (auto _ : state) benchmark::DoNotOptimize((*filter)->matches(line));
}
BENCHMARK_CAPTURE(regex, literal_missing, "ERROR", kPlain);
BENCHMARK_CAPTURE(regex, literal_found, "ERROR", kLevelled);
BENCHMARK_CAPTURE(regex, required_literal_missing, "status=5\\d\\d", kPlain);
BENCHMARK_CAPTURE(regex, required_literal_found, "status=5\\d\\d", kLogfmt);
BENCHMARK_CAPTURE(regex, ignoring_case_missing, "(?i)error", kPlain);
BENCHMARK_CAPTURE(regex, ignoring_case_found, "(?i)error", kLevelled);
BENCHMARK_CAPTURE(regex, alternation_missing, "timeout|refused|reset by peer", kPlain);
BENCHMARK_CAPTURE(regex, invalid_utf8, "(?i)error", kPlain.substr(0, 149) + "\xe9");

void query(benchmark::State& state, const std::vector<tailwater::Parameter>& parameters) {
  const auto parsed = Query::parse(parameters, {});
  for (auto _ : state) benchmark::DoNotOptimize((*parsed)->matches(RecordFacts(kPlain, tailwater::WallTime{})));
}
BENCHMARK_CAPTURE(query, everything, {});
BENCHMARK_CAPTURE(query, level, {{"level", "warn"}});
BENCHMARK_CAPTURE(query, level_and_literal, {{"level", "warn"}, {"grep", "timeout"}});

}  // namespace
