// [[metric]] and [sampler]: what is read, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/toml_reader.h"
#include "config/validation.h"

namespace tailwater {
namespace {

std::vector<std::string> problems_of(const std::string& toml, Configuration& configuration) {
  Problems problems;
  read_toml(toml, "f.toml", configuration, problems);
  validate(configuration, problems);
  std::vector<std::string> messages;
  for (const Error& error : problems.take()) messages.push_back(error.message);
  return messages;
}

std::string problem_of(const std::string& toml) {
  Configuration configuration;
  const auto all = problems_of(toml, configuration);
  EXPECT_EQ(all.size(), 1U) << toml;
  return all.empty() ? "" : all.front();
}

TEST(MetricConfig, IsReadWithNumbersOfEitherKind) {
  Configuration configuration;
  EXPECT_TRUE(
      problems_of("[[stream]]\nname=\"app\"\npaths=[\"/x\"]\n[[metric]]\nname=\"a.b_c\"\nmatch='x'\n[[metric]]\n"
                  "name=\"d\"\ntype=\"histogram\"\nstream=\"app\"\nmatch='(?P<value>1)'\nbuckets=[0.5, 1, 1e3]\n"
                  "max_series=5\nttl=\"1m\"\n[sampler]\ninterval=\"0s\"\nper_core=true\n",
                  configuration)
          .empty());
  ASSERT_EQ(configuration.metrics.size(), 2U);
  EXPECT_EQ(configuration.metrics[0].type, "counter");
  EXPECT_EQ(configuration.metrics[1].buckets, (std::vector<double>{0.5, 1, 1000}));
  EXPECT_EQ(configuration.metrics[1].ttl, std::chrono::minutes(1));
  EXPECT_TRUE(configuration.sampler.per_core);
}

TEST(MetricConfig, NamesWhatIsWrongAndWhere) {
  EXPECT_THAT(problem_of("[[metric]]\nmatch='x'\n"), testing::HasSubstr("f.toml:1:1: the metric has no name"));
  EXPECT_THAT(problem_of("[[metric]]\nname='9x'\nmatch='x'\n"), testing::HasSubstr("f.toml:2:6: metric.name"));
  EXPECT_THAT(problem_of("[[metric]]\nname='system.x'\nmatch='x'\n"), testing::HasSubstr("tailwater's own"));
  EXPECT_THAT(problem_of("[[metric]]\nname='a.b'\nmatch='x'\n[[metric]]\nname='a_b'\nmatch='x'\n"),
              testing::HasSubstr("f.toml:5:6: metric.name: 'a_b' is the name of the metric at f.toml:2:6"));
  EXPECT_THAT(problem_of("[[metric]]\nname='a'\nmatch='x'\ntype='summary'\n"), testing::HasSubstr("f.toml:4:6"));
  EXPECT_THAT(problem_of("[[metric]]\nname='a'\nmatch='x'\nstream='none'\n"), testing::HasSubstr("no stream 'none'"));
  EXPECT_THAT(problem_of("[[metric]]\nname='a'\nmatch='x'\nbuckets=[1, 'two']\n"),
              testing::HasSubstr("f.toml:4:13: metric.buckets: a text"));
  EXPECT_THAT(problem_of("[[metric]]\nname='a'\nmatch='x'\nbuckets=1\n"), testing::HasSubstr("a list of numbers"));
}

}  // namespace
}  // namespace tailwater
