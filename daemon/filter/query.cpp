#include "filter/query.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/time_text.h"
#include "filter/literal_search.h"
#include "filter/parameters.h"
#include "filter/quoted.h"
#include "filter/regex_literal.h"
#include "filter/sample_line.h"

namespace tailwater {
namespace {

constexpr std::string_view kQueryParameters[] = {"stream",  "file",   "level",  "unknown", "grep",
                                                 "exclude", "case",   "where",  "types",   "names",
                                                 "every",   "detail", "format", "fields",  "batch"};
constexpr std::size_t kMostAlternatives = 32;
constexpr Choice<bool> kUnknownChoices[] = {{"pass", true}, {"drop", false}};
constexpr Choice<bool> kCaseChoices[] = {{"insensitive", true}, {"sensitive", false}};
constexpr Choice<Format> kFormatChoices[] = {{"json", Format::kJson}, {"text", Format::kText}, {"raw", Format::kRaw}};

std::string_view to_text(Format format) {
  for (const Choice<Format>& choice : kFormatChoices) {
    if (choice.value == format) return choice.text;
  }
  return {};
}

std::vector<std::string_view> sorted_values(std::span<const Parameter> parameters, std::string_view name) {
  std::vector<std::string_view> values = values_of(parameters, name);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

/// A glob's error without the pattern, which is shown in our own way.
std::string_view reason_of(const Error& error, std::string_view pattern) {
  const std::string_view message = error.message;
  const std::size_t at = message.find(pattern);
  if (at == message.npos) return message;
  const std::size_t reason = message.find(": ", at + pattern.size());
  return reason == message.npos ? "is no glob" : message.substr(reason + 2);
}

/// With its length in front, so that no value can look like the rest of a key.
void append_to_key(std::string& key, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(key), "{}={}:{};", name, value.size(), value);
}

}  // namespace

/// Fills one Query, a group of parameters at a time. Each step returns what is wrong, if anything is.
struct Query::Parser {
  using Problem = std::optional<ParameterError>;

  Query& query;
  std::span<const Parameter> parameters;
  const QueryLimits& limits;

  Problem selectors();
  Problem level();
  Problem patterns();
  Problem patterns_of(std::string_view name, std::vector<std::shared_ptr<const RegexFilter>>& filters);
  Problem where();
  void find_alternatives();
  Problem types();
  Problem samples();
  Problem presentation();
  void make_key();

