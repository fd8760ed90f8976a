#include "runs/run_reports.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"
#include "runs/run_json.h"
#include "runs/xml_text.h"

namespace tailwater {
namespace {

/// The schema of Ant's reports takes no zone and no fraction.
std::string report_time(WallTime time) {
  return to_rfc3339(time).substr(0, 19);
}

std::string seconds(std::optional<Milliseconds> time) {
  const auto count = time.value_or(Milliseconds(0)).count();
  return fmt::format("{}.{:03}", count / 1000, count % 1000);
}

/// Collects cases; a suite says first how many of which kind follow.
class Suite {
 public:
  void add(std::string_view group, std::string_view name, std::optional<Milliseconds> time, RunState state,
           std::string_view message) {
    ++tests_;
    fmt::format_to(std::back_inserter(cases_), "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"", to_xml(group),
                   to_xml(name), seconds(time));
    switch (state) {
      case RunState::kPassed:
      case RunState::kPending:
      case RunState::kRunning: cases_ += "/>\n"; return;
      case RunState::kSkipped:
        ++skipped_;
        cases_ += "><skipped/></testcase>\n";
        return;
      case RunState::kFailed:
        ++failures_;
        add_fault("failure", state, message);
        return;
      case RunState::kErrored:
      case RunState::kCanceled:
      case RunState::kLost:
        ++errors_;
        add_fault("error", state, message);
        return;
    }
  }
  [[nodiscard]] std::size_t size() const { return tests_; }
  [[nodiscard]] std::string counts() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests_, failures_, errors_,
                       skipped_);
  }
  [[nodiscard]] const std::string& cases() const { return cases_; }

 private:
  void add_fault(std::string_view element, RunState state, std::string_view message) {
    fmt::format_to(std::back_inserter(cases_), "><{0} type=\"{1}\" message=\"{2}\">{2}</{0}></testcase>\n", element,
                   to_text(state), to_xml(message));
  }

  std::string cases_;
  std::size_t tests_ = 0;
  std::size_t failures_ = 0;
  std::size_t errors_ = 0;
  std::size_t skipped_ = 0;
};

/// Readers count cases, so there is one for each test that was counted, up to a bound; of a test that passed nothing
/// more is known than that it did.
Suite tests_of(const RunFindings& found) {
  static constexpr std::uint64_t kMostUnnamed = 10'000;
  Suite tests;
  for (const FailedTest& test : found.failed_tests) {
    tests.add(test.suite.empty() ? "tests" : test.suite, test.name, std::nullopt, RunState::kFailed, test.message);
  }
  const auto add_unnamed = [&tests](std::uint64_t first, std::uint64_t last, RunState state) {
    for (std::uint64_t i = first; i <= std::min(last, kMostUnnamed); ++i) {
      tests.add("tests", fmt::format("{} test {}", to_text(state), i), std::nullopt, state, "not listed by name");
    }
  };
  add_unnamed(found.failed_tests.size() + 1, found.counts.failed, RunState::kFailed);
  add_unnamed(1, found.counts.skipped, RunState::kSkipped);
  add_unnamed(1, found.counts.passed, RunState::kPassed);
  return tests;
}

void append_suite(std::string& xml, const Run& run, const std::string& name, int id, std::optional<Milliseconds> time,
                  const std::string& properties, const Suite& suite) {
  fmt::format_to(std::back_inserter(xml),
                 "  <testsuite name=\"{}\" package=\"{}\" id=\"{}\" timestamp=\"{}\" hostname=\"localhost\" {} "
                 "time=\"{}\">\n    <properties>\n{}    </properties>\n{}    <system-out/>\n    <system-err/>\n"
                 "  </testsuite>\n",
                 to_xml(name), to_xml(run.identity.stream), id, report_time(run.started.value_or(run.created)),
                 suite.counts(), seconds(time), properties, suite.cases());
}

std::string outcome_text(const Run& run) {
  if (!run.signal.empty()) return fmt::format("{} by {}", to_text(run.state), run.signal);
  if (run.exit_code) return fmt::format("{} with exit status {}", to_text(run.state), *run.exit_code);
  return std::string(to_text(run.state));
}

