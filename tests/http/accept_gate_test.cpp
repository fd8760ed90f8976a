// Accepting, one pass of the loop at a time.
#include "http/accept_gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/client_thread.h"
#include "http/listener.h"
#include "support/fake_streams.h"
#include "support/http_client.h"

namespace tailwater {
namespace {

class AcceptGateTest : public testing::Test {
 protected:
  /// A thread's worth of a server that the test steps by hand, with `waiting` connections in its backlog.
  void start(std::size_t max_clients, int waiting) {
    admission_ = std::make_unique<Admission>(max_clients, 64);
    listener_ = std::move(*Listener::bind("127.0.0.1:0", 1));
    for (int i = 0; i < waiting; ++i) clients_.emplace_back(listener_->address());
    std::vector<ListeningSocket> sockets;
    sockets.push_back({listener_->take_socket(), false});
    thread_ = std::move(*ClientThread::create(options_, HostRules({}, {}), backend_,
                                              {*admission_, nullptr, nullptr, tls_, browsers_, proxies_},
                                              std::move(sockets)));
  }

  FakeStreams streams_;
  Backend backend_ = streams_.backend();
  HttpOptions options_;
  CurrentTls tls_;
  BrowserRules browsers_;
  TrustedProxies proxies_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<Listener> listener_;
  std::vector<HttpClient> clients_;
  std::unique_ptr<ClientThread> thread_;
};

TEST_F(AcceptGateTest, LetsInADoseInEachPass) {
  start(1000, 150);
  thread_->run_once();
  EXPECT_EQ(admission_->connections(), 64U);
  thread_->run_once();
  thread_->run_once();
  EXPECT_EQ(admission_->connections(), 128U);
  EXPECT_TRUE(wait_until([this] {
    thread_->run_once();
    return admission_->connections() == 150U;
  }));
}

TEST_F(AcceptGateTest, ServesThoseWhoAreInBetweenDoses) {
  start(1000, 150);
  for (HttpClient& client : clients_) client.get("/healthz");
  thread_->run_once();
  thread_->run_once();
  thread_->run_once();
  EXPECT_EQ(clients_.front().read_reply().status, 200);
  EXPECT_LT(admission_->connections(), 150U) << "the first reply did not wait for the last connection";
}

TEST_F(AcceptGateTest, StopsAtTheReserve) {
  start(10, 150);
  for (int i = 0; i < 20; ++i) thread_->run_once();
  EXPECT_EQ(admission_->connections(), 10 + Admission::kReserve);
  clients_.front().close();
  EXPECT_TRUE(wait_until([this] {
    thread_->run_once();
    return admission_->connections() < 10 + Admission::kReserve;
  }));
  EXPECT_TRUE(wait_until([this] {
    thread_->run_once();
    return admission_->connections() == 10 + Admission::kReserve;
  })) << "a place that became free was not given away";
}

TEST_F(AcceptGateTest, ConnectionsThatEndGiveTheirPlacesBack) {
  start(1000, 50);
  thread_->run_once();
  EXPECT_EQ(admission_->connections(), 50U);
  clients_.clear();
  EXPECT_TRUE(wait_until([this] {
    thread_->run_once();
    return admission_->connections() == 0U;
  }));
}

}  // namespace
}  // namespace tailwater
