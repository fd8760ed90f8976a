// RunStore: the runs on disk: a log of checksummed records, of which the last one of each run holds. When more than
// half of it is out of date it is written anew beside itself and put in place by a rename, so its size is bounded by
// what the runs need, and a kill at any instant leaves what was there before. Thread: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "runs/run_record.h"

namespace tailwater {

class RunStore {
 public:
  /// A longer one is taken for damage.
  static constexpr std::uint32_t kMaxRecordBytes = 16U << 20;

  /// `directory` is made where it is missing; its parent exists. A damaged end is cut off, which `warning` then says.
  [[nodiscard]] static Result<std::unique_ptr<RunStore>> open(const std::string& directory);

  /// What was there when it was opened; once.
  [[nodiscard]] std::vector<StoredRun> take_runs() { return std::move(loaded_); }
  [[nodiscard]] const std::string& warning() const { return warning_; }

  /// With `durable` it is on the disk when this returns.
  [[nodiscard]] Result<void> put(const StoredRun& run, bool durable);
  [[nodiscard]] Result<void> remove(const std::string& stream, const std::string& file);
  [[nodiscard]] bool wants_rewriting() const { return size_ > 2 * live_ + kSlackBytes; }
  /// `each` calls its argument for every run that there is.
  using Write = std::function<void(const StoredRun&)>;
  [[nodiscard]] Result<void> rewrite(const std::function<void(const Write&)>& each);
  [[nodiscard]] ByteCount bytes() const { return size_; }

 private:
  static constexpr ByteCount kSlackBytes = 4U << 20;

  explicit RunStore(std::string directory) : directory_(std::move(directory)) {}
  Result<void> load();
  Result<void> append(std::string_view payload);
  void note(const std::string& name, ByteCount bytes);
  [[nodiscard]] std::string path() const { return directory_ + "/runs.log"; }

  const std::string directory_;
  UniqueFd fd_;
  ByteCount size_ = 0;
  ByteCount live_ = 0;
  std::map<std::string, ByteCount> records_;  // of each run, by its name
  std::vector<StoredRun> loaded_;
  std::string warning_;
};

}  // namespace tailwater
