#include <fmt/format.h>

#include "metrics/host_probes.h"
#include "metrics/load_stat.h"

namespace tailwater {
namespace {

std::optional<double> seconds_of(const std::optional<std::uint64_t>& microseconds) {
  if (!microseconds) return std::nullopt;
  return static_cast<double>(*microseconds) / 1e6;
}

}  // namespace

LoadProbe::LoadProbe(const std::string& root, SampleTable& table)
    : table_(table), loadavg_(root + "/loadavg"), uptime_file_(root + "/uptime") {
  constexpr std::array<std::string_view, 3> kSpans{"1m", "5m", "15m"};
  for (std::size_t i = 0; i < kSpans.size(); ++i) {
    const std::string span(kSpans[i]);
    averages_[i] = table.add(make_metric({"system.linux.load." + span, "{thread}", MetricType::kGauge,
                                          "Threads that ran or waited for a disk, averaged over " + span + ".",
                                          "system_linux_load_" + span}),
                             {});
  }
  threads_ =
      table.add(make_metric({"system.linux.threads", "{thread}", MetricType::kGauge, "Threads of all processes."}), {});
  uptime_ = table.add(make_metric({"system.uptime", "s", MetricType::kGauge, "Time since boot."}), {});
  for (const char* resource : {"cpu", "memory", "io"}) {
    const auto add = [&](const char* kind, const char* who) {
      return table.add(
          make_metric({fmt::format("system.linux.pressure.{}.{}", resource, kind), "s", MetricType::kCounter,
                       fmt::format("Time in which {} had to wait for {}.", who, resource)}),
          {});
    };
    const SampleTable::Id some = add("some", "at least one task");
    const SampleTable::Id full = add("full", "all tasks that had work");
    pressures_.push_back({ProcFile(fmt::format("{}/pressure/{}", root, resource)), some, full});
  }
}

void LoadProbe::sample() {
  const auto load = parse_loadavg(loadavg_.read());
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    table_.set(averages_[i], load ? std::optional(load->averages[i]) : std::nullopt);
  }
  table_.set(threads_, load ? std::optional(load->threads) : std::nullopt);
  table_.set(uptime_, parse_uptime(uptime_file_.read()));
  for (Pressure& pressure : pressures_) {
    const PressureStat stat = parse_pressure(pressure.file.read());
    table_.set(pressure.some, seconds_of(stat.some));
    table_.set(pressure.full, seconds_of(stat.full));
  }
}

}  // namespace tailwater
