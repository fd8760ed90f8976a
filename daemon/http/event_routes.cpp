#include "http/event_routes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/run_routes.h"

namespace tailwater {
namespace {

/// Has the client been given the end of this run, and is it still over?
bool is_over(const std::string& run, const StartRequest& start, const Backend& backend) {
  if (run.empty()) return false;
  const auto id = parse_event_id(start.last_event_id);
  if (!id || !id->ended) return false;
  const auto found = backend.runs->find(run);
  return found && found->about().ended_with;
}

/// The parameters as a stream to begin, or what is wrong with them.
Outcome start_stream(const std::vector<Parameter>& parameters, const Request& request, const Backend& backend, bool sse,
                     std::string run = {}) {
  auto query = Query::parse(parameters, kStartParameters);
  if (!query) return problem(query.error());
  auto start =
      start_request(parameters, request.field("last-event-id"), request.asked.value_or(backend.clock->wall_now()));
  if (!start) return problem(start.error());
  const bool wants_runs = sse && (*query)->wants_runs();
  if (!wants_runs) run.clear();
  if (wants_runs && run.empty()) run = run_named_by(parameters, **query, backend);
  // EventSource would retry a stream that ended, for ever; 204 alone tells it to stop (HTML, section 9.2.3).
  if (sse && (backend.ended(*start) || is_over(run, *start, backend))) {
    Reply reply;
    reply.status = 204;
    return reply;
  }
  for (const std::string& stream : (*query)->streams()) {
    if (!is_known_stream(stream, request, backend)) {
      return no_such_stream(stream, request, backend, sse ? "stream" : "");
    }
  }
  bool changes_alone = false;
  if (wants_runs && !(*query)->wants_logs() && !(*query)->wants_metrics()) {
    // There is nothing to be read of what was: runs tell how they stand, unless none of that is wanted.
    changes_alone =
        start->kind == StartRequest::Kind::kEnd || (start->kind == StartRequest::Kind::kTail && start->tail == 0);
    start->kind = StartRequest::Kind::kEnd;
    start->last_event_id.clear();
  }
  StreamStart begin;
  begin.subscription.query = std::move(*query);
  begin.subscription.start = std::move(*start);
  begin.subscription.sse = sse;
  begin.subscription.readable = request.caller->readable;
  begin.subscription.only_run = std::move(run);
  begin.subscription.changes_alone = changes_alone;
  begin.content_type = sse ? kEventStreamType : kTextType;
  return begin;
}

/// The caller's parameters without those that the path has taken.
ParameterResult<std::vector<Parameter>> tail_parameters(const Request& request, const std::string& stream) {
  constexpr std::string_view kTaken[] = {"stream", "file", "format"};
  std::vector<Parameter> parameters;
  for (const Parameter& parameter : request.parameters) {
    for (const std::string_view taken : kTaken) {
      if (parameter.name != taken) continue;
      return tl::unexpected<ParameterError>(ParameterError{
          parameter.name, "/tail/STREAM/FILE says it in its path and is always raw; /api/events takes this parameter"});
    }
    parameters.push_back(parameter);
  }
  parameters.push_back({"stream", stream});
  parameters.push_back({"format", "raw"});
  return parameters;
}

}  // namespace

bool is_known_stream(std::string_view stream, const Request& request, const Backend& backend) {
  const auto names = backend.stream_names(*request.caller);
  return std::find(names.begin(), names.end(), stream) != names.end();
}

Reply no_such_stream(std::string_view stream, const Request& request, const Backend& backend,
                     std::string_view parameter) {
  if (request.caller->kind != CallerKind::kLocal) {
    backend.audit->record("refusal", request.caller.get(), request.address, {{"status", "404"}, {"stream", stream}});
  }
  return problem(404, fmt::format("there is no stream {}", stream), parameter);
}

AuditedQuery::AuditedQuery(const Query& query)
    : streams(query.streams().empty() ? "*" : fmt::to_string(fmt::join(query.streams(), ","))),
      filter(fmt::format("{:016x}", fingerprint(query.key()))) {}

bool names_file(std::string_view name, const FileInfo& file) {
  if (name == file.key.text()) return true;
  const std::string_view path = file.path;
  if (path.size() < name.size() || path.substr(path.size() - name.size()) != name) return false;
  return path.size() == name.size() || path[path.size() - name.size() - 1] == '/';
}

std::string literal_glob(std::string_view path) {
  std::string glob;
  for (const char c : path) {
    if (std::string_view("*?[]{}\\,!").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

Outcome stream_events(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  for (const Parameter& parameter : request.parameters) {
    if (parameter.name == "format" && parameter.value == "raw") {
      return problem(400, "raw lines are at /tail/STREAM; events are json or text", "format");
    }
  }
  auto replaced = replace_run(request, backend);
  if (!replaced) return std::move(replaced.error());
  return start_stream(replaced->parameters, request, backend, /*sse=*/true, std::move(replaced->run));
}

Outcome tail_stream(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  if (!is_known_stream(captures[0], request, backend)) return no_such_stream(captures[0], request, backend);
  const auto parameters = tail_parameters(request, captures[0]);
  if (!parameters) return problem(parameters.error());
  return start_stream(*parameters, request, backend, /*sse=*/false);
}

Outcome tail_file(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  const std::string& stream = captures[0];
  const std::string& name = captures[1];
  if (!is_known_stream(stream, request, backend)) return no_such_stream(stream, request, backend);
  auto parameters = tail_parameters(request, stream);
  if (!parameters) return problem(parameters.error());
  bool found = false;
  for (const FileStatus& file : backend.files(*request.caller)) {
    if (file.info->stream != stream || !names_file(name, *file.info)) continue;
    parameters->push_back({"file", literal_glob(file.info->path)});
    found = true;
  }
  if (!found) return problem(404, fmt::format("the stream {} has no file {}", stream, name));
  return start_stream(*parameters, request, backend, /*sse=*/false);
}

Reply come_back_later(std::string_view why, std::uint32_t retry_ms) {
  Reply reply;
  reply.content_type = kEventStreamType;
  reply.body = fmt::format("retry: {}\n: {}\n\n", retry_ms, why);
  reply.headers.emplace_back("Cache-Control", "no-store, no-transform");
  reply.compressible = false;
  reply.close = true;
  return reply;
}

}  // namespace tailwater
