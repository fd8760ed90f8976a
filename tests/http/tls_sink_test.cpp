// The sink against a peer of its own in the same thread: whatever the socket takes and whenever, the peer gets the
// bytes that send() said it took, in their order.
#include "http/tls_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <random>
#include <vector>

#include "http/tls_context.h"
#include "support/temp_dir.h"
#include "support/test_certificate.h"

namespace tailwater {
namespace {

class TlsSinkTest : public testing::Test, public SinkListener {
 protected:
  void SetUp() override {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ours_.reset(fds[0]);
    theirs_.reset(fds[1]);
    const int small = 4096;
    ::setsockopt(ours_.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    server_ = context_->make_connection();
    client_context_ = SSL_CTX_new(TLS_client_method());
    client_.reset(SSL_new(client_context_));
    SSL_set_fd(server_.get(), ours_.get());
    SSL_set_fd(client_.get(), theirs_.get());
    SSL_set_accept_state(server_.get());
    SSL_set_connect_state(client_.get());
    for (int i = 0; i < 10; ++i) {
      SSL_do_handshake(client_.get());
      SSL_do_handshake(server_.get());
    }
    ASSERT_TRUE(SSL_is_init_finished(server_.get()));
    sink_ = std::make_unique<TlsSink>(*loop_, server_.get(), ours_.get(), Milliseconds(10'000), *this);
  }
  void TearDown() override {
    sink_.reset();
    client_.reset();
    SSL_CTX_free(client_context_);
  }
  void on_writable() override { ++writable_; }
  void on_stalled() override {}

  std::size_t send(std::initializer_list<std::string_view> pieces) {
    const std::vector<std::string_view> all(pieces);
    const auto taken = sink_->send(all);
    EXPECT_TRUE(taken);
    return taken.value_or(0);
  }
  void read_some(std::size_t most) {
    std::vector<char> bytes(most);
    const int got = SSL_read(client_.get(), bytes.data(), static_cast<int>(most));
    if (got > 0) received_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  void read_all() {
    for (std::size_t before = std::string::npos; before != received_.size();) {
      before = received_.size();
      read_some(64 << 10);
    }
  }

  TempDir directory_;
  TestCertificate certificate_{directory_.file("server")};
  std::shared_ptr<const TlsContext> context_ = *TlsContext::load({certificate_.certificate(), certificate_.key()});
  std::unique_ptr<EventLoop> loop_ = std::move(*EventLoop::create());
  UniqueFd ours_;
  UniqueFd theirs_;
  SslPtr server_;
  ssl_ctx_st* client_context_ = nullptr;
  SslPtr client_;
  std::unique_ptr<TlsSink> sink_;
  std::string received_;
  int writable_ = 0;
};

TEST_F(TlsSinkTest, PutsSmallPiecesIntoOneRecord) {
  EXPECT_EQ(send({"a", "bc", "def"}), 6U);
  EXPECT_TRUE(sink_->is_drained());
  std::array<char, 100> bytes{};
  EXPECT_EQ(SSL_read(client_.get(), bytes.data(), 100), 6);  // one SSL_read(3) gives one record at most
}

TEST_F(TlsSinkTest, KeepsTheRecordThatTheSocketDidNotTakeWhole) {
  const std::string flood(1 << 20, 'x');
  std::size_t taken = send({flood});
  EXPECT_LT(taken, flood.size());
  ASSERT_FALSE(sink_->is_drained());
  // What would follow is something else now; what was taken comes first all the same.
  EXPECT_EQ(send({"other"}), 0U);
  sink_->wait();
  while (!sink_->is_drained()) {
    read_some(4096);
    loop_->run_once();
  }
  EXPECT_EQ(writable_, 1);
  EXPECT_EQ(send({"other"}), 5U);
  read_all();
  EXPECT_TRUE(received_ == flood.substr(0, taken) + "other");
}

TEST_F(TlsSinkTest, GivesThePeerWhatItTookWhateverTheSocketDoes) {
  std::minstd_rand random(7);
  const auto up_to = [&](std::size_t most) { return random() % (most + 1); };
  std::string expected;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> texts(1 + up_to(Sink::kMaxPieces - 1));
    std::vector<std::string_view> pieces;
    for (std::string& text : texts) {
      text.assign(1 + up_to(up_to(8) == 0 ? 40'000 : 300), static_cast<char>('a' + up_to(25)));
      pieces.push_back(text);
    }
    const auto taken = sink_->send(pieces);
    ASSERT_TRUE(taken);
    std::string all;
    for (const std::string& text : texts) all += text;
    expected += all.substr(0, *taken);
    if (up_to(2) == 0) read_some(1 + up_to(20'000));
    if (!sink_->is_drained()) {
      if (!sink_->is_waiting()) sink_->wait();
      loop_->run_once();
    }
  }
  for (int i = 0; i < 100 && !sink_->is_drained(); ++i) {
    read_all();
    if (!sink_->is_waiting()) sink_->wait();
    loop_->run_once();
  }
  read_all();
  EXPECT_TRUE(received_ == expected);
}

TEST_F(TlsSinkTest, ToldOfAPeerThatIsGone) {
  std::signal(SIGPIPE, SIG_IGN);  // as client threads have it
  theirs_.reset();
  const std::string_view bytes = "x";
  EXPECT_FALSE(sink_->send({&bytes, 1}));
  EXPECT_FALSE(sink_->send({&bytes, 1}));  // and stays so
}

}  // namespace
}  // namespace tailwater
