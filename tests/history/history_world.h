// HistoryWorld: a StreamWorld that is asked about its past: runs a task of the history workers to its end on the test's
// thread, and reads what it made as JSON.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "history/history_service.h"
#include "stream/stream_world.h"
#include "support/json_value.h"

namespace tailwater {

[[nodiscard]] inline std::shared_ptr<const Selection> selection_of(std::vector<Parameter> parameters = {}) {
  auto query = Query::parse(parameters, {});
  EXPECT_TRUE(query) << query.error().message;
  return std::make_shared<const Selection>(*query, /*sse=*/true, StreamSet::all());
}

struct Page {
  std::vector<std::string> ids;
  std::vector<std::string> lines;
  JsonValue json;
  [[nodiscard]] std::string before() const { return json["before"].text(); }
  [[nodiscard]] std::string after() const { return json["after"].text(); }
};

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
    Page page;
    auto json = JsonValue::parse(output.bytes);
    EXPECT_TRUE(json) << output.bytes.substr(0, 500);
    if (!json) return page;
    page.json = std::move(*json);
    for (const JsonValue& record : page.json["records"].items()) {
      page.ids.push_back(record["id"].text());
      page.lines.push_back(record["line"].text());
    }
    return page;
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
