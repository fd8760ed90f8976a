#include "metrics/disk_stat.h"
#include "metrics/host_probes.h"

namespace tailwater {
namespace {

constexpr double kMillisecondsPerSecond = 1000.0;

}  // namespace

DiskProbe::DiskProbe(const std::string& root, SampleTable& table)
    : table_(table),
      file_(root + "/diskstats"),
      io_(make_metric({"system.disk.io", "By", MetricType::kCounter, "Bytes read and written by disks."})),
      operations_(make_metric(
          {"system.disk.operations", "{operation}", MetricType::kCounter, "Reads and writes finished by disks."})),
      operation_time_(make_metric({"system.disk.operation_time", "s", MetricType::kCounter,
                                   "Time that reads and writes took, summed over all of them."})),
      io_time_(make_metric(
          {"system.disk.io_time", "s", MetricType::kCounter, "Time in which a disk had something to do."})) {}

const DeviceTable<DiskProbe::kSeries>::SeriesIds* DiskProbe::add(std::string_view key, std::string_view name) {
  const std::string device(name);
  const auto both = [&](const std::shared_ptr<const MetricInfo>& metric, const char* direction) {
    return table_.add(metric, {{"device", device}, {"direction", direction}});
  };
  return disks_.add(
      key, {both(io_, "read"), both(io_, "write"), both(operations_, "read"), both(operations_, "write"),
            both(operation_time_, "read"), both(operation_time_, "write"), table_.add(io_time_, {{"device", device}})});
}

void DiskProbe::sample() {
  std::string_view text = file_.read();
  disks_.begin();
  DiskStat disk;
  while (take_disk(text, disk)) {
    if (is_minor_disk(disk.name)) continue;
    key_.assign(disk.numbers).append(1, ' ').append(disk.name);
    const auto* series = disks_.find(key_);
    if (series == nullptr) series = add(key_, disk.name);
    table_.set((*series)[0], disk.read_bytes);
    table_.set((*series)[1], disk.written_bytes);
    table_.set((*series)[2], disk.reads);
    table_.set((*series)[3], disk.writes);
    table_.set((*series)[4], static_cast<double>(disk.read_ms) / kMillisecondsPerSecond);
    table_.set((*series)[5], static_cast<double>(disk.write_ms) / kMillisecondsPerSecond);
    table_.set((*series)[6], static_cast<double>(disk.busy_ms) / kMillisecondsPerSecond);
  }
  disks_.end(table_);
}

}  // namespace tailwater
