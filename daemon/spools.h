// Spools: the streams to which lines can be pushed, each with its folder in the state directory. Joins their
// configuration, the files (source/) and the requests (http/). configure() on the main thread, the rest on any.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/configuration.h"
#include "http/ingest_request.h"
#include "source/spool_store.h"

namespace tailwater {

class Spools {
 public:
  /// `state_directory` empty: there is no place for what is pushed, and each push is told so. `clock` outlives it.
  Spools(const std::string& state_directory, const Clock& clock);

  void configure(const std::vector<StreamConfig>& streams);
  /// What the stream follows of what was pushed to it; nullopt if nothing can be.
  [[nodiscard]] std::optional<std::string> pattern(const StreamConfig& stream) const;
  [[nodiscard]] Result<IngestAnswer> ingest(const IngestRequest& request);
  /// Removes what is too old or too much.
  void enforce();
  /// Removes what was pushed under a name.
  void remove(const std::string& stream, const std::string& name);
  /// Where what is pushed to the stream is kept; empty if nothing can be.
  [[nodiscard]] std::string folder_of(const StreamConfig& stream) const;

  [[nodiscard]] std::uint64_t bytes_pushed() const { return bytes_pushed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t pushes_refused() const { return pushes_refused_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] Result<IngestAnswer> append(SpoolStore& store, const IngestRequest& request);

  const std::string folder_;
  const Clock& clock_;
  std::atomic<std::uint64_t> bytes_pushed_{0};
  std::atomic<std::uint64_t> pushes_refused_{0};
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<SpoolStore>> stores_;  // guarded by mutex_, of each stream that takes pushes
  std::set<std::string> take_marks_;                           // guarded by mutex_, those that unwrap marked lines
};

}  // namespace tailwater
