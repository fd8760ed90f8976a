// DeviceTable: devices that come and go, such as disks and interfaces, each with the same N series. Devices are looked
// for in the order of the last time, so that a table that has not changed is gone through once. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/sample_table.h"

namespace tailwater {

template <std::size_t N>
class DeviceTable {
 public:
  using SeriesIds = std::array<SampleTable::Id, N>;

  /// Before the devices that there are now.
  void begin() {
    for (Device& device : devices_) device.seen = false;
    next_ = 0;
  }
  /// The series of a device, or null if it is new.
  [[nodiscard]] const SeriesIds* find(std::string_view key) {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      Device& device = devices_[(next_ + i) % devices_.size()];
      if (device.key != key) continue;
      next_ = (next_ + i + 1) % devices_.size();
      device.seen = true;
      return &device.series;
    }
    return nullptr;
  }
  const SeriesIds* add(std::string_view key, const SeriesIds& series) {
    devices_.push_back({std::string(key), series, true});
    next_ = 0;
    return &devices_.back().series;
  }
  /// Behind them: takes away what is not there any more.
  void end(SampleTable& table) {
    std::erase_if(devices_, [&table](const Device& device) {
      if (device.seen) return false;
      for (const SampleTable::Id id : device.series) table.remove(id);
      return true;
    });
  }
  [[nodiscard]] std::size_t size() const { return devices_.size(); }

 private:
  struct Device {
    std::string key;
    SeriesIds series{};
    bool seen = false;
  };
  std::vector<Device> devices_;
  std::size_t next_ = 0;
};

}  // namespace tailwater
