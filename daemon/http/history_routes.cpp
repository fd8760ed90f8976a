#include "http/history_routes.h"

#include <utility>

#include <fmt/format.h>

#include "http/event_routes.h"
#include "http/history_parameters.h"
#include "http/run_routes.h"

namespace tailwater {
namespace {

constexpr int kRetryAfterSeconds = 5;
constexpr std::uint32_t kSearchRetryMs = 2000;

/// The query, narrowed to what the caller may read; 404 if it names a stream that is not there for him.
tl::expected<std::shared_ptr<const Selection>, Reply> selection_of(std::shared_ptr<const Query> query,
                                                                   const Request& request, const Backend& backend) {
  for (const std::string& stream : query->streams()) {
    if (is_known_stream(stream, request, backend)) continue;
    return tl::unexpected(no_such_stream(stream, request, backend, "stream"));
  }
  return std::make_shared<const Selection>(std::move(query), /*sse=*/true, request.caller->readable);
}

/// Bounded by who asks; nobody in particular where nobody is asked who he is.
std::string searcher(const Request& request) {
  const Caller& caller = *request.caller;
  return caller.kind == CallerKind::kLocal ? std::string() : fmt::format("{}:{}", to_text(caller.kind), caller.name);
}

/// Not for each page: who scrolls through a log asks for one after the other.
void record_reading(const Request& request, const Selection& selection, std::string_view resource,
                    const Backend& backend) {
  if (request.is_head() || !backend.audit->is_on()) return;
  const AuditedQuery query(selection.query());
  backend.audit->record_stretch("reading", request.caller.get(), request.address,
                                {{"streams", query.streams}, {"filter", query.filter}, {"resource", resource}});
}

Outcome start_events(std::shared_ptr<BodyTask> task, bool head) {
  if (!task && !head) {
    return come_back_later(
        "too many searches are under way; limits.searches and limits.searches_per_caller say how many", kSearchRetryMs);
  }
  TaskStart start;
  start.task = std::move(task);
  start.content_type = kEventStreamType;
  return start;
}

Reply gone_for_good() {
  Reply reply;
  reply.status = 204;
  return reply;
}

}  // namespace

Outcome search_history(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const auto replaced = replace_run(request, backend);
  if (!replaced) return replaced.error();
  auto asked = asked_search(replaced->parameters, request.field("last-event-id"), backend.clock->wall_now());
  if (!asked) return problem(asked.error());
  auto selection = selection_of(std::move(asked->query), request, backend);
  if (!selection) return std::move(selection.error());
  if (asked->had_its_end) return gone_for_good();
  record_reading(request, **selection, "/api/search", backend);
  asked->request.scan.selection = std::move(*selection);
  return start_events(request.is_head() ? nullptr : backend.search(asked->request, searcher(request)),
                      request.is_head());
}

Outcome count_history(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const auto replaced = replace_run(request, backend);
  if (!replaced) return replaced.error();
  auto asked = asked_histogram(replaced->parameters, request.field("last-event-id"), backend.clock->wall_now());
  if (!asked) return problem(asked.error());
  auto selection = selection_of(std::move(asked->query), request, backend);
  if (!selection) return std::move(selection.error());
  if (asked->had_its_end) return gone_for_good();
  record_reading(request, **selection, "/api/histogram", backend);
  asked->request.scan.selection = std::move(*selection);
  return start_events(request.is_head() ? nullptr : backend.histogram(asked->request, searcher(request)),
                      request.is_head());
}

Outcome answer_records(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const auto replaced = replace_run(request, backend);
  if (!replaced) return replaced.error();
  auto asked = asked_page(replaced->parameters, backend.clock->wall_now());
  if (!asked) return problem(asked.error());
  auto selection = selection_of(std::move(asked->query), request, backend);
  if (!selection) return std::move(selection.error());
  record_reading(request, **selection, "/api/records", backend);
  asked->request.selection = std::move(*selection);
  TaskStart start;
  start.task = backend.page(std::move(asked->request));
  start.whole = true;
  start.parameter = std::move(asked->place);
  return start;
}

Reply body_reply(const TaskStart& start, Result<std::string> body) {
  if (body) {
    Reply reply;
    reply.status = start.status;
    reply.content_type = start.content_type;
    reply.headers = start.headers;
    reply.body = std::move(*body);
    return reply;
  }
  const Error& error = body.error();
  switch (error.code) {
    case ErrorCode::kNotFound: return problem(404, error.message, start.parameter);
    case ErrorCode::kGone: return problem(410, error.message, start.parameter);
    case ErrorCode::kInvalid: return problem(400, error.message, start.parameter);
    case ErrorCode::kUnavailable: return busy(error.message, kRetryAfterSeconds);
    case ErrorCode::kDenied:
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal: break;
  }
  return problem(500, error.message);
}

}  // namespace tailwater
