#include "filter/metric_rights.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

const StreamSet kApp = StreamSet::of({"app", "~metrics", metric_as_stream("app_hits")});

bool sees(const StreamSet& readable, std::string_view name, std::string_view stream = {},
          std::string_view metric = {}) {
  return may_see_metric(readable, name, stream, metric);
}

TEST(MetricRights, OfAStreamAreThoseOfItsReaders) {
  EXPECT_TRUE(sees(kApp, "tailwater.log.lines", "app"));
  EXPECT_FALSE(sees(kApp, "tailwater.log.lines", "vault"));
  EXPECT_TRUE(sees(kApp, "system.cpu.time"));
  EXPECT_TRUE(sees(kApp, "tailwater.clients"));
  EXPECT_TRUE(sees(StreamSet::all(), "tailwater.log.lines", "vault"));
  EXPECT_FALSE(sees(StreamSet(), "tailwater.log.lines", "app"));
}

TEST(MetricRights, OfARuleAreTheSameWhateverItsLabelsAreCalled) {
  EXPECT_TRUE(sees(kApp, "app_hits"));
  EXPECT_TRUE(sees(kApp, "app_hits.sum"));
  EXPECT_TRUE(sees(kApp, "app_hits.count"));
  EXPECT_TRUE(sees(kApp, "app_hits", "stdout")) << "a label of the rule's own";
  EXPECT_FALSE(sees(kApp, "vault_hits"));
  EXPECT_FALSE(sees(kApp, "vault_hits", "app"));
  EXPECT_FALSE(sees(kApp, "tailwater.log_metric.matched", "", "vault_hits"));
  EXPECT_TRUE(sees(kApp, "tailwater.log_metric.matched", "", "app_hits"));
}

TEST(MetricRights, OfARuleThatIsNoMoreAreAnAdministrators) {
  const StreamSet root = StreamSet::of({"app", std::string(kAnyMetric)});
  EXPECT_TRUE(sees(root, "forgotten"));
  EXPECT_FALSE(sees(kApp, "forgotten"));
}

TEST(MetricRights, AreReadOutOfTheMembersOfASeries) {
  const auto may = [](std::string_view name, std::string_view labels) {
    const std::string members =
        R"("name":")" + std::string(name) + R"(","labels":{)" + std::string(labels) + R"(},"type")";
    return may_see_members(kApp, name, members);
  };
  EXPECT_TRUE(may("tailwater.log.lines", R"("stream":"app","level":"info")"));
  EXPECT_FALSE(may("tailwater.log.lines", R"("stream":"vault","level":"info")"));
  EXPECT_FALSE(may("tailwater.log.lines", R"("level":"\"stream\":\"app\"","stream":"vault")")) << "a text, not a label";
  EXPECT_FALSE(may("tailwater.log_metric.matched", R"("metric":"vault_hits")"));
  EXPECT_TRUE(may("system.disk.io", R"("device":"sda")"));
}

std::string visible(std::string_view name, const std::string& member) {
  std::string out = "before ";
  const bool any = append_visible_member(kApp, name, member, out);
  EXPECT_EQ(any, out != "before ");
  return out.substr(7);
}

TEST(MetricRights, LeaveOfASamplesMemberWhatMayBeSeen) {
  EXPECT_EQ(visible("tailwater.log.lines",
                    R"("tailwater.log.lines":{"stream=app,level=info":1,"stream=vault,level=info":2,"stream=app":3})"),
            R"("tailwater.log.lines":{"stream=app,level=info":1,"stream=app":3})");
  EXPECT_EQ(visible("tailwater.log.lines", R"("tailwater.log.lines":{"stream=vault":2})"), "");
  EXPECT_EQ(visible("vault_hits", R"("vault_hits":{"":1})"), "");
  EXPECT_EQ(visible("app_hits", R"("app_hits":{"stream=vault":1,"a=\"x\\,y\"":2})"),
            R"("app_hits":{"stream=vault":1,"a=\"x\\,y\"":2})");
  EXPECT_EQ(visible("system.filesystem.usage", R"("system.filesystem.usage":{"mountpoint=/a\\,stream\\=vault":1})"),
            R"("system.filesystem.usage":{"mountpoint=/a\\,stream\\=vault":1})");
}

TEST(MetricRights, OfADamagedMemberLeaveWhatCouldBeRead) {
  EXPECT_EQ(visible("tailwater.log.lines", R"("tailwater.log.lines":{"stream=app":1,"stream=)"),
            R"("tailwater.log.lines":{"stream=app":1})");
  EXPECT_EQ(visible("tailwater.log.lines", R"("tailwater.log.lines")"), "");
  EXPECT_EQ(visible("tailwater.log.lines", ""), "");
}

}  // namespace
}  // namespace tailwater
