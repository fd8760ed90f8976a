// HistoryService: what clients may ask of the past, as tasks for the history workers. Any thread; what it makes and it
// itself must not outlive the core.
#pragma once

#include <memory>

#include "history/byte_map.h"
#include "history/history_requests.h"
#include "stream/body_task.h"
#include "stream/stream_core.h"

namespace tailwater {

class HistoryService {
 public:
  explicit HistoryService(StreamCore& core);
  HistoryService(const HistoryService&) = delete;
  HistoryService& operator=(const HistoryService&) = delete;

  [[nodiscard]] std::shared_ptr<BodyTask> page(PageRequest request);

 private:
  StreamCore& core_;
  ByteMaps maps_;
};

}  // namespace tailwater
