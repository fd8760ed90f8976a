#include "client/ci_environment.h"

#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

/// The first of the variables that is set.
struct Label {
  std::string_view key;
  std::string_view variable;
  std::string_view other = {};
};

struct System {
  std::string_view name;
  std::string_view variable;    ///< set wherever it runs jobs
  std::string_view value = {};  ///< of it; empty: any
  std::string_view job[2];      ///< parts of a job's name
  std::string_view number;
  std::span<const Label> labels;
};

constexpr Label kGithub[] = {{"repository", "GITHUB_REPOSITORY"},
                             {"branch", "GITHUB_HEAD_REF", "GITHUB_REF_NAME"},
                             {"commit", "GITHUB_SHA"},
                             {"event", "GITHUB_EVENT_NAME"},
                             {"actor", "GITHUB_ACTOR"},
                             {"retry", "GITHUB_RUN_ATTEMPT"},
                             {"id", "GITHUB_RUN_ID"},
                             {"runner", "RUNNER_NAME"}};
constexpr Label kGitlab[] = {{"repository", "CI_PROJECT_PATH"},
                             {"branch", "CI_COMMIT_REF_NAME"},
                             {"commit", "CI_COMMIT_SHA"},
                             {"event", "CI_PIPELINE_SOURCE"},
                             {"actor", "GITLAB_USER_LOGIN"},
                             {"stage", "CI_JOB_STAGE"},
                             {"id", "CI_JOB_ID"},
                             {"url", "CI_JOB_URL"},
                             {"runner", "CI_RUNNER_DESCRIPTION"}};
constexpr Label kJenkins[] = {
    {"branch", "BRANCH_NAME", "GIT_BRANCH"}, {"commit", "GIT_COMMIT"}, {"url", "BUILD_URL"}, {"runner", "NODE_NAME"}};
constexpr Label kTeamCity[] = {
    {"repository", "TEAMCITY_PROJECT_NAME"}, {"commit", "BUILD_VCS_NUMBER"}, {"runner", "AGENT_NAME"}};
constexpr Label kAzure[] = {{"repository", "BUILD_REPOSITORY_NAME"}, {"branch", "BUILD_SOURCEBRANCHNAME"},
                            {"commit", "BUILD_SOURCEVERSION"},       {"event", "BUILD_REASON"},
                            {"actor", "BUILD_REQUESTEDFOR"},         {"runner", "AGENT_NAME"}};
constexpr Label kTravis[] = {{"repository", "TRAVIS_REPO_SLUG"},
                             {"branch", "TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"},
                             {"commit", "TRAVIS_COMMIT"},
                             {"event", "TRAVIS_EVENT_TYPE"},
                             {"url", "TRAVIS_JOB_WEB_URL"}};
constexpr Label kBuildkite[] = {{"repository", "BUILDKITE_REPO"},    {"branch", "BUILDKITE_BRANCH"},
                                {"commit", "BUILDKITE_COMMIT"},      {"event", "BUILDKITE_SOURCE"},
                                {"actor", "BUILDKITE_BUILD_AUTHOR"}, {"retry", "BUILDKITE_RETRY_COUNT"},
                                {"url", "BUILDKITE_BUILD_URL"},      {"runner", "BUILDKITE_AGENT_NAME"}};
constexpr Label kCircle[] = {{"repository", "CIRCLE_PROJECT_REPONAME"},
                             {"branch", "CIRCLE_BRANCH"},
                             {"commit", "CIRCLE_SHA1"},
                             {"actor", "CIRCLE_USERNAME"},
                             {"url", "CIRCLE_BUILD_URL"}};
constexpr Label kWoodpecker[] = {{"repository", "CI_REPO"},     {"branch", "CI_COMMIT_BRANCH"},
                                 {"commit", "CI_COMMIT_SHA"},   {"event", "CI_PIPELINE_EVENT"},
                                 {"actor", "CI_COMMIT_AUTHOR"}, {"url", "CI_PIPELINE_URL"},
                                 {"runner", "CI_SYSTEM_HOST"}};
constexpr Label kDrone[] = {{"repository", "DRONE_REPO"},     {"branch", "DRONE_BRANCH"},
                            {"commit", "DRONE_COMMIT_SHA"},   {"event", "DRONE_BUILD_EVENT"},
                            {"actor", "DRONE_COMMIT_AUTHOR"}, {"url", "DRONE_BUILD_LINK"},
                            {"runner", "DRONE_STAGE_MACHINE"}};
