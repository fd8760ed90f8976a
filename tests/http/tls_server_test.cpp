// A server with TLS as clients of all kinds find it, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server_fixture.h"
#include "support/temp_dir.h"
#include "support/test_certificate.h"
#include "support/tls_client.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

class TlsServerTest : public ServerTest {
 protected:
  void start_with_tls() {
    options_.tls = *TlsContext::load({certificate_.certificate(), certificate_.key()});
    start();
  }
  [[nodiscard]] TlsClient tls_client(TlsClientSettings settings = {}) const {
    settings.trusted = certificate_.certificate();
    return TlsClient(address(), settings);
  }
  [[nodiscard]] std::string port() const {
    const std::string port = address().substr(address().rfind(':') + 1);
    return port.substr(0, port.find('/'));
  }

  TempDir directory_;
  TestCertificate certificate_{directory_.file("server")};
};

TEST_F(TlsServerTest, AnswersRequestsAfterEachOther) {
  start_with_tls();
  EXPECT_THAT(address(), StartsWith("https://127.0.0.1:"));
  TlsClient client = tls_client();
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.version(), "TLSv1.3");
  for (int i = 0; i < 3; ++i) {
    client.get("/healthz");
    const ClientReply reply = client.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "ok\n");
  }
}

TEST_F(TlsServerTest, StreamsToTheEndAndSaysGoodbye) {
  start_with_tls();
  TlsClient client = tls_client();
  client.get("/api/events");
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_EQ(client.read_chunk(), std::string(FakeStreams::kHello));
  streams_.publish("data: 1\n\n");
  EXPECT_EQ(client.read_chunk(), "data: 1\n\n");
  server_->stop();
  EXPECT_EQ(client.read_chunk(), "event: shutdown\ndata: {}\n\n");
  EXPECT_EQ(client.read_to_end(), "0\r\n\r\n");
  EXPECT_TRUE(client.was_told_of_the_end());
}

