#include "http/asset_route.h"

#include <gtest/gtest.h>

#include <string>

#include "http/gzip.h"
#include "support/fake_streams.h"

namespace tailwater {

/// The viewer that this test program embeds.
std::span<const Asset> embedded_assets() {
  static const std::string kPage = *gzip("<!doctype html><title>Tailwater</title>");
  static const std::string kScript = *gzip("export {};");
  static const std::string kRun = *gzip("<link href=\"./assets/a.css\"><script src=\"./assets/run.js\"></script>");
  static const Asset kAssets[] = {
      {"/", "text/html; charset=utf-8", kPage, "\"page\"", false},
      {"/assets/app-1a2b.js", "text/javascript; charset=utf-8", kScript, "\"script\"", true},
      {"/run", "text/html; charset=utf-8", kRun, "\"run\"", false},
  };
  return kAssets;
}

namespace {

Reply get(const std::string& target, const std::string& headers) {
  const std::string text = "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
  const RequestHead head = *parse_request_head(text, {});
  auto found = find_route(head, "");
  if (auto* reply = std::get_if<Reply>(&found)) return std::move(*reply);
  const auto& routed = std::get<RoutedRequest>(found);
  return std::get<Reply>(routed.route->handler(routed.request, routed.captures, Backend{}));
}

std::string header(const Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (name == key) return value;
  }
  return {};
}

TEST(Assets, AreSentAsTheyAreEmbedded) {
  const Reply reply = get("/assets/app-1a2b.js", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.lasting_body.data(), embedded_assets()[1].bytes.data()) << "copied";
  EXPECT_EQ(header(reply, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(reply, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(reply, "ETag"), "\"script\"");
  EXPECT_EQ(header(reply, "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(Assets, AreInflatedForClientsWithoutGzip) {
  const Reply reply = get("/", "Accept-Encoding: identity\r\n");
  EXPECT_EQ(reply.body, "<!doctype html><title>Tailwater</title>");
  EXPECT_TRUE(header(reply, "Content-Encoding").empty());
  EXPECT_EQ(header(reply, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(reply, "Cache-Control"), "no-cache");
}

TEST(Assets, AreNotSentAgainUnchanged) {
  EXPECT_EQ(get("/", "If-None-Match: \"page\"\r\n").status, 304);
  EXPECT_EQ(get("/", "If-None-Match: \"other\"\r\n").status, 200);
}

TEST(Assets, ThePageOfARunFindsWhatItLoadsHoweverDeepItLies) {
  EXPECT_EQ(get("/runs/ci/build-17", "").body,
            "<link href=\"../../assets/a.css\"><script src=\"../../assets/run.js\"></script>");
  const Reply deep = get("/runs/ci/a/b/c", "");
  EXPECT_EQ(deep.body, "<link href=\"../../../../assets/a.css\"><script src=\"../../../../assets/run.js\"></script>");
  const std::string tag = header(deep, "ETag");
  EXPECT_EQ(get("/runs/ci/a/b/c", "If-None-Match: " + tag + "\r\n").status, 304);
  EXPECT_EQ(get("/runs/ci/build-17", "If-None-Match: " + tag + "\r\n").status, 200);
}

TEST(Assets, DoNotBringAFaviconFromNowhere) {
  EXPECT_EQ(get("/favicon.ico", "").status, 204);
}

TEST(Etag, MatchesWeaklyAndInLists) {
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"b\", \"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("*", "\"a\""));
  EXPECT_FALSE(matches_etag("\"ab\"", "\"a\""));
  EXPECT_FALSE(matches_etag("", "\"a\""));
}

}  // namespace
}  // namespace tailwater
