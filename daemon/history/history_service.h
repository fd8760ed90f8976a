// HistoryService: what clients may ask of the past, as tasks for the history workers. Any thread; what it makes and it
// itself must not outlive the core.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "history/byte_map.h"
#include "history/download_task.h"
#include "history/history_requests.h"
#include "stream/body_task.h"
#include "stream/stream_core.h"

namespace tailwater {

struct HistoryLimits {
  std::size_t searches = 8;             ///< searches and histograms at the same time, in all
  std::size_t searches_per_caller = 4;  ///< and for one who has signed in, or for all who have not
};

class HistoryService {
 public:
  explicit HistoryService(StreamCore& core, HistoryLimits limits = {});
  HistoryService(const HistoryService&) = delete;
  HistoryService& operator=(const HistoryService&) = delete;

  [[nodiscard]] std::shared_ptr<BodyTask> page(PageRequest request);
  /// Null if too many searches are under way, in all or for this caller.
  [[nodiscard]] std::shared_ptr<BodyTask> search(const SearchRequest& request, const std::string& caller);
  [[nodiscard]] std::shared_ptr<BodyTask> histogram(const HistogramRequest& request, const std::string& caller);
  [[nodiscard]] std::shared_ptr<BodyTask> download(DownloadRequest request);
  /// Are the bytes of the stream's files given out as they are? Not where secrets are hidden from readers.
  [[nodiscard]] bool gives_raw(std::string_view stream) const;
  /// A generation's bytes, or why they are not to be had; kDenied where the stream hides secrets. May wait for a disk.
  [[nodiscard]] Result<RawFile> open_raw(const FileStatus& file, std::optional<std::uint32_t> generation) const;
  [[nodiscard]] std::shared_ptr<BodyTask> raw(RawFile file, std::uint64_t from, std::uint64_t to);

  /// Searches and histograms under way.
  [[nodiscard]] std::size_t searches() const;

 private:
  class Places;
  struct Place;

  StreamCore& core_;
  ByteMaps maps_;
  std::shared_ptr<Places> places_;
};

}  // namespace tailwater