TEST_F(TlsServerTest, StreamsToAClientOfHttp10) {
  start_with_tls();
  TlsClient client = tls_client();
  client.send("GET /api/events HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_EQ(client.read_exactly(FakeStreams::kHello.size()), std::string(FakeStreams::kHello));
  server_->stop();
  EXPECT_EQ(client.read_to_end(), "event: shutdown\ndata: {}\n\n");
  EXPECT_TRUE(client.was_told_of_the_end());  // without that, nothing tells the end from a cut
}

TEST_F(TlsServerTest, AnswersHeadAndOptions) {
  start_with_tls();
  TlsClient client = tls_client();
  client.send("HEAD /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read_reply(/*is_head=*/true).header("Content-Type"), "text/event-stream; charset=utf-8");
  TlsClient another = tls_client();
  another.send("OPTIONS /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(another.read_reply().header("Allow"), HasSubstr("GET"));
}

TEST_F(TlsServerTest, GivesAStalledReaderEveryByteWhenItReadsAgain) {
  start_with_tls();
  TlsClientSettings settings;
  settings.receive_buffer = 4096;
  TlsClient client = tls_client(settings);
  client.get("/api/events");
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_EQ(client.read_chunk(), std::string(FakeStreams::kHello));
  std::string sent;
  for (int i = 0; i < 400; ++i) {
    const std::string frame =
        fmt::format("data: {} {}\n\n", i, std::string(static_cast<std::size_t>(i * 97 % 20'000), 'x'));
    streams_.publish(frame);
    sent += frame;
  }
  ASSERT_TRUE(wait_until([this] { return streams_.consumed > 30'000; }));
  EXPECT_LT(streams_.consumed, sent.size());
  std::string got;
  while (got.size() < sent.size()) {
    const auto chunk = client.read_chunk();
    ASSERT_TRUE(chunk);
    got += *chunk;
  }
  EXPECT_TRUE(got == sent);
}

TEST_F(TlsServerTest, ClosesAReaderThatTakesNothing) {
  options_.stall_timeout = milliseconds(100);
  streams_.endless = true;
  start_with_tls();
  TlsClientSettings settings;
  settings.receive_buffer = 4096;
  TlsClient client = tls_client(settings);
  client.get("/api/events");
  ASSERT_TRUE(wait_until([this] { return streams_.consumed > 0; }));
  EXPECT_TRUE(wait_until([this] { return streams_.cursors == 0; }));
}

TEST_F(TlsServerTest, GivesUpAHandshakeThatTakesTooLong) {
  options_.head_timeout = milliseconds(50);
  start_with_tls();
  HttpClient client("127.0.0.1:" + port());
  client.send(std::string_view("\x16\x03\x01", 3));
  EXPECT_TRUE(client.is_closed_within());
}

TEST_F(TlsServerTest, TellsThoseWhoSpeakPlainHttp) {
  start_with_tls();
  HttpClient client("127.0.0.1:" + port());
  client.get("/");
  const ClientReply reply = client.read_reply();
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("this port speaks https"));
}

TEST_F(TlsServerTest, LeavesUnixSocketsAndThoseWithHttpInFrontPlain) {
  options_.listen = {"127.0.0.1:0", "http://127.0.0.1:0", "https://127.0.0.1:0", "unix:" + directory_.file("socket")};
  start_with_tls();
  const auto addresses = server_->addresses();
  EXPECT_THAT(addresses[0], StartsWith("https://"));
  EXPECT_THAT(addresses[1], StartsWith("http://"));
  EXPECT_THAT(addresses[2], StartsWith("https://"));
  for (const int plain : {1, 3}) {
    HttpClient client(addresses[static_cast<std::size_t>(plain)]);
    client.get("/healthz");
    EXPECT_EQ(client.read_reply().status, 200);
  }
  TlsClient client(addresses[2]);
  client.get("/healthz");
  EXPECT_EQ(client.read_reply().status, 200);
}

TEST_F(TlsServerTest, HttpsWithoutACertificateIsRefused) {
  options_.listen = {"https://127.0.0.1:0"};
  const auto server = start_threaded_server(options_, streams_.backend());
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kInvalid);
}

TEST_F(TlsServerTest, NewConnectionsGetTheNewCertificate) {
  start_with_tls();
  TlsClient before = tls_client();
  before.get("/api/events");
  EXPECT_EQ(before.read_head().status, 200);
  EXPECT_EQ(before.read_chunk(), std::string(FakeStreams::kHello));
  const TestCertificate renewed(directory_.file("renewed"));
  server_->use_tls(*TlsContext::load({renewed.certificate(), renewed.key()}));
  TlsClientSettings settings;
  settings.trusted = renewed.certificate();
  const TlsClient after(address(), settings);
  EXPECT_TRUE(after.connected());
  EXPECT_NE(after.serial(), before.serial());
  streams_.publish("data: 1\n\n");
  EXPECT_EQ(before.read_chunk(), "data: 1\n\n");
}

// --- what a scanner of TLS servers looks for ---------------------------------------------------------------------

TEST_F(TlsServerTest, SpeaksTls12ButNothingOlder) {
  start_with_tls();
  TlsClientSettings settings;
  settings.max_version = TLS1_2_VERSION;
  EXPECT_EQ(tls_client(settings).version(), "TLSv1.2");
  settings.min_version = TLS1_VERSION;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    settings.max_version = version;
    EXPECT_FALSE(tls_client(settings).connected()) << version;
  }
}

TEST_F(TlsServerTest, RefusesCiphersWithoutForwardSecrecyOrAuthenticatedEncryption) {
  start_with_tls();
  TlsClientSettings settings;
  settings.max_version = TLS1_2_VERSION;
  for (const char* good :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    settings.ciphers = good;
    EXPECT_TRUE(tls_client(settings).connected()) << good;
  }
  int offered = 0;
  for (const char* weak : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-NULL-SHA", "AES128-SHA",
                           "AES256-GCM-SHA384", "AECDH-NULL-SHA", "ADH-AES128-SHA", "CAMELLIA128-SHA", "aNULL"}) {
    settings.ciphers = weak;
    const TlsClient client = tls_client(settings);
    offered += client.offers() ? 1 : 0;
    EXPECT_FALSE(client.connected()) << weak;
  }
  EXPECT_GT(offered, 5);
}

TEST_F(TlsServerTest, AgreesOnHttp11AndOnNothingElse) {
  start_with_tls();
  TlsClientSettings settings;
  settings.protocols = "\x02h2\x08http/1.1";
  EXPECT_EQ(tls_client(settings).protocol(), "http/1.1");
  settings.protocols = "\x08http/1.0";
  EXPECT_EQ(tls_client(settings).protocol(), "http/1.0");
  settings.protocols = "\x02h2";
  EXPECT_FALSE(tls_client(settings).connected());
}

TEST_F(TlsServerTest, DoesNotRenegotiate) {
  start_with_tls();
  TlsClientSettings settings;
  settings.max_version = TLS1_2_VERSION;
  TlsClient client = tls_client(settings);
  ASSERT_TRUE(client.connected());
  ASSERT_EQ(SSL_renegotiate(client.ssl()), 1);
  client.get("/healthz");  // begins with the handshake, and cannot be sent before it is through
  EXPECT_EQ(client.read_reply().status, 0);
  EXPECT_TRUE(tls_client(settings).connected());
}

TEST_F(TlsServerTest, SurvivesJunkInsteadOfAHandshake) {
  start_with_tls();
  for (const std::string_view junk :
       {std::string_view("\x16\x03\x01\xff\xff\x01\x00", 7), std::string_view("\x80\x2e\x01", 3),
        std::string_view("SSH-2.0-x\r\n"), std::string_view("\x00\x00\x00\x00\x00\x00", 6)}) {
    HttpClient client("127.0.0.1:" + port());
    client.send(junk);
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_within());
  }
  EXPECT_TRUE(tls_client().connected());
}

}  // namespace
}  // namespace tailwater
