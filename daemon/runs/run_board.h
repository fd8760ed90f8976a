// RunBoard: the runs as everybody may see them: immutable, numbered in the order in which they changed last. Written by
// the run table; read by any thread, which takes a shared pointer under a mutex and does the rest without it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runs/run.h"

namespace tailwater {

/// A run as it was when it was published. Its texts are made when somebody first asks for them, once for all.
class PublishedRun {
 public:
  struct About {
    std::string path;  ///< of its file
    std::optional<Milliseconds> eta;
    /// It is over, and with this append all of its lines were handed on.
    std::optional<std::uint64_t> ended_with;
  };
  PublishedRun(Run run, About about, std::uint64_t change)
      : run_(std::move(run)), about_(std::move(about)), name_(path_of(run_.identity)), change_(change) {}

  [[nodiscard]] const Run& run() const { return run_; }
  [[nodiscard]] const About& about() const { return about_; }
  /// `stream/file`
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Number of the change that published it.
  [[nodiscard]] std::uint64_t change() const { return change_; }
  /// As JSON, without the lists and with them.
  [[nodiscard]] const std::string& summary() const;
  [[nodiscard]] const std::string& whole() const;

 private:
  const Run run_;
  const About about_;
  const std::string name_;
  const std::uint64_t change_;
  mutable std::once_flag summary_once_;
  mutable std::once_flag whole_once_;
  mutable std::string summary_;
  mutable std::string whole_;
};
using PublishedRunPtr = std::shared_ptr<const PublishedRun>;

inline constexpr std::size_t kRunStates = static_cast<std::size_t>(RunState::kLost) + 1;

class RunBoard {
 public:
  /// So many forgotten runs are remembered as such, for those who saw them.
  static constexpr std::size_t kForgottenRemembered = 1000;

  // --- the run table -------------------------------------------------------------------------------------------
  void set_streams(std::vector<std::string> streams);
  void publish(Run run, PublishedRun::About about);
  void forget(const RunIdentity& identity);
  /// Called after each change, on the thread that made it, without the mutex. To be set before the first.
  void on_change(std::function<void()> tell) { tell_ = std::move(tell); }

  // --- any thread ----------------------------------------------------------------------------------------------
  /// Are the stream's files runs?
  [[nodiscard]] bool has_stream(std::string_view stream) const;
  /// By `stream/file`; null if there is none.
  [[nodiscard]] PublishedRunPtr find(std::string_view name) const;
  [[nodiscard]] std::vector<PublishedRunPtr> list() const;
  [[nodiscard]] std::uint64_t last_change() const;

  /// A run that is there no more has no `run`.
  struct Change {
    std::uint64_t number = 0;
    PublishedRunPtr run;
    std::string stream;  ///< of one that is there no more, as the next
    std::string file;
  };
  /// The first `count` changes behind `since`, in order; each run is there once, with its last.
  [[nodiscard]] std::vector<Change> changes(std::uint64_t since, std::size_t count) const;
  /// The change by which a run went that is there no more; nullopt if there was none by that name, or long ago.
  [[nodiscard]] std::optional<Change> find_forgotten(std::string_view name) const;

 private:
  std::function<void()> tell_ = [] {};
  mutable std::mutex mutex_;
  std::vector<std::string> streams_;                          // guarded by mutex_, as all below
  std::map<std::string, PublishedRunPtr, std::less<>> runs_;  // by name
  std::map<std::uint64_t, Change> changes_;
  std::map<std::string, std::uint64_t, std::less<>> forgotten_;  // those changes of runs that are there no more
  std::uint64_t last_change_ = 0;
};

}  // namespace tailwater
