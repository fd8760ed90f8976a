// HistoryWorld: a StreamWorld that is asked about its past: runs a task of the history workers to its end on the test's
// thread, and reads what it made as JSON.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "history/history_service.h"
#include "stream/stream_world.h"
#include "support/records_page.h"

namespace tailwater {

[[nodiscard]] inline std::shared_ptr<const Selection> selection_of(std::vector<Parameter> parameters = {}) {
  auto query = Query::parse(parameters, {});
  EXPECT_TRUE(query) << query.error().message;
  return std::make_shared<const Selection>(*query, /*sse=*/true, StreamSet::all());
}

using Page = RecordsPage;

class HistoryWorld : public StreamWorld {
 public:
  explicit HistoryWorld(Options options = roomy()) : StreamWorld(std::move(options)), service(core()) {}

  BodyTask::Output run(const std::shared_ptr<BodyTask>& task) {
    task->begin(core().workers, [] {});
    BodyTask::Output all;
    while (!all.finished) {
      while (run_worker()) {
      }
      BodyTask::Output output = task->take();
      all.bytes += output.bytes;
      all.finished = output.finished;
      all.error = output.error;
      if (!output.finished && output.bytes.empty() && !run_worker()) {
        ADD_FAILURE() << "the task rests for ever";
        break;
      }
    }
    return all;
  }

  Page page(PageRequest request, std::vector<Parameter> query = {}) {
    request.selection = selection_of(std::move(query));
    const BodyTask::Output output = run(service.page(std::move(request)));
    EXPECT_FALSE(output.error) << output.error->message;
    return read_page(output.bytes);
  }

  static PageRequest at_id(PageRequest::Place place, const std::string& id, std::uint32_t limit) {
    PageRequest request;
    request.place = place;
    request.id = parse_event_id(id)->position;
    request.limit = limit;
    return request;
  }
  static PageRequest newest(std::uint32_t limit) {
    PageRequest request;
    request.limit = limit;
    return request;
  }

  HistoryService service;
};

}  // namespace tailwater
