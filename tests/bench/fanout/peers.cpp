#include "bench/fanout/peers.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/load_report.h"

namespace tailwater {

BareLoop::BareLoop() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), 4096) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::exit(1);
  }
  port_ = ntohs(address.sin_port);
}

void BareLoop::accept(int clients) {
  for (int client = 0; client < clients; ++client) {
    sockets_.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    const int on = 1;
    ::setsockopt(sockets_.back().get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int unsent = 64 << 10;  // as http/listener.cpp has it
    ::setsockopt(sockets_.back().get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  }
}

void BareLoop::send_all(std::string_view bytes) const {
  for (const UniqueFd& socket : sockets_) {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const ssize_t done = ::send(socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (done >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(done));
      } else if (errno == EAGAIN) {
        pollfd ready{socket.get(), POLLOUT, 0};
        ::poll(&ready, 1, 1000);
      } else {
        std::exit(1);
      }
    }
  }
}

std::unique_ptr<NchanPeer> NchanPeer::start(std::string& why) {
  why = "no nchan beside it: apt-get install nginx libnginx-mod-nchan";
  const std::string module = "/usr/lib/nginx/modules/ngx_nchan_module.so";
  if (!std::filesystem::exists("/usr/sbin/nginx") || !std::filesystem::exists(module)) return nullptr;
  std::unique_ptr<NchanPeer> peer(new NchanPeer);
  peer->port_ = free_port();
  const std::string& prefix = peer->directory_.path();
  std::string temporary;
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += fmt::format("  {}_temp_path {}/{};\n", kind, prefix, kind);
  }
  std::ofstream(peer->directory_.file("nginx.conf")) << fmt::format(
      "load_module {0};\ndaemon off;\nuser root;\npid {1}/pid;\nerror_log {1}/error.log;\n"
      "worker_processes 1;\nworker_rlimit_nofile 20000;\n"
      "events {{ worker_connections 19000; multi_accept on; }}\n"
      "http {{\n  access_log off;\n  keepalive_requests 1000000000;\n  keepalive_timeout 1h;\n{2}"
      "  nchan_shared_memory_size 256m;\n"
      "  server {{\n    listen 127.0.0.1:{3} backlog=4096;\n"
      "    location = /subscribe {{ nchan_subscriber eventsource; nchan_channel_id bench;\n"
      "      nchan_eventsource_ping_interval 0; nchan_subscriber_first_message newest; }}\n"
      "    location = /publish {{ nchan_publisher; nchan_channel_id bench;\n"
      "      nchan_message_buffer_length 1000; }}\n  }}\n}}\n",
      module, prefix, temporary, peer->port_);
  ChildSettings settings;
  settings.command = {"/usr/sbin/nginx", "-p", prefix, "-c", prefix + "/nginx.conf", "-e", prefix + "/error.log"};
  settings.error_file = peer->directory_.file("stderr");
  if (!peer->nginx_.spawn(settings)) return nullptr;
  for (int attempt = 0; attempt < 200; ++attempt) {
    if (peer->connect_publisher()) {
      why.clear();
      return peer;
    }
    std::this_thread::sleep_for(Milliseconds(20));
  }
  why = "nginx did not start: " + read_whole_file(peer->directory_.file("stderr"));
  return nullptr;
}

NchanPeer::~NchanPeer() {
  nginx_.send_signal(SIGTERM);
  nginx_.wait(Milliseconds(3000));
}

bool NchanPeer::connect_publisher() {
  publisher_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(publisher_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ::connect(publisher_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string NchanPeer::request(int /*client*/) {
  return "GET /subscribe HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
}

void NchanPeer::publish(std::string_view message) {
  const std::string request =
      fmt::format("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}", message.size(), message);
  if (::send(publisher_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return;
  char reply[4096];
  if (::recv(publisher_.get(), reply, sizeof reply, 0) <= 0) return;
}

pid_t NchanPeer::worker() const {
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", nginx_.pid()));
  pid_t pid = 0;
  children >> pid;
  return pid;
}

std::uint64_t NchanPeer::resident_kib() const {
  return process_status(worker(), "VmRSS");
}

double NchanPeer::cpu_seconds() const {
  return process_cpu_seconds(worker());
}

}  // namespace tailwater