  static void too_many(Problem& problem, std::string_view name, std::string_view what, std::size_t given,
                       std::size_t allowed) {
    if (given <= allowed) return;
    problem = ParameterError{std::string(name),
                             fmt::format("{} {} were given: at most {} are allowed", given, what, allowed)};
  }
};

Query::Parser::Problem Query::Parser::selectors() {
  const auto streams = sorted_values(parameters, "stream");
  const auto files = sorted_values(parameters, "file");
  Problem problem;
  too_many(problem, streams.empty() ? "file" : "stream", "streams and files", streams.size() + files.size(),
           limits.max_selectors);
  if (problem) return problem;
  for (const std::string_view name : streams) {
    if (name.empty()) return ParameterError{"stream", "stream is empty: give a stream's name, or leave it out for all"};
    query.streams_.emplace_back(name);
  }
  for (const std::string_view pattern : files) {
    if (pattern.empty()) return ParameterError{"file", "file is empty: give a file's name, path or glob"};
    auto glob = Glob::parse(pattern);
    if (!glob)
      return ParameterError{"file", fmt::format("file={}: {}", quoted(pattern), reason_of(glob.error(), pattern))};
    query.files_.push_back(std::move(*glob));
  }
  return std::nullopt;
}

Query::Parser::Problem Query::Parser::level() {
  const auto given = single_value(parameters, "level");
  if (!given) return given.error();
  if (*given) {
    query.level_ = parse_level(**given);
    if (!query.level_) {
      return ParameterError{
          "level", fmt::format("level={}: must be trace, debug, info, warn, error or critical", quoted(**given))};
    }
  }
  const auto pass = choice_of<bool>(parameters, "unknown", kUnknownChoices, false);
  if (!pass) return pass.error();
  const bool explicit_drop = !*pass && !values_of(parameters, "unknown").empty();
  if (explicit_drop && !query.level_) query.level_ = Level::kTrace;
  // From trace on and without a level: that is everything.
  if (*pass && query.level_ == Level::kTrace) query.level_.reset();
  query.pass_unknown_ = *pass && query.level_.has_value();
  return std::nullopt;
}

Query::Parser::Problem Query::Parser::patterns_of(std::string_view name,
                                                  std::vector<std::shared_ptr<const RegexFilter>>& filters) {
  for (const std::string_view pattern : sorted_values(parameters, name)) {
    if (pattern.empty()) return ParameterError{std::string(name), fmt::format("{} is empty: give a pattern", name)};
    auto filter = RegexFilter::make(pattern, query.ignore_case_, limits.regex);
    if (!filter) return ParameterError{std::string(name), fmt::format("{}: {}", name, filter.error().message)};
    filters.push_back(std::move(*filter));
  }
  return std::nullopt;
}

Query::Parser::Problem Query::Parser::patterns() {
  const auto insensitive = choice_of<bool>(parameters, "case", kCaseChoices, false);
  if (!insensitive) return insensitive.error();
  query.ignore_case_ = *insensitive;
  const std::size_t greps = values_of(parameters, "grep").size();
  const std::size_t excludes = values_of(parameters, "exclude").size();
  Problem problem;
  too_many(problem, greps == 0 ? "exclude" : "grep", "patterns", greps + excludes, limits.max_patterns);
  if (!problem) problem = patterns_of("grep", query.greps_);
  if (!problem) problem = patterns_of("exclude", query.excludes_);
  if (problem) return problem;
  query.ignore_case_ = *insensitive && greps + excludes > 0;
  for (const auto& grep : query.greps_) {
    if (grep->required_literal().size() > query.required_literal_.size()) {
      query.required_literal_ = grep->required_literal();
      query.trigger_ = grep;
    }
  }
  if (query.required_literal_.empty()) find_alternatives();
  if (!query.trigger_ && !query.greps_.empty()) query.trigger_ = query.greps_.front();
  return std::nullopt;
}

/// Of the greps that are several alternatives, or ignore case, the one whose texts are the longest.
void Query::Parser::find_alternatives() {
  std::vector<std::string> best;
  std::size_t longest = 0;
  for (const auto& grep : query.greps_) {
    auto texts = required_alternatives_of(grep->pattern(), query.ignore_case_, LiteralSet::kShortest);
    std::size_t shortest = std::string::npos;
    for (const std::string& text : texts) shortest = std::min(shortest, text.size());
    if (texts.empty() || texts.size() > kMostAlternatives || shortest <= longest) continue;
    longest = shortest;
    best = std::move(texts);
  }
  if (best.empty()) return;
  std::vector<LiteralSet::Literal> literals;
  literals.reserve(best.size());
  for (std::string& text : best) literals.push_back({std::move(text), query.ignore_case_});
  query.required_any_ = std::make_shared<const LiteralSet>(std::move(literals));
}

Query::Parser::Problem Query::Parser::where() {
  const auto conditions = sorted_values(parameters, "where");
  Problem problem;
  too_many(problem, "where", "conditions", conditions.size(), limits.max_patterns);
  if (problem) return problem;
  WhereLimits where_limits = limits.where;
  where_limits.regex = limits.regex;
  for (const std::string_view text : conditions) {
    auto where = Where::parse(text, where_limits);
    if (!where) {
      const WhereError& error = where.error();
      return ParameterError{"where", fmt::format("where={}: column {}: {}", quoted(text), error.column, error.message)};
    }
    query.where_ = Where::all_of(std::move(query.where_), std::move(*where));
  }
  const std::string_view literal = query.where_ ? query.where_->required_literal() : std::string_view();
  if (literal.size() > query.required_literal_.size()) query.required_literal_ = literal;
  return std::nullopt;
}

Query::Parser::Problem Query::Parser::types() {
  const auto values = values_of(parameters, "types");
  if (values.empty()) return std::nullopt;
  query.wants_logs_ = false;
  for (const std::string_view list : values) {
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      const std::string_view type = list.substr(begin, end - begin);
      begin = end + 1;
      bool& wanted = type == "metric" ? query.wants_metrics_ : type == "run" ? query.wants_runs_ : query.wants_logs_;
      if (type != "log" && type != "metric" && type != "run") {
        return ParameterError{"types", fmt::format("types={}: {} is no event type; give log, metric or run, with "
                                                   "commas between several",
                                                   quoted(list), quoted(type))};
      }
      wanted = true;
    }
  }
  return std::nullopt;
}

