// SelfProbe: this process as the kernel sees it: processor time, memory, threads, descriptors. One thread.
#pragma once

#include <string>

#include "metrics/proc_file.h"
#include "metrics/sample_table.h"

namespace tailwater {

/// Of /proc/PID/stat (proc(5)); the name, in brackets, may hold anything.
struct ProcessStat {
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;  ///< since boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view text);

class SelfProbe {
 public:
  explicit SelfProbe(SampleTable& table);
  void sample();

 private:
  SampleTable& table_;
  ProcFile stat_;
  double ticks_per_second_;
  double page_bytes_;
  SampleTable::Id user_;
  SampleTable::Id system_;
  SampleTable::Id resident_;
  SampleTable::Id virtual_;
  SampleTable::Id threads_;
  SampleTable::Id descriptors_;
  SampleTable::Id descriptor_limit_;
};

}  // namespace tailwater
