#include "http/ingest_routes.h"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json_text.h"
#include "http/browser_rules.h"
#include "http/event_routes.h"
#include "http/run_parameters.h"

namespace tailwater {
namespace {

constexpr const char* kOffsetField = "Upload-Offset";

Reply reply_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalid: return problem(400, error.message);
    case ErrorCode::kNotFound: return problem(404, error.message);
    case ErrorCode::kDenied:
    case ErrorCode::kGone:
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal: break;
  }
  return busy(error.message, /*retry_after_seconds=*/5);
}

Reply offset_reply(Reply reply, std::uint64_t offset) {
  reply.headers.emplace_back(kOffsetField, fmt::format("{}", offset));
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

Reply with_offset(const IngestRequest& asked, const IngestAnswer& answer) {
  return offset_reply(
      json_reply(fmt::format("{{\"stream\":{},\"name\":{},\"offset\":{}{}}}\n", to_json(asked.stream),
                             to_json(asked.name), answer.offset, answer.takes_marks ? ",\"parse\":\"cri\"" : "")),
      answer.offset);
}

/// Why this caller may not push to the stream; what he may not read does not exist for him.
std::optional<Reply> refusal(const Request& request, const std::string& stream, const Backend& backend) {
  if (request.caller->may_write(stream)) return std::nullopt;
  if (!request.caller->may_read(stream)) return no_such_stream(stream, request, backend);
  backend.audit->record("refusal", request.caller.get(), request.address, {{"status", "403"}, {"stream", stream}});
  return problem(403, fmt::format("you may not push to {}; its `writers` say who may", stream));
}

/// What the parameters say of a run; only where the stream's files are runs.
tl::expected<RunCall, Reply> call_of(const Request& request, const std::string& stream, const Backend& backend) {
  if (request.parameters.empty()) return RunCall();
  if (!is_writing(request.method)) {
    return tl::unexpected(
        problem(400, "asked for the offset, it takes no parameters", request.parameters.front().name));
  }
  auto call = run_call(request.parameters);
  if (!call) return tl::unexpected(problem(call.error()));
  if (backend.runs != nullptr && backend.runs->has_stream(stream)) return std::move(*call);
  return tl::unexpected(problem(400, fmt::format("the files of {} are no runs: give it a [[runs]]", stream),
                                request.parameters.front().name));
}

Outcome ingest(const Request& request, std::span<const std::string> captures, const Backend& backend,
               std::optional<std::uint64_t> offset, bool look_only) {
  if (auto refused = refusal(request, captures[0], backend)) return std::move(*refused);
  auto call = call_of(request, captures[0], backend);
  if (!call) return std::move(call.error());
  const IngestRequest asked{captures[0], captures[1], offset, request.body, look_only, std::move(*call)};
  const auto answer = backend.ingest(asked);
  if (!answer) return reply_of(answer.error());
  // The first bytes of an upload, and each POST: what follows them is the same publication.
  if (answer->appended && offset.value_or(0) == 0) {
    backend.audit->record("publication", request.caller.get(), request.address,
                          {{"stream", asked.stream}, {"name", asked.name}});
  }
  if (const auto state = asked.call.meant_state(); answer->appended && state) {
    backend.audit->record("run", request.caller.get(), request.address,
                          {{"stream", asked.stream}, {"name", asked.name}, {"state", to_text(*state)}});
  }
  if (look_only || answer->appended) return with_offset(asked, *answer);
  return offset_reply(
      problem(409, fmt::format("{} bytes are there, and not {}: go on from there", answer->offset, offset.value_or(0))),
      answer->offset);
}

}  // namespace

Outcome append_lines(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  if (request.head->has(kOffsetField))
    return problem(400, "Upload-Offset goes with PATCH; POST appends whatever is there");
  return ingest(request, captures, backend, std::nullopt, /*look_only=*/false);
}

Outcome append_at_offset(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  const auto offset = parse_number<std::uint64_t>(request.field("upload-offset"));
  if (!offset) {
    return problem(400, "PATCH needs an Upload-Offset: how many bytes of it are here already (HEAD tells; 0 at first)");
  }
  return ingest(request, captures, backend, offset, /*look_only=*/false);
}

Outcome tell_upload_offset(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  return ingest(request, captures, backend, std::nullopt, /*look_only=*/true);
}

}  // namespace tailwater
