// HostJournals: the streams that follow the system's journal, each with a spool in the state directory and a thread
// that fills it. Joins their configuration and sdjournal/. Main thread, but for status(), which is for any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/configuration.h"
#include "config/load.h"
#include "sdjournal/journal_follower.h"

namespace tailwater {

/// What is wrong with the rules for journals; empty if all is well.
[[nodiscard]] Errors check_host_journals(const Configuration& configuration);

class HostJournals {
 public:
  /// `state_directory` empty: there is no place for spools. `clock` outlives it.
  HostJournals(const std::string& state_directory, const Clock& clock);
  ~HostJournals();
  HostJournals(const HostJournals&) = delete;
  HostJournals& operator=(const HostJournals&) = delete;

  /// Whatever these streams need and can only be had, or refused, before they are followed: the library, a place, the
  /// right to read. `sandboxed`: no library can be loaded any more.
  [[nodiscard]] Result<void> prepare(const std::vector<StreamConfig>& streams, bool sandboxed);
  /// Their threads begin, those of others end; one whose configuration is the same goes on.
  [[nodiscard]] Result<void> configure(const std::vector<StreamConfig>& streams);
  void stop();

  /// The file in which the stream's entries are; nullopt if it follows no journal.
  [[nodiscard]] std::optional<std::string> path(const StreamConfig& stream) const;
  [[nodiscard]] JournalFollowerStatus status(const std::string& stream) const;

 private:
  struct Running {
    std::string settings;
    std::unique_ptr<JournalFollower> follower;
  };

  const std::string folder_;
  const Clock& clock_;
  const SystemdLibrary* library_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::string, Running> running_;  // by stream; guarded by mutex_
};

}  // namespace tailwater
