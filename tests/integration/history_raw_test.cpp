// The bytes of a file and its matching records as downloads.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

class HistoryRaw : public DaemonTest {
 protected:
  /// A stream that hides nothing, so that its bytes may be had.
  void serve_openly(const std::string& toml = "") {
    append_to_file(outside("open.toml"), fmt::format("{}\n[[stream]]\nname = \"app\"\npaths = [\"{}\"]\nredact = []\n",
                                                     toml, log("app.log")));
    begin({"--config", outside("open.toml")});
  }
  [[nodiscard]] HttpReply raw(const std::string& parameters, Strings headers = {}) const {
    return fetch(port(), HttpRequest{"/api/raw/app/app.log" + parameters, std::move(headers), "GET", "1.1"});
  }
};

TEST_F(HistoryRaw, BytesComeWhollyAndInRanges) {
  const std::string bytes = std::string("first\nse\xff") + std::string("ond\r\n\0third, cut", 16);
  append_to_file(log("app.log"), bytes);
  serve_openly();
  const HttpReply whole = raw("");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, bytes);
  EXPECT_EQ(whole.header("content-type"), "application/octet-stream");
  EXPECT_EQ(whole.header("content-length"), std::to_string(bytes.size()));
  EXPECT_EQ(whole.header("accept-ranges"), "bytes");
  EXPECT_THAT(whole.header("content-disposition"), HasSubstr("filename=\"app.log\""));
  const struct {
    const char* range;
    std::size_t from;
    std::size_t count;
  } kRanges[] = {{"bytes=0-4", 0, 5},
                 {"bytes=6-", 6, bytes.size() - 6},
                 {"bytes=-3", bytes.size() - 3, 3},
                 {"bytes=2-999999", 2, bytes.size() - 2}};
  for (const auto& range : kRanges) {
    const HttpReply part = raw("", {fmt::format("Range: {}", range.range)});
    EXPECT_EQ(part.status, 206) << range.range;
    EXPECT_EQ(part.body, bytes.substr(range.from, range.count)) << range.range;
    EXPECT_EQ(part.header("content-range"),
              fmt::format("bytes {}-{}/{}", range.from, range.from + range.count - 1, bytes.size()));
  }
  const HttpReply behind = raw("", {fmt::format("Range: bytes={}-", bytes.size())});
  EXPECT_EQ(behind.status, 416);
  EXPECT_EQ(behind.header("content-range"), fmt::format("bytes */{}", bytes.size()));
}

TEST_F(HistoryRaw, TheTagIsThatOfTheFileAsItIs) {
  append_to_file(log("app.log"), "one\ntwo\n");
  serve_openly();
  const std::string tag = raw("").header("etag");
  ASSERT_FALSE(tag.empty());
  EXPECT_EQ(raw("", {"If-None-Match: " + tag}).status, 304);
  EXPECT_EQ(raw("", {"If-None-Match: \"other\", " + tag}).status, 304);
  EXPECT_EQ(raw("", {"If-None-Match: \"other\""}).status, 200);
  EXPECT_EQ(raw("", {"Range: bytes=0-2", "If-Range: " + tag}).status, 206);
  append_to_file(log("app.log"), "three\n");
  wait_for_line("three");
  EXPECT_NE(raw("").header("etag"), tag);
  const HttpReply changed = raw("", {"Range: bytes=0-2", "If-Range: " + tag});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.body, "one\ntwo\nthree\n");
  EXPECT_EQ(raw("", {"If-None-Match: " + tag}).status, 200);
}

TEST_F(HistoryRaw, AnEarlierGenerationIsThereAlsoWhenItWasCompressed) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += fmt::format("old {}\n", i);
  append_to_file(log("app.log"), bytes);
  serve_openly("[limits]\nretained_files = 0\n");
  wait_for_line("old 4999");
  std::filesystem::rename(log("app.log"), log("app.log.1"));
  append_to_file(log("app.log"), "new\n");
  wait_for_line("new");
  ChildSettings settings;
  settings.command = {"gzip", log("app.log.1")};
  ASSERT_EQ(run_program(settings).exit_code(), 0);
  EXPECT_EQ(raw("").body, "new\n");
  EXPECT_EQ(raw("?generation=0").body, bytes);
  const HttpReply part = raw("?generation=0", {"Range: bytes=1000-1999"});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, bytes.substr(1000, 1000));
  EXPECT_NE(part.header("etag"), raw("").header("etag"));
  EXPECT_EQ(raw("?generation=0&format=text&grep=4999$").body, "old 4999\n");
}

TEST_F(HistoryRaw, MatchingRecordsAreAnAttachment) {
  append_to_file(log("app.log"),
                 "{\"level\":\"error\",\"n\":1}\n{\"level\":\"info\",\"n\":2}\n{\"level\":\"error\",\"n\":3}\n");
  serve_openly();
  const HttpReply text = raw("?format=text&level=error");
  EXPECT_EQ(text.body, "{\"level\":\"error\",\"n\":1}\n{\"level\":\"error\",\"n\":3}\n");
  EXPECT_EQ(text.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_THAT(text.header("content-disposition"), HasSubstr("attachment; filename=\"app.log.txt\""));
  const HttpReply json = raw("?format=ndjson&where=n%3E1&fields=1");
  EXPECT_EQ(json.header("content-type"), "application/x-ndjson");
  EXPECT_THAT(json.header("content-disposition"), HasSubstr("filename=\"app.log.ndjson\""));
  std::vector<double> numbers;
  for (std::size_t at = 0; at < json.body.size();) {
    const std::size_t end = json.body.find('\n', at);
    const auto record = JsonValue::parse(json.body.substr(at, end - at));
    ASSERT_TRUE(record) << json.body;
    numbers.push_back((*record)["fields"]["n"].number());
    EXPECT_FALSE((*record)["id"].text().empty());
    at = end + 1;
  }
  EXPECT_THAT(numbers, ::testing::ElementsAre(2, 3));
}

TEST_F(HistoryRaw, BytesThatMayHoldSecretsAreRefusedAndTheirLinesAreNot) {
  append_to_file(log("app.log"), "password=hunter2secret\n");
  serve_configured("", "app.log");
  const HttpReply refused = raw("");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("format=text"));
  const HttpReply text = raw("?format=text");
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.body.find("hunter2secret"), std::string::npos) << text.body;
}

}  // namespace
}  // namespace tailwater
