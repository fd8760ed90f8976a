#include <algorithm>
#include <optional>
#include <utility>

#include "metrics/host_probes.h"

namespace tailwater {

MountProbe::MountProbe(const std::string& root, SampleTable& table, MountUsage::Ask ask)
    : table_(table),
      usage_(root + "/self/mountinfo", std::move(ask)),
      bytes_(make_metric({"system.filesystem.usage", "By", MetricType::kGauge,
                          "Space of file systems; what is reserved only root may take."})),
      utilization_(make_metric({"system.filesystem.utilization", "1", MetricType::kGauge,
                                "Used share of what may be used, 0 to 1, as df(1) has it."})),
      limit_(make_metric({"system.filesystem.limit", "By", MetricType::kGauge, "Size of file systems."})),
      inodes_(make_metric({"system.filesystem.inodes.usage", "{inode}", MetricType::kGauge,
                           "Inodes of file systems that have a fixed number of them."})) {}

const DeviceTable<MountProbe::kSeries>::SeriesIds* MountProbe::add(std::string_view key, const Mount& mount) {
  const auto add = [&](const std::shared_ptr<const MetricInfo>& metric, const char* state) {
    Labels labels{{"device", mount.device}, {"mountpoint", mount.point}, {"type", mount.type}};
    if (state != nullptr) labels.push_back({"state", state});
    return table_.add(metric, std::move(labels));
  };
  return mounts_.add(key,
                     {add(bytes_, "used"), add(bytes_, "free"), add(bytes_, "reserved"), add(utilization_, nullptr),
                      add(limit_, nullptr), add(inodes_, "used"), add(inodes_, "free")});
}

void MountProbe::sample(SteadyTime now) {
  usage_.watch(now);
  if (now >= next_request_) {
    usage_.request();
    next_request_ = now + kInterval;
  }
  if (usage_.take(spaces_)) show(spaces_);
}

void MountProbe::show(const std::vector<MountSpace>& spaces) {
  mounts_.begin();
  for (const MountSpace& space : spaces) {
    const std::string key = space.mount.point + '\n' + space.mount.device + '\n' + space.mount.type;
    const auto* series = mounts_.find(key);
    if (series == nullptr) series = add(key, space.mount);
    const std::uint64_t used = space.bytes - space.free_bytes;
    const std::uint64_t usable = used + space.available_bytes;
    table_.set((*series)[0], used);
    table_.set((*series)[1], space.available_bytes);
    table_.set((*series)[2], space.free_bytes - std::min(space.free_bytes, space.available_bytes));
    table_.clear((*series)[3]);
    if (usable > 0) table_.set((*series)[3], static_cast<double>(used) / static_cast<double>(usable));
    table_.set((*series)[4], space.bytes);
    const bool counted = space.inodes > 0;
    table_.set((*series)[5], counted ? std::optional(space.inodes - space.free_inodes) : std::nullopt);
    table_.set((*series)[6], counted ? std::optional(space.free_inodes) : std::nullopt);
  }
  mounts_.end(table_);
}

}  // namespace tailwater
