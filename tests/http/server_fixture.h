// ServerTest: a real server on a free port over fake streams, for tests that speak HTTP to it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "http/threaded_server.h"
#include "support/fake_streams.h"
#include "support/http_client.h"

namespace tailwater {

class ServerTest : public testing::Test {
 protected:
  ServerTest() { options_.listen = {"127.0.0.1:0"}; }

  void start() {
    auto server = start_threaded_server(options_, streams_.backend());
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  [[nodiscard]] std::string address() const { return server_->addresses().front(); }
  [[nodiscard]] HttpClient client() const { return HttpClient(address()); }

  /// One request on a connection of its own.
  ClientReply ask(const std::string& method, const std::string& target, const std::string& headers = {}) {
    HttpClient client(address());
    client.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    return client.read_reply(method == "HEAD");
  }
  /// One raw request on a connection of its own.
  ClientReply send_raw(const std::string& bytes) {
    HttpClient client(address());
    client.send(bytes);
    return client.read_reply();
  }
  /// A client with a stream, its head and hello read.
  HttpClient streaming_client(const std::string& target = "/api/events") {
    HttpClient client(address());
    client.get(target);
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_EQ(client.read_chunk(), std::string(FakeStreams::kHello));
    return client;
  }

  FakeStreams streams_;
  HttpOptions options_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace tailwater
