#include "http/resource_routes.h"

#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

/// The size is what ingest saw last: asking the file system would block this thread.
void append_file(const FileStatus& file, std::string& out) {
  const bool arrived = file.last_arrival != WallTime{};
  fmt::format_to(std::back_inserter(out),
                 R"({{"key":{},"path":{},"generation":{},"size":{},"end":{},"last_arrival":{},"present":{}}})",
                 to_json(file.info->key.text()), to_json(file.info->path), file.generation, file.size, file.end,
                 arrived ? to_json(to_rfc3339(file.last_arrival)) : "null", file.present);
}

void append_stream(std::string_view name, const std::vector<FileStatus>& files, const Backend& backend,
                   std::string& out) {
  fmt::format_to(std::back_inserter(out), R"({{"name":{},"files":[)", to_json(name));
  ByteCount bytes = 0;
  bool first = true;
  for (const FileStatus& file : files) {
    if (file.info->stream != name) continue;
    if (!first) out += ',';
    first = false;
    append_file(file, out);
    bytes += file.end;
  }
  fmt::format_to(std::back_inserter(out), R"(],"readers":{},"lag_bytes":{},"bytes":{},"raw":{}}})",
                 backend.live_readers(name), backend.live_lag(name), bytes, backend.gives_raw(name));
}

}  // namespace

Outcome list_streams(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const std::vector<FileStatus> files = backend.files(*request.caller);
  std::string body = R"({"streams":[)";
  bool first = true;
  for (const std::string& name : backend.stream_names(*request.caller)) {
    if (!first) body += ',';
    first = false;
    append_stream(name, files, backend, body);
  }
  return json_reply(body + fmt::format("],\"filters_set_aside\":{}}}\n", backend.filters_set_aside()));
}

Outcome answer_health(const Request& /*request*/, std::span<const std::string> /*captures*/,
                      const Backend& /*backend*/) {
  return text_reply("ok\n");
}

Outcome answer_readiness(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const std::string reason = backend.not_ready();
  // Probes cannot sign in and need no more than this; the reasons name paths.
  if (!request.caller->signed_in()) {
    Reply bare = json_reply(reason.empty() ? "{\"ready\":true}\n" : "{\"ready\":false}\n");
    if (!reason.empty()) bare.status = 503;
    return bare;
  }
  const JournalStatus journal = backend.journal_status();
  std::string body = fmt::format(R"({{"ready":{},)", reason.empty());
  if (!reason.empty()) body += fmt::format(R"("reason":{},)", to_json(reason));
  if (backend.sandbox) body += fmt::format(R"("sandbox":{},)", to_json(backend.sandbox()));
  body += fmt::format(R"("journal":{{"persistent":{})", journal.persistent);
  if (!journal.degraded_reason.empty()) {
    body += fmt::format(R"(,"degraded_reason":{})", to_json(journal.degraded_reason));
  }
  Reply reply = json_reply(body + "}}\n");
  if (!reason.empty()) reply.status = 503;
  return reply;
}

Outcome answer_version(const Request& /*request*/, std::span<const std::string> /*captures*/, const Backend& backend) {
  return json_reply(fmt::format(R"({{"name":"tailwater","version":{}}})", to_json(backend.version)) + "\n");
}

}  // namespace tailwater
