#include "runs/run_json.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

/// Writes the members of an object, with commas between them.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  ~Members() { out_ += '}'; }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  std::string& name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_.append(name).append("\":");
    return out_;
  }
  void text(std::string_view key, std::string_view value) { append_json_string(name(key), value); }
  void text_or_null(std::string_view key, std::string_view value) {
    if (value.empty()) {
      null(key);
    } else {
      text(key, value);
    }
  }
  template <typename Number>
  void number(std::string_view key, Number value) {
    fmt::format_to(std::back_inserter(name(key)), "{}", value);
  }
  template <typename Number>
  void number(std::string_view key, const std::optional<Number>& value) {
    if (value) {
      number(key, *value);
    } else {
      null(key);
    }
  }
  void milliseconds(std::string_view key, const std::optional<Milliseconds>& value) {
    number(key, value ? std::optional(value->count()) : std::nullopt);
  }
  void time(std::string_view key, const std::optional<WallTime>& value) {
    if (value) {
      name(key) += '"';
      out_.append(to_rfc3339(*value)).append("\"");
    } else {
      null(key);
    }
  }
  void flag(std::string_view key, bool value) { name(key) += value ? "true" : "false"; }
  void null(std::string_view key) { name(key) += "null"; }
  void place(std::string_view key, const std::string& file_key, const std::optional<RunPlace>& value) {
    if (file_key.empty() || !value) return null(key);
    fmt::format_to(std::back_inserter(name(key)), "\"{}.{}.{}\"", file_key, value->generation, value->offset);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Calls write(element) for each, between brackets.
template <typename List, typename Write>
void append_list(std::string& out, const List& list, Write write) {
  out += '[';
  bool first = true;
  for (const auto& each : list) {
    if (!first) out += ',';
    first = false;
    write(each);
  }
  out += ']';
}

void append_progress(Members& run, const std::optional<RunProgress>& progress) {
  if (!progress) return run.null("progress");
  Members members(run.name("progress"));
  members.number("done", progress->done);
  members.number("total", progress->total);
  members.number("fraction", std::clamp(progress->fraction, 0.0, 1.0));
  members.text("text", progress->text);
}

void append_counts(Members& run, const RunCounts& counts) {
  Members members(run.name("counts"));
  members.number("passed", counts.passed);
  members.number("failed", counts.failed);
  members.number("skipped", counts.skipped);
  members.number("errors", counts.errors);
  members.number("warnings", counts.warnings);
}

void append_stage(std::string& out, const RunStage& stage, const std::string& key) {
  Members members(out);
  members.text("name", stage.name);
  members.number("depth", stage.depth);
  members.text("state", to_text(stage.state));
  members.time("started", stage.started);
  members.time("ended", stage.ended);
  members.milliseconds("duration_ms", stage.ended ? std::optional(*stage.ended - stage.started) : std::nullopt);
  members.place("begin", key, stage.begin);
  members.place("end", key, stage.end);
}

void append_test(std::string& out, const FailedTest& test, const std::string& key) {
  Members members(out);
  members.text("name", test.name);
  members.text("suite", test.suite);
  members.text("message", test.message);
  members.place("at", key, test.at);
}

void append_annotation(std::string& out, const RunAnnotation& annotation, const std::string& key) {
  const auto or_none = [](std::uint32_t number) { return number == 0 ? std::nullopt : std::optional(number); };
  Members members(out);
  members.text("severity", to_text(annotation.severity));
  members.text_or_null("file", annotation.file);
  members.number("line", or_none(annotation.line));
  members.number("column", or_none(annotation.column));
  members.text("title", annotation.title);
  members.text("message", annotation.message);
  members.place("at", key, annotation.at);
}

void append_lists(Members& members, const RunFindings& findings, const std::string& key) {
  std::string& stages = members.name("stages");
  append_list(stages, findings.stages, [&](const RunStage& stage) { append_stage(stages, stage, key); });
  std::string& tests = members.name("failed_tests");
  append_list(tests, findings.failed_tests, [&](const FailedTest& test) { append_test(tests, test, key); });
  std::string& annotations = members.name("annotations");
  append_list(annotations, findings.annotations,
              [&](const RunAnnotation& annotation) { append_annotation(annotations, annotation, key); });
  Members dropped(members.name("dropped"));
  dropped.number("stages", findings.dropped.stages);
  dropped.number("failed_tests", findings.dropped.failed_tests);
  dropped.number("annotations", findings.dropped.annotations);
}

void append_identity(Members& members, const PublishedRun& published) {
  const RunIdentity& identity = published.run().identity;
  members.text("run", published.name());
  members.text("stream", identity.stream);
  members.text("file", identity.file);
  members.text("path", published.about().path);
  members.text("name", identity.name);
  members.number("attempt", identity.attempt);
  Members labels(members.name("labels"));
  for (const auto& [key, value] : identity.labels) {
    std::string name;
    append_json_text(name, key);
    labels.text(name, value);
  }
}

}  // namespace

std::optional<Milliseconds> duration_of(const Run& run) {
  if (!run.started) return std::nullopt;
  return std::max(Milliseconds(0), run.ended.value_or(run.updated) - *run.started);
}

void append_run(std::string& out, const PublishedRun& published, RunDetail detail) {
  const Run& run = published.run();
  Members members(out);
  append_identity(members, published);
  members.text("state", to_text(run.state));
  members.flag("known", run.known);
  members.number("exit_code", run.exit_code);
  members.text_or_null("signal", run.signal);
  members.time("created", run.created);
  members.time("started", run.started);
  members.time("ended", run.ended);
  members.milliseconds("duration_ms", duration_of(run));
  members.time("updated", run.updated);
  members.number("size", run.size);
  members.number("lines", run.findings.lines);
  members.text_or_null("stage", run.findings.stage);
  append_progress(members, run.findings.progress);
  append_counts(members, run.findings.counts);
  members.milliseconds("eta_ms", published.about().eta);
  members.place("begin", run.key, run.begin);
  members.place("end", run.key, run.end);
  if (detail == RunDetail::kWhole) append_lists(members, run.findings, run.key);
}

}  // namespace tailwater
