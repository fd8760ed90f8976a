// RuleTable: how each stream's records are cut, and what is to be hidden in single files of it. The rules are replaced
// whole by a reload; read by the ingest thread and the history workers. Thread: any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "filter/record_splitter.h"
#include "stream/announced_secrets.h"
#include "stream/stage_source.h"
#include "stream/stream_service.h"

namespace tailwater {

class RuleTable {
 public:
  using Rules = std::vector<StreamRules>;
  explicit RuleTable(Rules rules) : rules_(std::make_shared<const Rules>(std::move(rules))) {}

  void set(Rules rules) {
    auto fresh = std::make_shared<const Rules>(std::move(rules));
    const std::lock_guard lock(mutex_);
    rules_.swap(fresh);
  }
  [[nodiscard]] std::shared_ptr<const Rules> get() const {
    const std::lock_guard lock(mutex_);
    return rules_;
  }
  /// The defaults for a stream that has none: its files may outlive its configuration.
  [[nodiscard]] RecordRules of(std::string_view stream) const {
    const auto rules = get();
    for (const StreamRules& each : *rules) {
      if (each.name == stream) return each.records;
    }
    return {};
  }

  /// For whoever reads a file whose rules have masks.
  [[nodiscard]] AnnouncedSecrets& announced() const { return announced_; }

  /// Before ingest and clients begin; it outlives the workers. Null: nobody knows of stages.
  void set_stages(StageSource* stages) { stages_.store(stages, std::memory_order_release); }
  /// For whoever shows a file whose rules have masks: such a file is a run.
  [[nodiscard]] StageSource* stages() const { return stages_.load(std::memory_order_acquire); }

 private:
  mutable AnnouncedSecrets announced_;  // has a mutex of its own
  std::atomic<StageSource*> stages_{nullptr};
  mutable std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;  // guarded by mutex_
};

}  // namespace tailwater
