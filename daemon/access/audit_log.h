// AuditLog: who did what, a line of JSON for each, for whoever has to answer for the machine. Never a secret: no field
// takes one. Bounded: beyond a burst so many a second, and the next line says how many were left out. Any thread; the
// sink gets whole lines, one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/caller.h"
#include "base/clock.h"

namespace tailwater {

class AuditLog {
 public:
  static constexpr double kPerSecond = 50;
  static constexpr double kBurst = 500;
  static constexpr std::size_t kMaxText = 256;
  static constexpr std::chrono::minutes kStretch{10};
  static constexpr std::size_t kMaxStretches = 1000;  ///< that are remembered

  using Sink = std::function<void(std::string line)>;
  /// Without a sink nothing is written. `clock` outlives it.
  AuditLog(const Clock& clock, Sink sink) : clock_(clock), sink_(std::move(sink)) {}

  struct Field {
    std::string_view name;
    std::string_view text;
  };
  /// "sign-in", "refusal"... by whom, from where, and what else there is to it. A caller we do not know is left out.
  void record(std::string_view event, const Caller* caller, std::string_view address, const std::vector<Field>& fields);
  /// The same of what is done in many steps, as one pages through a log: when nothing like it was written in the last
  /// kStretch.
  void record_stretch(std::string_view event, const Caller* caller, std::string_view address,
                      const std::vector<Field>& fields);

  [[nodiscard]] bool is_on() const { return static_cast<bool>(sink_); }

 private:
  [[nodiscard]] bool may_write();
  [[nodiscard]] bool is_new_stretch(const std::string& what);
  void write(const std::string& what);

  const Clock& clock_;
  Sink sink_;
  std::mutex mutex_;
  double level_ = kBurst;  // guarded by mutex_, as all that follows
  SteadyTime filled_{};
  std::uint64_t left_out_ = 0;
  std::map<std::string, SteadyTime, std::less<>> stretches_;
};

}  // namespace tailwater
