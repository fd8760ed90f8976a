#include "http/threaded_server.h"

#include <pthread.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <event2/event.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/socket_count.h"
#include "http/client_thread.h"
#include "http/kept_streams.h"
#include "http/listener.h"

namespace tailwater {
namespace {

/// What libevent has to say goes where everything else goes.
void log_libevent(int severity, const char* message) {
  if (severity == EVENT_LOG_WARN) spdlog::warn("libevent: {}", message);
  if (severity == EVENT_LOG_ERR) spdlog::error("libevent: {}", message);
}

std::string page_address(const Listener& listener, const std::string& base_path) {
  return listener.is_unix() ? listener.address() : fmt::format("{}{}/", listener.address(), base_path);
}

/// As server.listen is held to when the configuration is read.
tl::unexpected<Error> refuse_reachable(const Listener& listener) {
  return fail(ErrorCode::kInvalid,
              fmt::format("the socket {} that was handed over can be reached from other machines, and nobody is asked "
                          "who they are (set auth.tokens, let the socket unit listen on 127.0.0.1 or a unix socket, or "
                          "allow it with insecure = true)",
                          listener.address()));
}

class ThreadedServer final : public HttpServer {
 public:
  ThreadedServer(HttpOptions options, Backend backend)
      : options_(std::move(options)),
        backend_(std::move(backend)),
        admission_(options_.max_clients, options_.max_clients_per_address,
                   {options_.requests_per_second, options_.connections_per_second}),
        browsers_(options_.cors_origins, options_.public_url),
        proxies_(options_.trusted_proxies) {
    tls_.set(options_.tls);
  }
  ~ThreadedServer() override { stop(); }

  /// What is handed over takes the place of all addresses.
  Result<void> bind(HandedOver& handed) {
    kept_ = handed.kept;
    if (options_.threads == 0) options_.threads = std::max(1U, std::thread::hardware_concurrency());
    const bool tls = options_.tls != nullptr;
    for (InheritedFd& socket : handed.listeners) {
      auto listener = Listener::adopt(std::move(socket), options_.threads, tls, options_.stall_timeout);
      if (!listener) return fail(listener.error());
      if ((*listener)->is_reachable() && !options_.allow_reachable) return refuse_reachable(**listener);
      listeners_.push_back(std::move(*listener));
    }
    for (const std::string& address : options_.listen) {
      if (!handed.listeners.empty()) break;
      auto listener = kept_ != nullptr ? bind_for_good(handed.earlier, address)
                                       : Listener::bind(address, options_.threads, tls, options_.stall_timeout);
      if (!listener) return fail(listener.error());
      listeners_.push_back(std::move(*listener));
    }
    if (kept_ != nullptr) kept_->forget_listeners(handed.earlier);
    return {};
  }
  /// One socket for all threads, which is kept for the next process.
  Result<std::unique_ptr<Listener>> bind_for_good(KeptByEarlier& earlier, const std::string& address) {
    const bool tls = options_.tls != nullptr;
    if (UniqueFd fd = KeptStreams::take_listener(earlier, address)) {
      return Listener::resume(address, std::move(fd), options_.threads, tls, options_.stall_timeout);
    }
    auto listener = Listener::bind(address, 1, tls, options_.stall_timeout);
    if (!listener) return listener;
    kept_->store_listener((*listener)->fd(), address);
    if (auto shared = (*listener)->share_among(options_.threads); !shared) return fail(shared.error());
    return listener;
  }

  Result<void> start() {
    std::vector<std::string> listened;
    for (const auto& listener : listeners_) {
      if (!listener->is_unix()) listened.push_back(listener->host());
    }
    const HostRules hosts(listened, options_.allowed_hosts);
    auto worker = HandlerWorker::start(backend_, "http-patterns", options_.longest_handler_wait);
    if (!worker) return fail(worker.error());
    worker_ = std::move(*worker);
    if (backend_.access->policy()->required) {
      auto sign_in_worker = HandlerWorker::start(backend_, "http-sign-in", options_.longest_handler_wait);
      if (!sign_in_worker) return fail(sign_in_worker.error());
      sign_in_worker_ = std::move(*sign_in_worker);
    }
    const SharedByThreads shared{admission_, worker_.get(), sign_in_worker_.get(), tls_, browsers_, proxies_, kept_};
    for (unsigned i = 0; i < options_.threads; ++i) {
      std::vector<ListeningSocket> sockets;
      for (const auto& listener : listeners_) sockets.push_back({listener->take_socket(), listener->is_tls()});
      auto client = ClientThread::create(options_, hosts, backend_, shared, std::move(sockets));
      if (!client) return fail(client.error());
      clients_.push_back(std::move(*client));
    }
    for (const auto& client : clients_) {
      threads_.emplace_back([&client = *client] {
        ::pthread_setname_np(::pthread_self(), "http");
        client.run();
      });
    }
    return {};
  }

  /// Spread over the threads.
  void take_up(KeptStreams& kept, KeptByEarlier earlier) {
    for (const UniqueFd& fd : earlier.lost) kept.end(fd.get(), socket_cookie(fd.get()));
    const auto progress = std::make_shared<TakingUp>(kept, earlier);
    std::size_t next = 0;
    for (KeptStream& stream : earlier.streams) {
      ClientThread& client = *clients_[next++ % clients_.size()];
      client.post([&client, progress, shared = std::make_shared<KeptStream>(std::move(stream))] {
        progress->count(client.take_up(std::move(*shared)));
      });
    }
  }

  [[nodiscard]] std::vector<std::string> addresses() const override {
    std::vector<std::string> addresses;
    for (const auto& listener : listeners_) addresses.push_back(page_address(*listener, options_.base_path));
    return addresses;
  }

  std::size_t post_to_each(const std::function<void()>& task) override {
    for (const auto& client : clients_) client->post(task);
    return clients_.size();
  }

  void recheck_callers() override {
    for (const auto& client : clients_) client->post([&client = *client] { client.recheck_callers(); });
  }

  void use_tls(std::shared_ptr<const TlsContext> tls) override { tls_.set(std::move(tls)); }

  void stop() override {
    // They answer to the client threads' loops.
    if (worker_) worker_->stop();
    if (sign_in_worker_) sign_in_worker_->stop();
    if (!threads_.empty()) {
      for (const auto& client : clients_) client->stop();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    clients_.clear();
    if (kept_ != nullptr && kept_->keeps_all()) {
      for (const auto& listener : listeners_) listener->leave_file();
    }
    listeners_.clear();
  }

 private:
  HttpOptions options_;
  Backend backend_;
  Admission admission_;
  BrowserRules browsers_;
  TrustedProxies proxies_;
  CurrentTls tls_;
  KeptStreams* kept_ = nullptr;
  std::unique_ptr<HandlerWorker> worker_;
  std::unique_ptr<HandlerWorker> sign_in_worker_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<ClientThread>> clients_;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> start_threaded_server(HttpOptions options, Backend backend, HandedOver handed) {
  event_set_log_callback(log_libevent);
  auto server = std::make_unique<ThreadedServer>(std::move(options), std::move(backend));
  if (auto fine = server->bind(handed); !fine) return fail(fine.error());
  if (auto fine = server->start(); !fine) return fail(fine.error());
  if (handed.kept != nullptr) server->take_up(*handed.kept, std::move(handed.earlier));
  return server;
}

}  // namespace tailwater
