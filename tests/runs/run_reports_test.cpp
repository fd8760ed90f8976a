// Runs for other programs: what is written is held against the formats that their readers publish.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "runs/run_badge.h"
#include "runs/run_reports.h"
#include "support/child_process.h"
#include "support/json_value.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHostile = "a<b>&\"'\x01\xff ]]> \xEF\xBF\xBF";

/// Of the schema that Ant's own reports follow, and those who read them.
constexpr std::string_view kJunitSchema = R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="testsuites"><xs:complexType><xs:sequence>
 <xs:element name="testsuite" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
  <xs:element name="properties"><xs:complexType><xs:sequence>
   <xs:element name="property" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
    <xs:attribute name="name" use="required" type="xs:token"/><xs:attribute name="value" use="required" type="xs:string"/>
   </xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
   <xs:choice minOccurs="0">
    <xs:element name="skipped"/>
    <xs:element name="error" type="fault"/><xs:element name="failure" type="fault"/>
   </xs:choice>
   <xs:attribute name="name" type="xs:token" use="required"/><xs:attribute name="classname" type="xs:token" use="required"/>
   <xs:attribute name="time" type="xs:decimal" use="required"/>
  </xs:complexType></xs:element>
  <xs:element name="system-out" type="xs:string"/><xs:element name="system-err" type="xs:string"/>
 </xs:sequence>
 <xs:attribute name="name" type="xs:token" use="required"/><xs:attribute name="package" type="xs:token" use="required"/>
 <xs:attribute name="id" type="xs:int" use="required"/><xs:attribute name="hostname" type="xs:token" use="required"/>
 <xs:attribute name="timestamp" use="required"><xs:simpleType><xs:restriction base="xs:dateTime">
  <xs:pattern value="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"/></xs:restriction></xs:simpleType></xs:attribute>
 <xs:attribute name="tests" type="xs:int" use="required"/><xs:attribute name="failures" type="xs:int" use="required"/>
 <xs:attribute name="errors" type="xs:int" use="required"/><xs:attribute name="skipped" type="xs:int"/>
 <xs:attribute name="time" type="xs:decimal" use="required"/>
 </xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>
<xs:complexType name="fault"><xs:simpleContent><xs:extension base="xs:string">
 <xs:attribute name="message" type="xs:string"/><xs:attribute name="type" type="xs:string" use="required"/>
</xs:extension></xs:simpleContent></xs:complexType>
</xs:schema>)";

/// Of https://cctray.org/v1/
constexpr std::string_view kTraySchema = R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="Projects"><xs:complexType><xs:sequence>
 <xs:element name="Project" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
  <xs:attribute name="name" type="xs:string" use="required"/>
  <xs:attribute name="activity" use="required"><xs:simpleType><xs:restriction base="xs:string">
   <xs:enumeration value="Sleeping"/><xs:enumeration value="Building"/><xs:enumeration value="CheckingModifications"/>
  </xs:restriction></xs:simpleType></xs:attribute>
  <xs:attribute name="lastBuildStatus" use="required"><xs:simpleType><xs:restriction base="xs:string">
   <xs:enumeration value="Pending"/><xs:enumeration value="Success"/><xs:enumeration value="Failure"/>
   <xs:enumeration value="Exception"/><xs:enumeration value="Unknown"/></xs:restriction></xs:simpleType></xs:attribute>
  <xs:attribute name="lastBuildLabel" type="xs:string"/>
  <xs:attribute name="lastBuildTime" type="xs:dateTime" use="required"/>
  <xs:attribute name="nextBuildTime" type="xs:dateTime"/>
  <xs:attribute name="webUrl" type="xs:anyURI" use="required"/>
 </xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>)";

/// What xmllint has against it; empty if nothing. Without xmllint: it only has to be there.
std::string fault_in(const std::string& xml, std::string_view schema) {
  const TempDir dir;
  std::ofstream(dir.file("a.xml")) << xml;
  if (!schema.empty()) std::ofstream(dir.file("a.xsd")) << schema;
  ChildSettings settings;
  settings.command = {"xmllint", "--noout", "--nonet"};
  if (!schema.empty()) settings.command.insert(settings.command.end(), {"--schema", dir.file("a.xsd")});
  settings.command.push_back(dir.file("a.xml"));
  const ProgramResult result = run_program(std::move(settings));
  if (result.exit_code() == 127) return "no xmllint";
  return result.exit_code() == 0 ? "" : result.errors + "\n" + xml;
}
bool has_xmllint() {
  return fault_in("<a/>", {}) != "no xmllint";
}

Run run_of(const std::string& file, RunState state) {
  Run run;
  run.identity.stream = "ci";
  run.identity.file = file;
  run.identity.name = file.substr(0, file.find('-'));
  run.identity.attempt = 1;
  run.state = state;
  run.created = run.updated = WallTime(Milliseconds(1'700'000'000'000));
  return run;
}
PublishedRunPtr published(Run run, std::uint64_t change = 1) {
  return std::make_shared<const PublishedRun>(std::move(run), PublishedRun::About{}, change);
}
Run hostile_run() {
  Run run = run_of("build-1", RunState::kFailed);
  const std::string text(kHostile);
  run.identity.file = run.identity.name = text;
  run.identity.labels = {{"branch", text}};
  run.exit_code = 1;
  run.started = run.created;
  run.ended = *run.started + Milliseconds(1234);
  for (const RunState state : {RunState::kPassed, RunState::kFailed, RunState::kSkipped, RunState::kErrored}) {
    RunStage stage;
    stage.name = text;
    stage.state = state;
    stage.started = *run.started;
    stage.ended = run.ended;
    run.findings.stages.push_back(stage);
  }
  run.findings.failed_tests.push_back({text, "", text, {}});
  return run;
}