std::string properties_of(const PublishedRun& published) {
  const Run& run = published.run();
  const RunCounts& counts = run.findings.counts;
  std::string xml;
  const auto add = [&xml](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(xml), "      <property name=\"{}\" value=\"{}\"/>\n", to_xml(name),
                   to_xml(value));
  };
  add("run", published.name());
  add("state", to_text(run.state));
  add("known", run.known ? "true" : "false");
  if (run.identity.attempt) add("attempt", std::to_string(*run.identity.attempt));
  if (run.exit_code) add("exit_code", std::to_string(*run.exit_code));
  add("tests.passed", std::to_string(counts.passed));
  add("tests.failed", std::to_string(counts.failed));
  add("tests.skipped", std::to_string(counts.skipped));
  for (const auto& [key, value] : run.identity.labels) add("label." + key, value);
  return xml;
}

std::string_view status_of(RunState state) {
  switch (state) {
    case RunState::kPassed:
    case RunState::kSkipped: return "Success";
    case RunState::kFailed: return "Failure";
    case RunState::kErrored:
    case RunState::kCanceled:
    case RunState::kLost: return "Exception";
    case RunState::kPending:
    case RunState::kRunning: break;
  }
  return "Unknown";
}

struct Project {
  const PublishedRun* latest = nullptr;
  const PublishedRun* ended = nullptr;
};

}  // namespace

std::string junit_xml(const PublishedRun& published) {
  const Run& run = published.run();
  Suite stages;
  for (const RunStage& stage : run.findings.stages) {
    stages.add("stages", stage.name, stage.ended ? std::optional(*stage.ended - stage.started) : std::nullopt,
               stage.state, to_text(stage.state));
  }
  stages.add("run", run.identity.name, duration_of(run), run.state, outcome_text(run));
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  append_suite(xml, run, run.identity.name, 0, duration_of(run), properties_of(published), stages);
  const Suite tests = tests_of(run.findings);
  if (tests.size() > 0) append_suite(xml, run, run.identity.name + " tests", 1, std::nullopt, {}, tests);
  return xml + "</testsuites>\n";
}

std::string cctray_xml(const std::vector<PublishedRunPtr>& runs, std::string_view page) {
  std::map<std::pair<std::string_view, std::string_view>, Project> projects;
  for (const PublishedRunPtr& run : runs) {
    const RunIdentity& identity = run->run().identity;
    Project& project = projects[{identity.stream, identity.name}];
    const auto take = [&run](const PublishedRun*& place) {
      if (place == nullptr || is_earlier(*place, *run)) place = run.get();
    };
    take(project.latest);
    if (is_final(run->run().state)) take(project.ended);
  }
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Projects>\n";
  for (const auto& [key, project] : projects) {
    const bool building = !is_final(project.latest->run().state);
    const PublishedRun& shown = project.ended != nullptr ? *project.ended : *project.latest;
    const Run& run = shown.run();
    const std::string label = run.identity.attempt ? std::to_string(*run.identity.attempt) : run.identity.file;
    fmt::format_to(std::back_inserter(xml),
                   "  <Project name=\"{}/{}\" activity=\"{}\" lastBuildStatus=\"{}\" lastBuildLabel=\"{}\" "
                   "lastBuildTime=\"{}\" webUrl=\"{}/{}\"/>\n",
                   to_xml(key.first), to_xml(key.second), building ? "Building" : "Sleeping", status_of(run.state),
                   to_xml(label), to_rfc3339(run.ended.value_or(run.updated)), to_xml(page),
                   to_xml(to_url_path(project.latest->name())));
  }
  return xml + "</Projects>\n";
}

bool is_earlier(const PublishedRun& left, const PublishedRun& right) {
  const auto order = [](const PublishedRun& run) {
    return std::tuple(run.run().created, run.run().identity.attempt.value_or(0), std::string_view(run.name()));
  };
  return order(left) < order(right);
}

std::string to_url_path(std::string_view path) {
  std::string url;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    url += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return url;
}

}  // namespace tailwater
