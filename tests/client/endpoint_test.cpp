#include "client/endpoint.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

constexpr std::string_view kServer = "http://127.0.0.1:8245/";

std::string events_url(std::vector<std::string> words, std::string_view server = kServer,
                       std::vector<QueryParameter> more = {}) {
  const auto endpoint = parse_endpoint(words, server);
  return endpoint ? endpoint->url("/api/events", more) : "error: " + endpoint.error().message;
}
std::string error_of(std::vector<std::string> words) {
  const auto endpoint = parse_endpoint(words, kServer);
  return endpoint ? "" : endpoint.error().message;
}

TEST(Endpoint, TakesNamesOfStreamsAndOfTheirFiles) {
  EXPECT_EQ(events_url({}), "http://127.0.0.1:8245/api/events");
  EXPECT_EQ(events_url({"nginx", "app"}), "http://127.0.0.1:8245/api/events?stream=nginx&stream=app");
  EXPECT_EQ(events_url({"nginx/access.log"}), "http://127.0.0.1:8245/api/events?stream=nginx&file=%2A%2A%2Faccess.log");
  EXPECT_EQ(events_url({"a/b[1].log"}), "http://127.0.0.1:8245/api/events?stream=a&file=%2A%2A%2Fb%5C%5B1%5C%5D.log");
}

TEST(Endpoint, TakesTheAddressesThatPeopleHaveAtHand) {
  EXPECT_EQ(events_url({"https://host/logs/"}), "https://host/logs/api/events");
  EXPECT_EQ(events_url({"http://host/logs", "app"}), "http://host/logs/api/events?stream=app");
  EXPECT_EQ(events_url({"http://host/api/events?stream=a&level=warn&follow=0"}),
            "http://host/api/events?stream=a&level=warn");
  EXPECT_EQ(events_url({"http://host/tail/app?grep=a+b%2Bc"}), "http://host/api/events?grep=a%20b%2Bc&stream=app");
  EXPECT_EQ(events_url({"http://host/?stream=a&wrap=1#help"}), "http://host/api/events?stream=a");
}

TEST(Endpoint, ConnectsToSockets) {
  const auto endpoint = parse_endpoint(std::vector<std::string>{"unix:/run/tw.sock", "app"}, kServer);
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->unix_socket, "/run/tw.sock");
  EXPECT_EQ(endpoint->url("/api/events"), "http://localhost/api/events?stream=app");
  EXPECT_NE(error_of({"unix:run/tw.sock"}).find("begins with a slash"), std::string::npos);
}

TEST(Endpoint, LetsFlagsWinOverTheSameWordOfAnAddress) {
  EXPECT_EQ(events_url({"http://host/?level=warn&grep=a"}, kServer, {{"level", "error"}, {"grep", "b"}}),
            "http://host/api/events?grep=a&level=error&grep=b");
}

TEST(Endpoint, SaysWhatDoesNotGoTogether) {
  EXPECT_NE(error_of({"http://a/", "http://b/"}).find("one server at a time"), std::string::npos);
  EXPECT_NE(error_of({"ftp://a/"}).find("http:, https: or unix:"), std::string::npos);
  EXPECT_NE(error_of({"http:///x"}).find("names no host"), std::string::npos);
  EXPECT_NE(error_of({"http://me:secret@host/"}).find("--token-file"), std::string::npos);
  EXPECT_EQ(error_of({"http://me:secret@host/"}).find("secret@"), std::string::npos);
  EXPECT_NE(error_of({"/var/log/syslog"}).find("tailwater serve"), std::string::npos);
  EXPECT_NE(events_url({}, "host:8245").find("no address of a server"), std::string::npos);
}

}  // namespace
}  // namespace tailwater
