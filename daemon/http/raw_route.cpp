// GET /api/raw/{stream}/{file}: see history_routes.h.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "filter/parameters.h"
#include "http/event_routes.h"
#include "http/history_parameters.h"
#include "http/history_routes.h"

namespace tailwater {
namespace {

constexpr std::string_view kBytesType = "application/octet-stream";
constexpr std::string_view kLinesType = "application/x-ndjson";

/// The file that the path means; the last of several, as a page of them would show.
std::optional<FileStatus> file_of(std::span<const std::string> captures, const Request& request,
                                  const Backend& backend) {
  std::optional<FileStatus> found;
  for (FileStatus& file : backend.files(*request.caller)) {
    if (file.info->stream == captures[0] && names_file(captures[1], *file.info)) found = std::move(file);
  }
  return found;
}

/// `attachment` with the file's own name (RFC 6266); what is no plain character is left to filename*.
std::string disposition(const FileStatus& file, std::string_view suffix) {
  const std::string_view path = file.info->path;
  const std::string name = std::string(path.substr(path.rfind('/') + 1)) + std::string(suffix);
  std::string plain;
  std::string encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool harmless =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
    plain += harmless ? c : '_';
    encoded += harmless ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  if (plain == encoded) return fmt::format("attachment; filename=\"{}\"", plain);
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, encoded);
}

/// Does a field with a list of entity tags name this one (RFC 9110 section 13.1.2)?
bool names_tag(std::string_view field, std::string_view tag) {
  if (field == "*") return true;
  while (!field.empty()) {
    const std::size_t comma = std::min(field.find(','), field.size());
    std::string_view each = field.substr(0, comma);
    while (!each.empty() && (each.front() == ' ' || each.front() == '\t')) each.remove_prefix(1);
    while (!each.empty() && (each.back() == ' ' || each.back() == '\t')) each.remove_suffix(1);
    if (each.starts_with("W/")) each.remove_prefix(2);
    if (each == tag) return true;
    field.remove_prefix(std::min(comma + 1, field.size()));
  }
  return false;
}

ParameterResult<std::optional<std::uint32_t>> generation_of(const Request& request, const FileStatus& file) {
  if (values_of(request.parameters, "generation").empty()) return std::optional<std::uint32_t>();
  const auto number = number_of(request.parameters, "generation", 0, file.generation, 0);
  if (!number) return tl::unexpected(number.error());
  return std::optional(*number);
}

Outcome send_records(const Request& request, const FileStatus& file, std::optional<std::uint32_t> generation, bool json,
                     const Backend& backend) {
  constexpr std::string_view kOthers[] = {"format", "generation", "since", "until"};
  std::vector<Parameter> parameters;
  for (const Parameter& parameter : request.parameters) {
    if (parameter.name == "stream" || parameter.name == "file") {
      return problem(400, "the path says which stream and file", parameter.name);
    }
    if (parameter.name != "format") parameters.push_back(parameter);
  }
  parameters.push_back({"stream", file.info->stream});
  parameters.push_back({"file", literal_glob(file.info->path)});
  auto query = history_query(parameters, kOthers);
  if (!query) return problem(query.error());
  DownloadRequest download;
  download.selection = std::make_shared<const Selection>(std::move(*query), /*sse=*/true, request.caller->readable);
  download.generation = generation;
  download.json = json;
  const auto window = time_window(request.parameters, backend.clock->wall_now());
  if (!window) return problem(window.error());
  download.window = *window;
  TaskStart start;
  start.task = backend.download(std::move(download));
  start.content_type = json ? kLinesType : kTextType;
  start.headers.emplace_back("Content-Disposition", disposition(file, json ? ".ndjson" : ".txt"));
  return start;
}

Reply not_to_be_had(const Error& error) {
  switch (error.code) {
    case ErrorCode::kDenied: return problem(403, error.message);
    case ErrorCode::kNotFound: return problem(404, error.message);
    case ErrorCode::kGone: return problem(410, error.message);
    case ErrorCode::kUnavailable: return busy("the file is being unpacked, or descriptors are short", 2);
    case ErrorCode::kInvalid:
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal: break;
  }
  return problem(500, error.message);
}

Outcome send_bytes(const Request& request, const FileStatus& file, std::optional<std::uint32_t> generation,
                   const Backend& backend) {
  auto raw = backend.open_raw(file, generation);
  if (!raw) return not_to_be_had(raw.error());
  const std::string tag = fmt::format("\"{}.{}.{}\"", file.info->key.text(), raw->generation, raw->size);
  const auto with_tag = [&](auto answer) {
    answer.headers.emplace_back("ETag", tag);
    answer.headers.emplace_back("Accept-Ranges", "bytes");
    answer.headers.emplace_back("Cache-Control", "no-cache");
    return answer;
  };
  if (names_tag(request.field("if-none-match"), tag)) {
    Reply unchanged;
    unchanged.status = 304;
    return with_tag(std::move(unchanged));
  }
  ByteRange range{0, raw->size};
  bool partial = false;
  const std::string_view if_range = request.field("if-range");
  if (if_range.empty() || if_range == tag) {
    const auto wanted = parse_range(request.field("range"), raw->size);
    if (!wanted && wanted.error().code == ErrorCode::kInvalid) return problem(400, wanted.error().message, "Range");
    if (!wanted) {
      Reply reply = problem(416, wanted.error().message, "Range");
      reply.headers.emplace_back("Content-Range", fmt::format("bytes */{}", raw->size));
      return with_tag(std::move(reply));
    }
    partial = wanted->has_value();
    if (partial) range = **wanted;
  }
  TaskStart start;
  start.status = partial ? 206 : 200;
  start.content_type = kBytesType;
  start.length = range.to - range.from;
  if (partial) {
    start.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", range.from, range.to - 1, raw->size));
  }
  start.headers.emplace_back("Content-Disposition", disposition(file, ""));
  start.task = backend.raw(std::move(*raw), range.from, range.to);
  return with_tag(std::move(start));
}

/// The audit log hears of bytes that are given out.
Outcome recorded(Outcome outcome, const Request& request, const FileStatus& file, const Backend& backend) {
  if (std::holds_alternative<TaskStart>(outcome) && !request.is_head()) {
    backend.audit->record_stretch(
        "reading", request.caller.get(), request.address,
        {{"streams", file.info->stream}, {"file", file.info->path}, {"resource", "/api/raw"}});
  }
  return outcome;
}

}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  // Other units are not ours to understand (RFC 9110 section 14.2).
  if (field.size() < kUnit.size() || !equals_ignoring_case(field.substr(0, kUnit.size()), kUnit)) {
    return std::optional<ByteRange>();
  }
  const std::string_view spec = field.substr(kUnit.size());
  const std::size_t dash = spec.find('-');
  const auto wrong = [](std::size_t at) {
    return fail(ErrorCode::kInvalid, fmt::format("Range: one range such as bytes=0-499, bytes=500- or bytes=-500 is "
                                                 "read; the text is wrong at offset {}",
                                                 at));
  };
  if (spec.find(',') != std::string_view::npos) return wrong(kUnit.size() + spec.find(','));
  if (dash == std::string_view::npos) return wrong(field.size());
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    return parse_number<std::uint64_t>(text);
  };
  const auto last = number(last_text);
  if (!last_text.empty() && !last) return wrong(kUnit.size() + dash + 1);
  ByteRange range{0, size};
  if (first_text.empty()) {
    if (!last) return wrong(kUnit.size() + dash + 1);
    range.from = size - std::min(size, *last);
  } else {
    const auto first = number(first_text);
    if (!first) return wrong(kUnit.size());
    if (last && *last < *first) return wrong(kUnit.size() + dash + 1);
    range.from = *first;
    if (last && *last < size) range.to = *last + 1;
  }
  if (range.from >= range.to) {
    return fail(ErrorCode::kNotFound, fmt::format("the file has {} bytes: nothing of the range lies in it", size));
  }
  return std::optional(range);
}

Outcome send_raw(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  if (!is_known_stream(captures[0], request, backend)) return no_such_stream(captures[0], request, backend);
  const auto file = file_of(captures, request, backend);
  if (!file) return problem(404, fmt::format("the stream {} has no file {}", captures[0], captures[1]));
  const auto generation = generation_of(request, *file);
  if (!generation) return problem(generation.error());
  static constexpr Choice<int> kFormats[] = {{"raw", 0}, {"text", 1}, {"ndjson", 2}};
  const auto format = choice_of<int>(request.parameters, "format", kFormats, 0);
  if (!format) return problem(format.error());
  if (*format != 0)
    return recorded(send_records(request, *file, *generation, *format == 2, backend), request, *file, backend);
  constexpr std::string_view kKnown[] = {"format", "generation"};
  if (const auto unknown = unknown_parameter(request.parameters, kKnown)) {
    return problem(400, unknown->message + "; filters need format=text or format=ndjson", unknown->parameter);
  }
  return recorded(send_bytes(request, *file, *generation, backend), request, *file, backend);
}

}  // namespace tailwater
