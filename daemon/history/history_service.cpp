#include "history/history_service.h"

#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "history/histogram_task.h"
#include "history/page_task.h"
#include "history/search_task.h"

namespace tailwater {

/// Who searches. Tasks outlive their requests and may outlive the service by a turn, so they share it.
class HistoryService::Places {
 public:
  explicit Places(HistoryLimits limits) : limits_(limits) {}

  bool enter(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    std::size_t& of_caller = callers_[caller];
    // The machine's own user, who need not say who he is, is bound by the number for all.
    if (all_ >= limits_.searches || (!caller.empty() && of_caller >= limits_.searches_per_caller)) {
      if (of_caller == 0) callers_.erase(caller);
      return false;
    }
    ++of_caller;
    ++all_;
    return true;
  }
  void leave(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    --all_;
    if (--callers_[caller] == 0) callers_.erase(caller);
  }
  [[nodiscard]] std::size_t all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  const HistoryLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> callers_;  // guarded by mutex_
  std::size_t all_ = 0;                         // guarded by mutex_
};

HistoryService::HistoryService(StreamCore& core, HistoryLimits limits)
    : core_(core), places_(std::make_shared<Places>(limits)) {}

std::shared_ptr<BodyTask> HistoryService::page(PageRequest request) {
  return std::make_shared<PageTask>(core_.sources, maps_, std::move(request));
}

namespace {

/// The task, which gives its place back when the last one lets go of it.
template <typename Task, typename Places>
std::shared_ptr<BodyTask> with_place(std::unique_ptr<Task> task, std::shared_ptr<Places> places, std::string caller) {
  return std::shared_ptr<Task>(task.release(), [places = std::move(places), caller = std::move(caller)](Task* done) {
    delete done;
    places->leave(caller);
  });
}

}  // namespace

std::shared_ptr<BodyTask> HistoryService::search(const SearchRequest& request, const std::string& caller) {
  if (!places_->enter(caller)) return nullptr;
  const std::size_t lanes = core_.options.history_workers;
  return with_place(std::make_unique<SearchTask>(core_.sources, request, std::max<std::size_t>(1, lanes)), places_,
                    caller);
}

std::shared_ptr<BodyTask> HistoryService::histogram(const HistogramRequest& request, const std::string& caller) {
  if (!places_->enter(caller)) return nullptr;
  const std::size_t lanes = core_.options.history_workers;
  return with_place(std::make_unique<HistogramTask>(core_.sources, request, std::max<std::size_t>(1, lanes)), places_,
                    caller);
}

std::shared_ptr<BodyTask> HistoryService::download(DownloadRequest request) {
  return std::make_shared<DownloadTask>(core_.sources, std::move(request));
}

bool HistoryService::gives_raw(std::string_view stream) const {
  return !core_.rules.of(stream).redacts();
}

Result<RawFile> HistoryService::open_raw(const FileStatus& file, std::optional<std::uint32_t> generation) const {
  if (!gives_raw(file.info->stream)) {
    return fail(ErrorCode::kDenied,
                fmt::format("the stream {} hides secrets, which the bytes of its files would show; format=text gives "
                            "its lines with the secrets hidden",
                            file.info->stream));
  }
  RawFile raw;
  raw.file = file.info->index;
  raw.generation = generation.value_or(file.generation);
  auto bytes = core_.catalog.open(raw.file, raw.generation);
  if (!bytes) return fail(std::move(bytes.error()));
  auto size = (*bytes)->size();
  // Of a compressed file it is known once all of it has been unpacked: a part with each question.
  for (int i = 0; i < 4 && !size && size.error().code == ErrorCode::kUnavailable; ++i) size = (*bytes)->size();
  if (!size) return fail(size.error());
  raw.bytes = std::move(*bytes);
  raw.size = *size;
  return raw;
}

std::shared_ptr<BodyTask> HistoryService::raw(RawFile file, std::uint64_t from, std::uint64_t to) {
  return std::make_shared<RawTask>(core_.sources, std::move(file), from, to);
}

std::size_t HistoryService::searches() const {
  return places_->all();
}

}  // namespace tailwater
