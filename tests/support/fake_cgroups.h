// FakeCgroups: a folder that stands for /sys/fs/cgroup. Files are rewritten in place, so that descriptors of them stay
// good, and groups come and go as folders do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.h"

namespace tailwater {

class FakeCgroups {
 public:
  FakeCgroups() { write("cgroup.procs", "1\n"); }

  [[nodiscard]] const std::string& path() const { return folder_.path(); }
  void write(const std::string& file, const std::string& text) const { std::ofstream(folder_.file(file)) << text; }
  /// A group with all files, all of whose numbers are made of `n`.
  void add(const std::string& group, std::uint64_t n) const {
    std::filesystem::create_directories(folder_.file(group));
    const std::string number = std::to_string(n);
    const std::string pressure = "some avg10=0.00 avg60=0.00 avg300=0.00 total=" + number +
                                 "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=" + std::to_string(n / 2) + "\n";
    use_cpu(group, n);
    write(group + "/memory.current", number + "\n");
    write(group + "/pids.current", number + "\n");
    write(group + "/io.stat", "8:0 rbytes=" + number + " wbytes=" + std::to_string(n * 2) + " rios=1 wios=1\n");
    write(group + "/memory.events", "low 0\nhigh 0\nmax 0\noom 9\noom_kill " + number + "\noom_group_kill 0\n");
    for (const char* resource : {"cpu", "memory", "io"}) write(group + "/" + resource + ".pressure", pressure);
  }
  void use_cpu(const std::string& group, std::uint64_t microseconds) const {
    write(group + "/cpu.stat", "usage_usec " + std::to_string(microseconds) + "\nuser_usec 1\nsystem_usec 1\n");
  }
  void remove(const std::string& group) const { std::filesystem::remove_all(folder_.file(group)); }
  void remove_file(const std::string& file) const { std::filesystem::remove(folder_.file(file)); }

 private:
  TempDir folder_ = TempDir::in_memory();
};

}  // namespace tailwater