constexpr Label kBitbucket[] = {
    {"repository", "BITBUCKET_REPO_FULL_NAME"}, {"branch", "BITBUCKET_BRANCH"}, {"commit", "BITBUCKET_COMMIT"}};

// Those that set other systems' variables, too, come first.
constexpr System kSystems[] = {
    {"github", "GITHUB_ACTIONS", {}, {"GITHUB_WORKFLOW", "GITHUB_JOB"}, "GITHUB_RUN_NUMBER", kGithub},
    {"gitlab", "GITLAB_CI", {}, {"CI_PROJECT_NAME", "CI_JOB_NAME"}, "CI_PIPELINE_IID", kGitlab},
    {"woodpecker", "CI", "woodpecker", {"CI_REPO_NAME", "CI_WORKFLOW_NAME"}, "CI_PIPELINE_NUMBER", kWoodpecker},
    {"drone", "DRONE", {}, {"DRONE_REPO_NAME", "DRONE_STAGE_NAME"}, "DRONE_BUILD_NUMBER", kDrone},
    {"buildkite",
     "BUILDKITE",
     {},
     {"BUILDKITE_PIPELINE_SLUG", "BUILDKITE_LABEL"},
     "BUILDKITE_BUILD_NUMBER",
     kBuildkite},
    {"circleci", "CIRCLECI", {}, {"CIRCLE_PROJECT_REPONAME", "CIRCLE_JOB"}, "CIRCLE_BUILD_NUM", kCircle},
    {"travis", "TRAVIS", {}, {"TRAVIS_REPO_SLUG", "TRAVIS_JOB_NAME"}, "TRAVIS_BUILD_NUMBER", kTravis},
    {"azure", "TF_BUILD", {}, {"BUILD_DEFINITIONNAME", "SYSTEM_JOBDISPLAYNAME"}, "BUILD_BUILDID", kAzure},
    {"bitbucket", "BITBUCKET_BUILD_NUMBER", {}, {"BITBUCKET_REPO_SLUG", {}}, "BITBUCKET_BUILD_NUMBER", kBitbucket},
    {"teamcity", "TEAMCITY_VERSION", {}, {"TEAMCITY_BUILDCONF_NAME", {}}, "BUILD_NUMBER", kTeamCity},
    {"jenkins", "JENKINS_URL", {}, {"JOB_NAME", {}}, "BUILD_NUMBER", kJenkins},
};

bool runs_in(const System& system, const Environment& environment) {
  const auto value = environment.variable(system.variable);
  return value && *value != "false" && (system.value.empty() || *value == system.value);
}

std::string job_name(const System& system, const Environment& environment) {
  std::string name;
  for (const std::string_view variable : system.job) {
    const auto part = variable.empty() ? std::nullopt : environment.variable(variable);
    if (part) name += name.empty() ? *part : "-" + *part;
  }
  return name;
}

/// The one label that no variable holds.
std::optional<std::string> github_url(const Environment& environment) {
  const auto server = environment.variable("GITHUB_SERVER_URL");
  const auto repository = environment.variable("GITHUB_REPOSITORY");
  const auto id = environment.variable("GITHUB_RUN_ID");
  if (!server || !repository || !id) return std::nullopt;
  return fmt::format("{}/{}/actions/runs/{}", *server, *repository, *id);
}

}  // namespace

CiRun ci_run(const Environment& environment) {
  CiRun run;
  for (const System& system : kSystems) {
    if (!runs_in(system, environment)) continue;
    run.system = system.name;
    run.name = job_name(system, environment);
    run.attempt = parse_number<std::uint64_t>(environment.variable(system.number).value_or(""));
    run.labels.emplace_back("ci", system.name);
    for (const Label& label : system.labels) {
      auto value = environment.variable(label.variable);
      if (!value && !label.other.empty()) value = environment.variable(label.other);
      if (value) run.labels.emplace_back(label.key, std::move(*value));
    }
    if (system.variable != "GITHUB_ACTIONS") break;
    if (auto url = github_url(environment)) run.labels.emplace_back("url", std::move(*url));
    break;
  }
  return run;
}

}  // namespace tailwater
