// Query: what it selects and keeps, when two queries are the same, and what it says about wrong parameters.
#include "filter/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

namespace tailwater {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Parameters = std::vector<Parameter>;

std::shared_ptr<const Query> query(const Parameters& parameters) {
  auto parsed = Query::parse(parameters, kStartParameters);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : nullptr;
}

ParameterError error_of(const Parameters& parameters, const QueryLimits& limits = {}) {
  const auto parsed = Query::parse(parameters, kStartParameters, limits);
  EXPECT_FALSE(parsed);
  return parsed ? ParameterError{} : parsed.error();
}

bool keeps(const Parameters& parameters, std::string_view line) {
  return query(parameters)->matches(RecordFacts(line, WallTime{}));
}

TEST(Query, WithoutParametersPassesEverything) {
  const auto all = query({});
  EXPECT_TRUE(all->passes_everything());
  EXPECT_TRUE(all->selects("any", "/var/log/x.log"));
  EXPECT_TRUE(all->matches(RecordFacts("", WallTime{})));
  EXPECT_EQ(all->format(), Format::kJson);
  EXPECT_FALSE(all->batch());
  EXPECT_TRUE(all->wants_logs());
  EXPECT_FALSE(all->wants_metrics());
  EXPECT_FALSE(all->wants_runs());
  EXPECT_EQ(all->required_literal(), "");
}

TEST(Query, SelectsStreamsByName) {
  const auto two = query({{"stream", "web"}, {"stream", "db"}});
  EXPECT_TRUE(two->selects("web", "/x"));
  EXPECT_TRUE(two->selects("db", "/x"));
  EXPECT_FALSE(two->selects("mail", "/x"));
  EXPECT_THAT(two->streams(), ::testing::ElementsAre("db", "web"));
}

TEST(Query, MatchesAFileGlobWithoutASlashAgainstTheLastComponent) {
  const auto logs = query({{"file", "*.log"}});
  EXPECT_TRUE(logs->selects("s", "/var/log/nginx/access.log"));
  EXPECT_FALSE(logs->selects("s", "/var/log/nginx.log/access.txt"));
  EXPECT_TRUE(query({{"file", "access.log"}})->selects("s", "/var/log/access.log"));
  EXPECT_FALSE(query({{"file", "access.log"}})->selects("s", "/var/log/my-access.log"));
}

TEST(Query, MatchesAFileGlobWithASlashAgainstTheWholePath) {
  const auto logs = query({{"file", "/var/log/*.log"}});
  EXPECT_TRUE(logs->selects("s", "/var/log/a.log"));
  EXPECT_FALSE(logs->selects("s", "/var/log/nginx/a.log"));
  EXPECT_TRUE(query({{"file", "/var/**/a.log"}})->selects("s", "/var/log/nginx/a.log"));
}

TEST(Query, SelectsByStreamAndAnyOfTheFiles) {
  const auto both = query({{"stream", "web"}, {"file", "a"}, {"file", "b"}});
  EXPECT_TRUE(both->selects("web", "/x/a"));
  EXPECT_TRUE(both->selects("web", "/x/b"));
  EXPECT_FALSE(both->selects("web", "/x/c"));
  EXPECT_FALSE(both->selects("db", "/x/a"));
}

TEST(Query, KeepsALevelAndAbove) {
  EXPECT_TRUE(keeps({{"level", "warn"}}, "ERROR x"));
  EXPECT_TRUE(keeps({{"level", "warn"}}, "WARN x"));
  EXPECT_FALSE(keeps({{"level", "warn"}}, "INFO x"));
  EXPECT_TRUE(keeps({{"level", "Warning"}}, "WARN x"));
  EXPECT_FALSE(query({{"level", "warn"}})->passes_everything());
}

TEST(Query, LeavesRecordsWithoutALevelOutUnlessToldToPassThem) {
  EXPECT_FALSE(keeps({{"level", "trace"}}, "hello"));
  EXPECT_TRUE(keeps({{"level", "error"}, {"unknown", "pass"}}, "hello"));
  EXPECT_FALSE(keeps({{"level", "error"}, {"unknown", "pass"}}, "INFO hello"));
  EXPECT_FALSE(keeps({{"level", "error"}, {"unknown", "drop"}}, "hello"));
  EXPECT_FALSE(keeps({{"unknown", "drop"}}, "hello"));
  EXPECT_TRUE(keeps({{"unknown", "drop"}}, "TRACE hello"));
}

TEST(Query, KeepsWhatAllGrepsAndNoExcludeMatch) {
  const Parameters parameters{{"grep", "a.c"}, {"grep", "x"}, {"exclude", "no"}, {"exclude", "never+"}};
  EXPECT_TRUE(keeps(parameters, "abc x"));
  EXPECT_FALSE(keeps(parameters, "abc"));
  EXPECT_FALSE(keeps(parameters, "x"));
  EXPECT_FALSE(keeps(parameters, "abc x no"));
  EXPECT_FALSE(keeps(parameters, "abc x never"));
  EXPECT_TRUE(keeps({{"exclude", "healthz"}}, "x"));
}

TEST(Query, MindsCaseInPatternsUnlessToldNotTo) {
  EXPECT_FALSE(keeps({{"grep", "error"}}, "ERROR"));
  EXPECT_FALSE(keeps({{"grep", "error"}, {"case", "sensitive"}}, "ERROR"));
  EXPECT_TRUE(keeps({{"grep", "error"}, {"case", "insensitive"}}, "ERROR"));
  EXPECT_FALSE(keeps({{"exclude", "error"}, {"case", "insensitive"}}, "ERROR"));
}

TEST(Query, OffersTheLongestLiteralOfItsGreps) {
  EXPECT_EQ(query({{"grep", "abc\\d"}, {"grep", "timeout"}, {"exclude", "very long exclude"}})->required_literal(),
            "timeout");
  EXPECT_EQ(query({{"grep", "timeout"}, {"case", "insensitive"}})->required_literal(), "");
}

TEST(Query, ReadsTypesFormatAndBatch) {
  const auto some = query({{"types", "metric,run"}, {"format", "text"}, {"batch", "1"}});
  EXPECT_FALSE(some->batch()) << "lines that are no JSON make no JSON array";
  EXPECT_EQ(some->key(), query({{"types", "metric,run"}, {"format", "text"}})->key());
  EXPECT_FALSE(some->wants_logs());
  EXPECT_TRUE(some->wants_metrics());
  EXPECT_TRUE(some->wants_runs());
  EXPECT_EQ(some->format(), Format::kText);
  EXPECT_TRUE(query({{"batch", "1"}})->batch());
  const auto repeated = query({{"types", "log"}, {"types", "run"}, {"format", "raw"}, {"batch", "0"}});
  EXPECT_TRUE(repeated->wants_logs());
  EXPECT_FALSE(repeated->wants_metrics());
  EXPECT_TRUE(repeated->wants_runs());
  EXPECT_EQ(repeated->format(), Format::kRaw);
}

TEST(Query, LeavesParametersOfOthersAlone) {
  EXPECT_EQ(query({{"tail", "bogus"}, {"from", ""}, {"tail", "2"}})->key(), query({})->key());
}

// --- keys ------------------------------------------------------------------------------------------------------

TEST(QueryKey, IsTheSameWhateverTheOrderDuplicatesAndDefaults) {
  const std::string key =
      query({{"grep", "a"}, {"grep", "b"}, {"stream", "x"}, {"stream", "y"}, {"level", "warn"}})->key();
  EXPECT_EQ(query({{"level", "WARNING"}, {"stream", "y"}, {"grep", "b"}, {"stream", "x"}, {"grep", "a"}})->key(), key);
  EXPECT_EQ(query({{"grep", "a"},
                   {"grep", "b"},
                   {"grep", "a"},
                   {"stream", "x"},
                   {"stream", "y"},
                   {"stream", "y"},
                   {"level", "warn"},
                   {"format", "json"},
                   {"batch", "0"},
                   {"types", "log"},
                   {"unknown", "drop"},
                   {"case", "sensitive"},
                   {"tail", "5"}})
                ->key(),
            key);
}

TEST(QueryKey, ForgetsWhatChangesNothing) {
  const std::string all = query({})->key();
  EXPECT_EQ(query({{"case", "insensitive"}})->key(), all);
  EXPECT_EQ(query({{"unknown", "pass"}})->key(), all);
  EXPECT_EQ(query({{"level", "trace"}, {"unknown", "pass"}})->key(), all);
  EXPECT_TRUE(query({{"level", "trace"}, {"unknown", "pass"}})->passes_everything());
  EXPECT_EQ(query({{"unknown", "drop"}})->key(), query({{"level", "trace"}})->key());
  EXPECT_EQ(query({{"types", "run,log"}})->key(), query({{"types", "log"}, {"types", "run"}, {"types", "run"}})->key());
}

TEST(QueryKey, TellsDifferentQueriesApart) {
  const Parameters different[] = {
      {},
      {{"stream", "a"}},
      {{"file", "a"}},
      {{"grep", "a"}},
      {{"exclude", "a"}},
      {{"grep", "a"}, {"case", "insensitive"}},
      {{"grep", "a"}, {"grep", "b"}},
      {{"grep", "a;grep=1:b"}},
      {{"grep", "a;4:grep=1:b"}},
      {{"grep", "ab"}},
      {{"level", "info"}},
      {{"level", "warn"}},
      {{"level", "warn"}, {"unknown", "pass"}},
      {{"types", "log,metric"}},
      {{"types", "metric"}},
      {{"format", "text"}},
      {{"format", "raw"}},
      {{"batch", "1"}},
  };
  std::set<std::string> keys;
  for (const Parameters& parameters : different) keys.insert(query(parameters)->key());
  EXPECT_EQ(keys.size(), std::size(different));
}

// --- errors ----------------------------------------------------------------------------------------------------

TEST(Query, KeepsWhatEveryConditionHoldsFor) {
  const auto both = query({{"where", "n>1"}, {"where", "line~\"needle\""}, {"grep", "ne"}});
  EXPECT_TRUE(both->matches(RecordFacts("n=2 needle", WallTime{})));
  EXPECT_FALSE(both->matches(RecordFacts("n=1 needle", WallTime{})));
  EXPECT_FALSE(both->matches(RecordFacts("n=2 need", WallTime{})));
  EXPECT_FALSE(both->passes_everything());
  EXPECT_EQ(both->required_literal(), "needle");
}

TEST(QueryKey, HoldsConditionsInTheirCanonicalForm) {
  EXPECT_EQ(query({{"where", "a=1 and b"}})->key(), query({{"where", "has(b)"}, {"where", "( a == 1 )"}})->key());
  EXPECT_NE(query({{"where", "a=1"}})->key(), query({{"where", "a=2"}})->key());
  EXPECT_NE(query({{"fields", "1"}})->key(), query({})->key());
  EXPECT_EQ(query({{"fields", "1"}, {"format", "text"}})->key(), query({{"format", "text"}})->key());
}

TEST(QueryErrors, SayInWhichColumnAConditionIsWrong) {
  const auto error = Query::parse(std::vector<Parameter>{{"where", "status>=500 and and"}}, {}).error();
  EXPECT_EQ(error.parameter, "where");
  EXPECT_NE(error.message.find("column 17"), std::string::npos) << error.message;
}

TEST(QueryErrors, NameAnUnknownParameterAndTheNearestKnownOne) {
  EXPECT_EQ(error_of({{"grpe", "x"}}).parameter, "grpe");
  EXPECT_THAT(error_of({{"grpe", "x"}}).message, AllOf(HasSubstr("\"grpe\""), HasSubstr("did you mean grep?")));
  EXPECT_THAT(error_of({{"lvel", "x"}}).message, HasSubstr("did you mean level?"));
  EXPECT_THAT(error_of({{"Level", "x"}}).message, HasSubstr("did you mean level?"));
  EXPECT_THAT(error_of({{"excludes", "x"}}).message, HasSubstr("did you mean exclude?"));
  EXPECT_THAT(error_of({{"lasteventid", "x"}}).message, HasSubstr("did you mean last_event_id?"));
  EXPECT_THAT(error_of({{"tial", "x"}}).message, HasSubstr("did you mean tail?"));
  EXPECT_THAT(error_of({{"wibble", "x"}}).message, Not(HasSubstr("did you mean")));
  EXPECT_THAT(error_of({{std::string(5000, 'g'), "x"}}).message, Not(HasSubstr("did you mean")));
  EXPECT_LT(error_of({{std::string(5000, 'g'), "x"}}).message.size(), 200U);
  EXPECT_THAT(error_of({{"", ""}}).message, HasSubstr("unknown parameter \"\""));
}

TEST(QueryErrors, RefuseAParameterThatIsGivenTwice) {
  for (const std::string name : {"level", "unknown", "case", "format", "batch"}) {
    const Parameters twice{{"grep", "x"}, {name, "1"}, {name, "1"}};
    EXPECT_EQ(error_of(twice).parameter, name);
    EXPECT_THAT(error_of(twice).message, HasSubstr(name + " was given more than once"));
  }
}

TEST(QueryErrors, SayWhatIsAllowed) {
  const struct {
    std::string name;
    std::string value;
    std::string allowed;
  } examples[] = {
      {"level", "loud", "trace, debug, info, warn, error or critical"},
      {"level", "", "trace, debug"},
      {"unknown", "keep", "pass or drop"},
      {"case", "ignore", "insensitive or sensitive"},
      {"format", "xml", "json, text or raw"},
      {"batch", "yes", "0 or 1"},
      {"types", "logs", "log, metric or run"},
      {"types", "", "log, metric or run"},
      {"types", "log,", "log, metric or run"},
  };
  for (const auto& example : examples) {
    const ParameterError error = error_of({{example.name, example.value}});
    EXPECT_EQ(error.parameter, example.name);
    EXPECT_THAT(error.message,
                AllOf(HasSubstr(example.name), HasSubstr("\"" + example.value + "\""), HasSubstr(example.allowed)));
  }
}

TEST(QueryErrors, HoldThePatternsFaultAndItsPlace) {
  EXPECT_THAT(error_of({{"grep", "abc[de"}}).message,
              AllOf(HasSubstr("grep: "), HasSubstr("missing ]"), HasSubstr("offset 3")));
  EXPECT_EQ(error_of({{"exclude", "a**"}}).parameter, "exclude");
  EXPECT_THAT(error_of({{"grep", ""}}).message, HasSubstr("grep is empty"));
  EXPECT_THAT(error_of({{"exclude", ""}}).message, HasSubstr("exclude is empty"));
  EXPECT_THAT(error_of({{"file", "a[b"}}).message, AllOf(HasSubstr("file=\"a[b\": "), HasSubstr("']'")));
  EXPECT_THAT(error_of({{"file", ""}}).message, HasSubstr("file is empty"));
  EXPECT_THAT(error_of({{"stream", ""}}).message, HasSubstr("stream is empty"));
}

TEST(QueryErrors, HoldNoControlCharactersOrInvalidBytes) {
  const std::string message = error_of({{"level", "a\r\nb\x1b\xff" + std::string(1, '\0')}}).message;
  EXPECT_EQ(error_of({{"file", "{\n\xff"}}).message.find_first_of("\n\xff"), std::string::npos);
  EXPECT_LT(error_of({{"file", "{" + std::string(4000, 'x')}}).message.size(), 200U);
  EXPECT_THAT(message, HasSubstr("\"a\\x0d\\x0ab\\x1b\xEF\xBF\xBD\\x00\""));
}

TEST(QueryErrors, RefuseTooManyPatternsAndSelectors) {
  Parameters greps;
  for (int i = 0; i < 17; ++i) greps.push_back({i % 2 == 0 ? "grep" : "exclude", "p" + std::to_string(i)});
  EXPECT_THAT(error_of(greps).message, AllOf(HasSubstr("17"), HasSubstr("at most 16")));
  greps.pop_back();
  EXPECT_TRUE(query(greps));
  Parameters streams;
  for (int i = 0; i < 65; ++i) streams.push_back({"stream", "s" + std::to_string(i)});
  EXPECT_THAT(error_of(streams).message, AllOf(HasSubstr("65"), HasSubstr("at most 64")));
  EXPECT_EQ(error_of({{"file", "a"}, {"file", "b"}}, QueryLimits{16, 1, {}}).parameter, "file");
}

// --- against a model ---------------------------------------------------------------------------------------------

TEST(QueryModel, MatchesAsEachParameterByItself) {
  constexpr std::string_view kPatterns[] = {"a", "ab", "b+", "^x", "(?i)warn", "a.b", "c$"};
  constexpr std::string_view kLines[] = {"a", "ab", "WARN ab", "x WARN", "axb", "ERROR c", "bbb", "INFO x", "", "c"};
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    Parameters parameters;
    for (std::size_t i = random() % 4; i > 0; --i) {
      parameters.push_back(
          {random() % 2 == 0 ? "grep" : "exclude", std::string(kPatterns[random() % std::size(kPatterns)])});
    }
    const bool with_level = random() % 2 == 0;
    const bool pass_unknown = random() % 2 == 0;
    if (with_level) parameters.push_back({"level", "warn"});
    if (pass_unknown) parameters.push_back({"unknown", "pass"});
    const auto all = query(parameters);
    for (const std::string_view line : kLines) {
      bool expected = true;
      for (const Parameter& parameter : parameters) {
        if (parameter.name == "level" || parameter.name == "unknown") continue;
        const bool found = (*RegexFilter::make(parameter.value, false))->matches(line);
        if (found != (parameter.name == "grep")) expected = false;
      }
      if (with_level) {
        const auto level = detect_level(line);
        if (level ? *level < Level::kWarn : !pass_unknown) expected = false;
      }
      ASSERT_EQ(all->matches(RecordFacts(line, WallTime{})), expected) << all->key() << " on " << line;
    }
  }
}

TEST(RecordFacts, KnowLevelAndTimeOfTheirLine) {
  const WallTime arrived{Milliseconds(1'763'629'200'000)};
  const RecordFacts facts("2025-11-20T08:59:59.5Z ERROR x", arrived);
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(facts.level(), Level::kError);
    EXPECT_EQ(facts.time(), arrived - Milliseconds(500));
  }
  EXPECT_EQ(facts.arrived(), arrived);
}

}  // namespace
}  // namespace tailwater
