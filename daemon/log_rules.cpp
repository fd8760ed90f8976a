#include "log_rules.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "access_setup.h"
#include "host_journals.h"
#include "record_rules.h"
#include "run_setup.h"
#include "runs/own_rules.h"
#include "tls_files.h"

namespace tailwater {
namespace {

/// After loading it is one of the three.
MetricType type_of(std::string_view text) {
  if (text == "gauge") return MetricType::kGauge;
  return text == "histogram" ? MetricType::kHistogram : MetricType::kCounter;
}

LogMetricRule rule_of(const MetricConfig& metric) {
  LogMetricRule rule;
  rule.name = metric.name;
  rule.type = type_of(metric.type);
  rule.help = metric.help;
  rule.stream = metric.stream;
  rule.pattern = metric.match;
  rule.buckets = metric.buckets;
  rule.max_series = metric.max_series;
  rule.ttl = metric.ttl;
  return rule;
}

const RunsConfig* runs_of(const StreamConfig& stream, const Configuration& configuration) {
  const auto found = std::find_if(configuration.runs.begin(), configuration.runs.end(),
                                  [&](const RunsConfig& each) { return each.stream == stream.name; });
  return found == configuration.runs.end() ? nullptr : &*found;
}

Result<std::shared_ptr<const MaskRules>> make_masks(const StreamConfig& stream, const RunsConfig& runs) {
  return MaskRules::make(stream.redact, OwnRules::masks_of(runs.rules));
}

/// What jobs announce takes some more patterns.
void check_masks(const StreamConfig& stream, const Configuration& configuration, Errors& errors) {
  const RunsConfig* runs = runs_of(stream, configuration);
  if (runs == nullptr || !Redactor::make(stream.redact)) return;
  const auto made = make_masks(stream, *runs);
  if (made) return;
  errors.push_back({made.error().code, fmt::format("stream {}: redact, with what its runs announce: {}", stream.name,
                                                   made.error().message)});
}

/// One entry more at a time: the first that does not fit is the one to name.
void check_redaction(const StreamConfig& stream, Errors& errors) {
  if (Redactor::make(stream.redact)) return;
  for (std::size_t count = 1; count <= stream.redact.size(); ++count) {
    const auto made = Redactor::make(std::span(stream.redact).first(count));
    if (made) continue;
    const std::string& place = stream.redact_places[count - 1];
    errors.push_back({made.error().code, fmt::format("{}: stream.redact: {}", place, made.error().message)});
    return;
  }
}

}  // namespace

std::vector<LogMetricRule> log_rules(const Configuration& configuration) {
  std::vector<LogMetricRule> rules;
  for (const MetricConfig& metric : configuration.metrics) rules.push_back(rule_of(metric));
  return rules;
}

Errors check_log_rules(const Configuration& configuration) {
  Errors errors;
  SampleTable table;
  for (const MetricConfig& metric : configuration.metrics) {
    const auto made = LogMetric::make(rule_of(metric), table);
    if (made) continue;
    errors.push_back(
        {made.error().code, fmt::format("{}: metric {}: {}", metric.place, metric.name, made.error().message)});
  }
  for (const StreamConfig& stream : configuration.streams) {
    check_redaction(stream, errors);
    check_masks(stream, configuration, errors);
  }
  return errors;
}

std::shared_ptr<const Redactor> Redactors::of(const StreamConfig& stream) {
  const auto [entry, fresh] = made_.try_emplace(stream.redact);
  if (fresh) entry->second = Redactor::make(stream.redact).value_or(nullptr);
  return entry->second;
}

std::shared_ptr<const MaskRules> Redactors::masks_of(const StreamConfig& stream, const Configuration& configuration) {
  const RunsConfig* runs = runs_of(stream, configuration);
  if (runs == nullptr) return nullptr;
  const auto [entry, fresh] = masks_.try_emplace({stream.redact, runs->rules});
  if (fresh) entry->second = make_masks(stream, *runs).value_or(nullptr);
  return entry->second;
}

tl::expected<Configuration, Errors> load_checked(const CommandLine& command_line, const Environment& environment) {
  auto configuration = load_configuration(command_line, environment);
  if (!configuration) return configuration;
  Errors errors = check_record_rules(*configuration);
  for (Error& error : check_log_rules(*configuration)) errors.push_back(std::move(error));
  for (Error& error : check_host_journals(*configuration)) errors.push_back(std::move(error));
  for (Error& error : check_runs(*configuration)) errors.push_back(std::move(error));
  if (const auto tls = load_tls(configuration->server); !tls) errors.push_back(tls.error());
  if (auto policy = access_policy(*configuration); !policy) {
    errors.insert(errors.end(), policy.error().begin(), policy.error().end());
  }
  for (std::string& warning : access_warnings(*configuration)) configuration->warnings.push_back(std::move(warning));
  if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));
  return configuration;
}

}  // namespace tailwater