Query::Parser::Problem Query::Parser::samples() {
  std::set<std::string_view> names;
  for (std::string_view list : values_of(parameters, "names")) {
    while (!list.empty()) {
      const std::size_t end = list.find(',');
      if (end != 0) names.insert(list.substr(0, end));
      list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
  }
  Problem problem;
  too_many(problem, "names", "names", names.size(), limits.max_selectors);
  if (problem) return problem;
  for (const std::string_view name : names) {
    auto glob = Glob::parse(name);
    if (!glob) return ParameterError{"names", fmt::format("names={}: {}", quoted(name), reason_of(glob.error(), name))};
    query.names_.push_back(std::move(*glob));
  }
  const auto every = single_value(parameters, "every");
  if (!every) return every.error();
  if (!*every) return std::nullopt;
  const auto span = parse_duration(**every);
  if (!span) return ParameterError{"every", fmt::format("every={}: must be a time such as 5s or 1m", quoted(**every))};
  query.every_ = *span;
  return std::nullopt;
}

Query::Parser::Problem Query::Parser::presentation() {
  const auto format = choice_of<Format>(parameters, "format", kFormatChoices, Format::kJson);
  if (!format) return format.error();
  const auto batch = flag_of(parameters, "batch", /*otherwise=*/false);
  if (!batch) return batch.error();
  const auto fields = flag_of(parameters, "fields", /*otherwise=*/false);
  if (!fields) return fields.error();
  static constexpr Choice<bool> kDetailChoices[] = {{"summary", true}, {"whole", false}};
  const auto summaries = choice_of<bool>(parameters, "detail", kDetailChoices, /*otherwise=*/false);
  if (!summaries) return summaries.error();
  query.wants_summaries_ = *summaries;
  query.format_ = *format;
  query.fields_ = *fields && *format == Format::kJson;
  query.batch_ = *batch && *format == Format::kJson;  // an array of what are no objects would be of no use
  return std::nullopt;
}

void Query::Parser::make_key() {
  std::string& key = query.key_;
  for (const std::string& name : query.streams_) append_to_key(key, "stream", name);
  for (const Glob& glob : query.files_) append_to_key(key, "file", glob.text());
  if (query.level_) append_to_key(key, "level", tailwater::to_text(*query.level_));
  if (query.pass_unknown_) append_to_key(key, "unknown", "pass");
  if (query.ignore_case_) append_to_key(key, "case", "insensitive");
  for (const auto& grep : query.greps_) append_to_key(key, "grep", grep->pattern());
  for (const auto& exclude : query.excludes_) append_to_key(key, "exclude", exclude->pattern());
  if (query.where_) append_to_key(key, "where", query.where_->text());
  if (!query.wants_logs_ || query.wants_metrics_) {
    append_to_key(key, "types", fmt::format("{}{}", query.wants_logs_ ? "l" : "", query.wants_metrics_ ? "m" : ""));
  }
  if (query.wants_metrics_) {
    for (const Glob& name : query.names_) append_to_key(key, "names", name.text());
    if (query.every_.count() > 0) append_to_key(key, "every", to_duration_text(query.every_));
  }
  if (query.format_ != Format::kJson) append_to_key(key, "format", to_text(query.format_));
  if (query.fields_) append_to_key(key, "fields", "1");
  if (query.batch_) append_to_key(key, "batch", "1");
}

ParameterResult<std::shared_ptr<const Query>> Query::parse(std::span<const Parameter> parameters,
                                                           std::span<const std::string_view> known_others,
                                                           const QueryLimits& limits) {
  std::vector<std::string_view> known(std::begin(kQueryParameters), std::end(kQueryParameters));
  known.insert(known.end(), known_others.begin(), known_others.end());
  if (auto problem = unknown_parameter(parameters, known)) return tl::unexpected(std::move(*problem));

  std::shared_ptr<Query> query(new Query);
  Parser parser{*query, parameters, limits};
  for (const auto step : {&Parser::selectors, &Parser::level, &Parser::patterns, &Parser::where, &Parser::types,
                          &Parser::samples, &Parser::presentation}) {
    if (auto problem = (parser.*step)()) return tl::unexpected(std::move(*problem));
  }
  parser.make_key();
  std::stable_partition(query->greps_.begin(), query->greps_.end(),
                        [](const auto& grep) { return grep->is_literal(); });
  return query;
}

std::size_t Query::find_required(std::string_view block, std::size_t from) const {
  if (!required_literal_.empty()) return find_literal(block, required_literal_, from);
  std::size_t found = LiteralSet::npos;
  required_any_->visit(block, from, [&](std::size_t at, std::size_t /*literal*/) {
    found = at;
    return true;
  });
  return found;
}

bool Query::selects(std::string_view stream, std::string_view path) const {
  if (!streams_.empty() && !std::binary_search(streams_.begin(), streams_.end(), stream)) return false;
  if (files_.empty()) return true;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::any_of(files_.begin(), files_.end(), [&](const Glob& glob) {
    return glob.matches(glob.text().find('/') == std::string::npos ? name : path);
  });
}

bool Query::matches(const RecordFacts& record) const {
  const std::string_view line = record.line();
  auto grep = greps_.begin();
  for (; grep != greps_.end() && (*grep)->is_literal(); ++grep) {
    if (!(*grep)->matches(line)) return false;
  }
  if (level_) {
    const std::optional<Level> level = record.level();
    if (level ? *level < *level_ : !pass_unknown_) return false;
  }
  for (; grep != greps_.end(); ++grep) {
    if (!(*grep)->matches(line)) return false;
  }
  for (const auto& exclude : excludes_) {
    if (exclude->matches(line)) return false;
  }
  return where_ == nullptr || where_->matches(record);
}

bool Query::wants_sample(std::string_view line) const {
  const auto sample = read_sample_line(line);
  return sample && is_due(*sample, every_);
}

bool Query::wants_metric(std::string_view name) const {
  return names_.empty() ||
         std::any_of(names_.begin(), names_.end(), [name](const Glob& glob) { return glob.matches(name); });
}

}  // namespace tailwater
