#include "runs/run_board.h"

#include <algorithm>
#include <utility>

#include "runs/run_json.h"

namespace tailwater {

const std::string& PublishedRun::summary() const {
  std::call_once(summary_once_, [this] { append_run(summary_, *this, RunDetail::kSummary); });
  return summary_;
}

const std::string& PublishedRun::whole() const {
  std::call_once(whole_once_, [this] { append_run(whole_, *this, RunDetail::kWhole); });
  return whole_;
}

void RunBoard::set_streams(std::vector<std::string> streams) {
  const std::lock_guard lock(mutex_);
  streams_ = std::move(streams);
}

void RunBoard::publish(Run run, PublishedRun::About about) {
  {
    const std::lock_guard lock(mutex_);
    auto made = std::make_shared<const PublishedRun>(std::move(run), std::move(about), ++last_change_);
    PublishedRunPtr& place = runs_[made->name()];
    if (place) changes_.erase(place->change());
    const auto forgotten = forgotten_.find(made->name());
    if (forgotten != forgotten_.end()) {
      changes_.erase(forgotten->second);
      forgotten_.erase(forgotten);
    }
    place = made;
    changes_.emplace(last_change_, Change{last_change_, std::move(made), {}, {}});
  }
  tell_();
}

void RunBoard::forget(const RunIdentity& identity) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(path_of(identity));
    if (found == runs_.end()) return;
    changes_.erase(found->second->change());
    runs_.erase(found);
    ++last_change_;
    changes_.emplace(last_change_, Change{last_change_, nullptr, identity.stream, identity.file});
    forgotten_[path_of(identity)] = last_change_;
    if (forgotten_.size() > kForgottenRemembered) {
      const auto oldest =
          std::find_if(changes_.begin(), changes_.end(), [](const auto& change) { return !change.second.run; });
      forgotten_.erase(oldest->second.stream + "/" + oldest->second.file);
      changes_.erase(oldest);
    }
  }
  tell_();
}

bool RunBoard::has_stream(std::string_view stream) const {
  const std::lock_guard lock(mutex_);
  return std::find(streams_.begin(), streams_.end(), stream) != streams_.end();
}

PublishedRunPtr RunBoard::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(name);
  return found == runs_.end() ? nullptr : found->second;
}

std::vector<PublishedRunPtr> RunBoard::list() const {
  std::vector<PublishedRunPtr> runs;
  const std::lock_guard lock(mutex_);
  runs.reserve(runs_.size());
  for (const auto& [name, run] : runs_) runs.push_back(run);
  return runs;
}

std::uint64_t RunBoard::last_change() const {
  const std::lock_guard lock(mutex_);
  return last_change_;
}

std::optional<RunBoard::Change> RunBoard::find_forgotten(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = forgotten_.find(name);
  return found == forgotten_.end() ? std::nullopt : std::optional(changes_.at(found->second));
}

std::vector<RunBoard::Change> RunBoard::changes(std::uint64_t since, std::size_t count) const {
  std::vector<Change> changes;
  const std::lock_guard lock(mutex_);
  for (auto at = changes_.upper_bound(since); at != changes_.end() && changes.size() < count; ++at) {
    changes.push_back(at->second);
  }
  return changes;
}

}  // namespace tailwater
