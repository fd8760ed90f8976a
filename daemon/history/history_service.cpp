#include "history/history_service.h"

#include <utility>

#include "history/page_task.h"

namespace tailwater {

HistoryService::HistoryService(StreamCore& core) : core_(core) {}

std::shared_ptr<BodyTask> HistoryService::page(PageRequest request) {
  return std::make_shared<PageTask>(core_.sources, maps_, std::move(request));
}

}  // namespace tailwater
