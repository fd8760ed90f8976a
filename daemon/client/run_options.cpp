#include "client/run_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"
#include "client/ci_environment.h"
#include "client/endpoint.h"
#include "client/given_flags.h"

namespace tailwater {
namespace {

constexpr std::string_view kDefaultStream = "ci";
constexpr std::string_view kDefaultWait = "30s";
constexpr std::string_view kDefaultSpoolSize = "256MiB";
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestLabelKey = 64;
constexpr std::size_t kLongestLabelValue = 200;
constexpr std::size_t kMostLabels = 32;
constexpr std::size_t kLongestStart = 6'000;  // a query has to fit into a request's first line

using Labels = std::vector<std::pair<std::string, std::string>>;

bool is_name_character(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// As the server takes names of files: any text, made one segment.
std::string segment_of(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongestName)) {
    if (is_name_character(c)) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && (out.back() == '-' || out.back() == '.')) out.pop_back();
  out.erase(0, std::min(out.find_first_not_of(".-"), out.size()));
  return out.empty() ? "run" : out;
}

Error bad_name(std::string_view name) {
  return {
      ErrorCode::kInvalid,
      fmt::format("'{}' is no name for a run: write STREAM or STREAM/NAME, where a NAME is made of A-Z a-z 0-9 . _ - "
                  "in up to four parts with slashes between them, none of which begins with a dot",
                  name)};
}

bool is_stream_and_file(std::string_view text) {
  std::size_t parts = 0;
  while (true) {
    const std::string_view part = text.substr(0, text.find('/'));
    if (part.empty() || part.front() == '.' || !std::all_of(part.begin(), part.end(), is_name_character)) return false;
    ++parts;
    if (part.size() == text.size()) return parts <= 5;
    text.remove_prefix(part.size() + 1);
  }
}

/// What a header, a page and a terminal can hold: one line of bounded length.
std::string label_value(std::string_view text) {
  std::string out = to_valid_utf8(text.substr(0, kLongestLabelValue));
  const bool cut = text.size() > kLongestLabelValue || out.size() > kLongestLabelValue;
  out.resize(std::min(out.size(), kLongestLabelValue));
  if (cut) out.resize(valid_utf8_prefix(out));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return out;
}

bool has_label(const Labels& labels, std::string_view key) {
  return std::any_of(labels.begin(), labels.end(), [&](const auto& each) { return each.first == key; });
}

Result<Labels> given_labels(const GivenFlags& given) {
  Labels labels;
  const auto* values = given.find("--label");
  if (values == nullptr) return labels;
  for (const std::string& value : *values) {
    const std::size_t equals = value.find('=');
    const std::string_view key = std::string_view(value).substr(0, equals);
    if (equals == std::string::npos || key.empty() || key.size() > kLongestLabelKey ||
        !std::all_of(key.begin(), key.end(), is_name_character)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("--label {}: a label is KEY=VALUE, its key of A-Z a-z 0-9 . _ - (branch=main)", value));
    }
    if (has_label(labels, key)) return fail(ErrorCode::kInvalid, fmt::format("--label {}: is given twice", key));
    labels.emplace_back(key, label_value(std::string_view(value).substr(equals + 1)));
  }
  if (labels.size() > kMostLabels) {
    return fail(ErrorCode::kInvalid, fmt::format("--label: at most {} of them", kMostLabels));
  }
  return labels;
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));  // npos + 1 is 0
}

/// The query of the starting call; labels that do not fit are left out.
std::string start_query(std::string_view name, std::optional<std::uint64_t> attempt, const Labels& labels) {
  std::string query = "state=running";
  if (!name.empty()) query += fmt::format("&name={}", percent_encoded(name));
  if (attempt) query += fmt::format("&attempt={}", *attempt);
  for (const auto& [key, value] : labels) {
    const std::string more = fmt::format("&label={}", percent_encoded(fmt::format("{}={}", key, value)));
    if (query.size() + more.size() <= kLongestStart) query += more;
  }
  return query;
}