TEST(RunReports, JUnitFollowsItsSchema) {
  if (!has_xmllint()) GTEST_SKIP() << "xmllint is not installed";
  EXPECT_EQ(fault_in("<testsuites><testsuite/></testsuites>", kJunitSchema).empty(), false) << "it can refuse";
  EXPECT_EQ(fault_in(junit_xml(*published(hostile_run())), kJunitSchema), "");
  EXPECT_EQ(fault_in(junit_xml(*published(run_of("a", RunState::kPending))), kJunitSchema), "");
}

TEST(RunReports, JUnitCountsItsCases) {
  const std::string xml = junit_xml(*published(hostile_run()));
  EXPECT_THAT(xml, HasSubstr("tests=\"5\" failures=\"2\" errors=\"1\" skipped=\"1\" time=\"1.234\""));
  EXPECT_THAT(xml, HasSubstr("tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0.000\""));
  EXPECT_THAT(xml, HasSubstr("timestamp=\"2023-11-14T22:13:20\""));
  EXPECT_THAT(xml, HasSubstr("failed with exit status 1"));
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(RunReports, JUnitHasACaseForEachTestThatWasCounted) {
  tailwater::Run run = run_of("build-1", RunState::kFailed);
  run.findings.counts.passed = 40;
  run.findings.counts.failed = 3;
  run.findings.counts.skipped = 2;
  run.findings.failed_tests.push_back({"one", "suite", "why", {}});
  const std::string xml = junit_xml(*published(run));
  EXPECT_THAT(xml, HasSubstr("tests=\"45\" failures=\"3\" errors=\"0\" skipped=\"2\""));
  EXPECT_EQ(count_of(xml, "<testcase"), 46U) << "and one for the run";
  EXPECT_EQ(count_of(xml, "<failure"), 4U);
  EXPECT_THAT(xml, HasSubstr("classname=\"suite\" name=\"one\""));
  run.findings.counts.passed = 2'000'000;
  EXPECT_LE(junit_xml(*published(run)).size(), 2U << 20);
  if (has_xmllint()) {
    EXPECT_EQ(fault_in(xml, kJunitSchema), "");
  }
}

TEST(RunReports, CcTrayFollowsItsSchema) {
  if (!has_xmllint()) GTEST_SKIP() << "xmllint is not installed";
  std::vector<PublishedRunPtr> runs{published(hostile_run())};
  for (int state = 0; state <= static_cast<int>(RunState::kLost); ++state) {
    runs.push_back(published(run_of("r" + std::to_string(state) + "-1", static_cast<RunState>(state))));
  }
  EXPECT_EQ(fault_in("<Projects><Project name=\"a\"/></Projects>", kTraySchema).empty(), false) << "it can refuse";
  EXPECT_EQ(fault_in(cctray_xml(runs, "https://ci.example.com/runs"), kTraySchema), "");
  EXPECT_EQ(fault_in(cctray_xml({}, "x"), kTraySchema), "");
}

TEST(RunReports, CcTrayTellsWhatIsBuiltAndHowTheLastOneEnded) {
  tailwater::Run before = run_of("build-1", RunState::kFailed);
  tailwater::Run now = run_of("build-2", RunState::kRunning);
  now.identity.attempt = 2;
  now.created += Milliseconds(1);
  const std::string xml = cctray_xml({published(now), published(before)}, "http://h/runs");
  EXPECT_THAT(xml,
              HasSubstr("name=\"ci/build\" activity=\"Building\" lastBuildStatus=\"Failure\" lastBuildLabel=\"1\""));
  EXPECT_THAT(xml, HasSubstr("webUrl=\"http://h/runs/ci/build-2\""));
}

TEST(RunBadge, IsAPictureWhateverTheTextsAre) {
  const std::string svg = to_svg(badge_of(published(hostile_run()).get(), kHostile));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
  EXPECT_THAT(svg, HasSubstr(">failed<"));
  if (has_xmllint()) {
    EXPECT_EQ(fault_in(svg, {}), "");
  }
}

TEST(RunBadge, SaysHowFarARunIs) {
  tailwater::Run run = run_of("build-1", RunState::kRunning);
  run.findings.progress = RunProgress{42, 100, 0.429, ""};
  EXPECT_EQ(badge_of(published(run).get(), "").message, "running 42%");
  EXPECT_EQ(badge_of(published(run).get(), "").label, "build");
  EXPECT_EQ(badge_of(nullptr, "nightly").message, "unknown");
  const auto json = JsonValue::parse(to_endpoint_json(badge_of(published(hostile_run()).get(), "")));
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["schemaVersion"].number(), 1);
  EXPECT_EQ((*json)["message"].text(), "failed");
  EXPECT_TRUE((*json)["isError"].boolean());
  EXPECT_LE(to_svg(badge_of(nullptr, std::string(10'000, 'm'))).size(), 2000U);
}

}  // namespace
}  // namespace tailwater
