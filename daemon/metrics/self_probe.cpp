#include "metrics/self_probe.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "metrics/proc_text.h"

namespace tailwater {
namespace {

/// The size of /proc/self/fd is the number of descriptors since Linux 6.2; before, it is 0 and nothing is known.
std::optional<std::uint64_t> open_descriptors() {
  struct stat directory {};
  if (::stat("/proc/self/fd", &directory) != 0 || directory.st_size <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(directory.st_size);
}

std::optional<std::uint64_t> allowed_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(bracket + 1);
  std::array<std::string_view, 22> fields;  // from field 3, the state, to field 24, the resident pages
  for (std::string_view& field : fields) field = take_word(rest);
  const auto number = [&fields](std::size_t field) { return number_of(fields[field - 3]); };
  const auto user = number(14);
  const auto system = number(15);
  const auto threads = number(20);
  const auto start = number(22);
  const auto bytes = number(23);
  const auto pages = number(24);
  if (!user || !system || !threads || !start || !bytes || !pages) return std::nullopt;
  return ProcessStat{*user, *system, *threads, *start, *bytes, *pages};
}

SelfProbe::SelfProbe(SampleTable& table)
    : table_(table),
      stat_("/proc/self/stat"),
      ticks_per_second_(static_cast<double>(std::max(1L, ::sysconf(_SC_CLK_TCK)))),
      page_bytes_(static_cast<double>(::sysconf(_SC_PAGESIZE))) {
  const auto time = make_metric({"process.cpu.time", "s", MetricType::kCounter, "Processor time of this daemon."});
  user_ = table.add(time, {{"mode", "user"}});
  system_ = table.add(time, {{"mode", "system"}});
  const auto gauge = [&table](const char* name, const char* unit, const char* help, const char* prometheus) {
    return table.add(make_metric({name, unit, MetricType::kGauge, help, prometheus}), {});
  };
  resident_ =
      gauge("process.memory.usage", "By", "Memory of this daemon that is in RAM.", "process_resident_memory_bytes");
  virtual_ = gauge("process.memory.virtual", "By", "Address space of this daemon.", "process_virtual_memory_bytes");
  threads_ = gauge("process.thread.count", "{thread}", "Threads of this daemon.", "process_threads");
  descriptors_ = gauge("process.open_file_descriptor.count", "{descriptor}", "Descriptors that this daemon has open.",
                       "process_open_fds");
  descriptor_limit_ = gauge("process.open_file_descriptor.limit", "{descriptor}",
                            "Descriptors that this daemon may have open.", "process_max_fds");
}

void SelfProbe::sample() {
  const auto stat = parse_process_stat(stat_.read());
  if (stat) {
    table_.set(user_, static_cast<double>(stat->user_ticks) / ticks_per_second_);
    table_.set(system_, static_cast<double>(stat->system_ticks) / ticks_per_second_);
    table_.set(resident_, static_cast<double>(stat->resident_pages) * page_bytes_);
    table_.set(virtual_, stat->virtual_bytes);
    table_.set(threads_, stat->threads);
  }
  table_.set(descriptors_, open_descriptors());
  table_.set(descriptor_limit_, allowed_descriptors());
  table_.publish();
}

}  // namespace tailwater