/// Name, file, attempt and labels, of what was given and what the environment tells.
Result<void> set_identity(RunOptions& options, const GivenFlags& given, const CommandLine& command_line,
                          const Environment& environment, const RunCircumstances& circumstances) {
  CiRun ci = given.has("--no-ci") ? CiRun{} : ci_run(environment);
  std::string target = command_line.paths.empty()
                           ? environment.variable("TAILWATER_STREAM").value_or(std::string(kDefaultStream))
                           : command_line.paths.front();
  if (!is_stream_and_file(target)) return fail(bad_name(target));

  std::optional<std::uint64_t> attempt = ci.attempt;
  if (const auto text = given.last("--attempt")) {
    attempt = parse_number<std::uint64_t>(*text);
    if (!attempt) return fail(ErrorCode::kInvalid, fmt::format("--attempt {}: is no number", *text));
  }
  std::string name = given.last("--name").value_or(ci.name);
  if (name.empty()) name = base_name(options.command.front());
  if (target.find('/') == std::string::npos) {
    target += attempt ? fmt::format("/{}-{}-{}", segment_of(name), *attempt, circumstances.unique)
                      : fmt::format("/{}-{}", segment_of(name), circumstances.unique);
  } else if (!given.has("--name") && ci.name.empty()) {
    name.clear();  // the server takes it from the file
  }
  options.name = target;

  auto labels = given_labels(given);
  if (!labels) return fail(labels.error());
  ci.labels.emplace_back("host", circumstances.host);
  for (const auto& [key, value] : ci.labels) {
    const bool room = labels->size() < kMostLabels;
    if (room && !has_label(*labels, key) && !value.empty()) labels->emplace_back(key, label_value(value));
  }
  options.start = start_query(label_value(name), attempt, *labels);
  return {};
}

Result<void> set_limits(RunOptions& options, const GivenFlags& given) {
  const std::string wait = given.last("--wait").value_or(std::string(kDefaultWait));
  if (wait != "forever") {
    const auto time = parse_duration(wait);
    if (!time) return fail(ErrorCode::kInvalid, fmt::format("--wait {}: {}", wait, time.error().message));
    options.wait = *time;
  }
  const auto bytes = parse_byte_count(given.last("--spool-size").value_or(std::string(kDefaultSpoolSize)));
  if (!bytes) return fail(ErrorCode::kInvalid, fmt::format("--spool-size: {}", bytes.error().message));
  options.spool_bytes = *bytes;
  return {};
}

std::vector<std::string> spool_directories(const GivenFlags& given, const Environment& environment, unsigned user) {
  if (const auto directory = given.last("--spool")) return {environment.absolute(*directory)};
  std::vector<std::string> all;
  const auto state = environment.variable("XDG_STATE_HOME");
  const auto home = environment.variable("HOME");
  if (state && state->front() == '/') {
    all.push_back(*state + "/tailwater/runs");
  } else if (home && home->front() == '/') {
    all.push_back(*home + "/.local/state/tailwater/runs");
  }
  all.push_back(fmt::format("{}/tailwater-runs-{}", environment.variable("TMPDIR").value_or("/tmp"), user));
  return all;
}

Result<void> check_words(const RunOptions& options, const GivenFlags& given, const CommandLine& command_line) {
  if (options.send) {
    if (options.command.empty()) return {};
    return fail(ErrorCode::kInvalid, "--send sends what earlier runs left behind; it runs no command");
  }
  if (options.command.empty()) {
    return fail(ErrorCode::kInvalid, "run needs a command behind two dashes: tailwater run -- make test");
  }
  if (command_line.paths.size() > 1) {
    return fail(ErrorCode::kInvalid, fmt::format("run takes one STREAM/NAME, but there is '{}', too (the command goes "
                                                 "behind two dashes: tailwater run -- make test)",
                                                 command_line.paths[1]));
  }
  if (given.has("--pty") && given.has("--no-pty")) {
    return fail(ErrorCode::kInvalid, "--pty and --no-pty: one of them");
  }
  return {};
}

}  // namespace

Result<RunOptions> run_options(const CommandLine& command_line, const Environment& environment,
                               const RunCircumstances& circumstances) {
  const GivenFlags given(command_line);
  RunOptions options;
  options.command = command_line.words;
  options.send = given.has("--send");
  if (auto checked = check_words(options, given, command_line); !checked) return fail(checked.error());
  options.quiet = given.has("--quiet");
  options.strict = given.has("--strict");
  if (given.has("--pty")) options.terminal = RunOptions::Terminal::kAlways;
  if (given.has("--no-pty")) options.terminal = RunOptions::Terminal::kNever;
  if (auto set = set_limits(options, given); !set) return fail(set.error());
  options.spool_directories = spool_directories(given, environment, circumstances.user);

  const auto endpoint = parse_endpoint({}, server_url(given, "--to", environment));
  if (!endpoint) return fail(endpoint.error());
  auto access = http_access(given, environment, endpoint->unix_socket);
  if (!access) return fail(access.error());
  options.access = std::move(*access);
  if (options.send) {
    options.spools = command_line.paths;
    return options;
  }
  if (auto set = set_identity(options, given, command_line, environment, circumstances); !set) return fail(set.error());
  options.url = fmt::format("{}/api/ingest/{}", endpoint->base_url, encoded_path(options.name));
  options.page = endpoint->unix_socket.empty()
                     ? fmt::format("{}/runs/{}", endpoint->base_url, encoded_path(options.name))
                     : fmt::format("/runs/{}", encoded_path(options.name));
  return options;
}

}  // namespace tailwater
