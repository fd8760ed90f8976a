#include <unistd.h>

#include "metrics/host_probes.h"
#include "metrics/network_stat.h"

namespace tailwater {
namespace {

std::optional<std::uint64_t> sum(const std::optional<std::uint64_t>& left, const std::optional<std::uint64_t>& right) {
  if (!left && !right) return std::nullopt;
  return left.value_or(0) + right.value_or(0);
}

/// Where the unit binds the host's counters to, so that it need not see other processes (ProtectProc=invisible).
constexpr const char* kBoundByUnit = "/run/host-net";

std::string host_folder(const std::string& root) {
  std::string folder = root + "/1/net";
  return ::access((folder + "/dev").c_str(), R_OK) == 0 ? folder : kBoundByUnit;
}

}  // namespace

NetworkProbe::NetworkProbe(const std::string& root, SampleTable& table)
    : table_(table),
      host_devices_(host_folder(root) + "/dev"),
      own_devices_(root + "/net/dev"),
      host_sockets_(host_folder(root) + "/sockstat"),
      own_sockets_(root + "/net/sockstat"),
      host_sockets6_(host_folder(root) + "/sockstat6"),
      own_sockets6_(root + "/net/sockstat6"),
      io_(make_metric({"system.network.io", "By", MetricType::kCounter, "Bytes received and sent by interfaces."})),
      packets_(make_metric({"system.network.packet.count", "{packet}", MetricType::kCounter,
                            "Packets received and sent by interfaces.", "system_network_packets_total"})),
      dropped_(make_metric({"system.network.packet.dropped", "{packet}", MetricType::kCounter,
                            "Packets that interfaces dropped.", "system_network_packets_dropped_total"})),
      errors_(
          make_metric({"system.network.errors", "{error}", MetricType::kCounter, "Errors of receiving and sending."})) {
  const auto count = make_metric({"system.network.connection.count", "{connection}", MetricType::kGauge,
                                  "Sockets by protocol and state.", "system_network_connections"});
  const auto socket = [&](const char* protocol, const char* state) {
    return table.add(count, {{"protocol", protocol}, {"state", state}});
  };
  sockets_ = {socket("tcp", "in_use"), socket("tcp", "orphaned"), socket("tcp", "time_wait"),
              socket("tcp", "allocated"), socket("udp", "in_use")};
}

const DeviceTable<NetworkProbe::kSeries>::SeriesIds* NetworkProbe::add(std::string_view name) {
  const std::string device(name);
  const auto both = [&](const std::shared_ptr<const MetricInfo>& metric, const char* direction) {
    return table_.add(metric, {{"device", device}, {"direction", direction}});
  };
  return interfaces_.add(name, {both(io_, "receive"), both(io_, "transmit"), both(packets_, "receive"),
                                both(packets_, "transmit"), both(dropped_, "receive"), both(dropped_, "transmit"),
                                both(errors_, "receive"), both(errors_, "transmit")});
}

void NetworkProbe::sample() {
  std::string_view text = host_devices_.read();
  if (text.empty()) text = own_devices_.read();
  interfaces_.begin();
  InterfaceStat interface;
  while (take_interface(text, interface)) {
    if (is_minor_interface(interface.name)) continue;
    const auto* series = interfaces_.find(interface.name);
    if (series == nullptr) series = add(interface.name);
    table_.set((*series)[0], interface.received_bytes);
    table_.set((*series)[1], interface.sent_bytes);
    table_.set((*series)[2], interface.received_packets);
    table_.set((*series)[3], interface.sent_packets);
    table_.set((*series)[4], interface.received_dropped);
    table_.set((*series)[5], interface.sent_dropped);
    table_.set((*series)[6], interface.received_errors);
    table_.set((*series)[7], interface.sent_errors);
  }
  interfaces_.end(table_);
  sample_sockets();
}

void NetworkProbe::sample_sockets() {
  std::string_view text = host_sockets_.read();
  if (text.empty()) text = own_sockets_.read();
  const SocketStat sockets = parse_sockstat(text);
  text = host_sockets6_.read();
  if (text.empty()) text = own_sockets6_.read();
  const SocketStat sockets6 = parse_sockstat(text);  // nothing where there is no IPv6
  table_.set(sockets_[0], sum(sockets.tcp_in_use, sockets6.tcp_in_use));
  table_.set(sockets_[1], sockets.tcp_orphaned);
  table_.set(sockets_[2], sockets.tcp_time_wait);
  table_.set(sockets_[3], sockets.tcp_allocated);
  table_.set(sockets_[4], sum(sockets.udp_in_use, sockets6.udp_in_use));
}

}  // namespace tailwater
