#include "http/run_routes.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json_text.h"
#include "filter/parameters.h"
#include "http/asset_route.h"
#include "http/event_routes.h"
#include "http/run_parameters.h"
#include "runs/run_badge.h"
#include "runs/run_reports.h"

namespace tailwater {
namespace {

constexpr std::string_view kSvgType = "image/svg+xml; charset=utf-8";
constexpr std::string_view kXmlType = "application/xml; charset=utf-8";
constexpr std::string_view kJunit = "/junit.xml";

/// The reply, or 304 for one who has it. It may be kept, but is to be asked for each time.
Reply with_tag(Reply reply, const Request& request) {
  std::string tag = fmt::format("\"{:016x}\"", fingerprint(reply.body));
  if (matches_etag(request.field("if-none-match"), tag)) {
    reply.status = 304;
    reply.body.clear();
  }
  reply.headers.emplace_back("ETag", std::move(tag));
  reply.headers.emplace_back("Cache-Control", "no-cache");
  return reply;
}

Reply typed_reply(std::string body, std::string_view type, const Request& request) {
  Reply reply;
  reply.content_type = type;
  reply.body = std::move(body);
  return with_tag(std::move(reply), request);
}

std::optional<Reply> no_parameters(const Request& request) {
  if (request.parameters.empty()) return std::nullopt;
  return problem(400, "this resource takes no parameters", request.parameters.front().name);
}

std::optional<Reply> unknown_stream(const RunFilter& filter, const Request& request, const Backend& backend) {
  for (const std::string& stream : filter.streams) {
    if (!is_known_stream(stream, request, backend)) return no_such_stream(stream, request, backend, "stream");
  }
  return std::nullopt;
}

/// Those that the caller may read and the filter takes but for their state; of each name the latest alone if that is
/// what it wants.
std::vector<PublishedRunPtr> select_runs(const RunFilter& filter, const Request& request, const Backend& backend) {
  std::vector<PublishedRunPtr> runs = backend.runs->list();
  std::erase_if(runs, [&](const PublishedRunPtr& run) {
    return !request.caller->may_read(run->run().identity.stream) || !filter.takes(run->run());
  });
  if (!filter.latest) return runs;
  std::map<std::pair<std::string_view, std::string_view>, PublishedRunPtr> latest;
  for (const PublishedRunPtr& run : runs) {
    PublishedRunPtr& place = latest[{run->run().identity.stream, run->run().identity.name}];
    if (!place || is_earlier(*place, *run)) place = run;
  }
  std::vector<PublishedRunPtr> last;
  last.reserve(latest.size());
  for (auto& [name, run] : latest) last.push_back(std::move(run));
  return last;
}

std::string counts_json(const std::vector<PublishedRunPtr>& runs) {
  std::array<std::size_t, kRunStates> counts{};
  for (const PublishedRunPtr& run : runs) ++counts[static_cast<std::size_t>(run->run().state)];
  std::string json = "{";
  for (std::size_t state = 0; state < kRunStates; ++state) {
    if (state > 0) json += ',';
    json += fmt::format("\"{}\":{}", to_text(static_cast<RunState>(state)), counts[state]);
  }
  return json + "}";
}

using Ordered = std::pair<RunOrderKey, PublishedRunPtr>;

/// The page's runs in its order; what is behind them is cut off, and said by `more`.
std::vector<Ordered> ordered(std::vector<PublishedRunPtr> runs, const RunPage& page, bool& more) {
  const auto before = [&page](const RunOrderKey& left, const RunOrderKey& right) {
    return page.descending ? right < left : left < right;
  };
  std::vector<Ordered> all;
  all.reserve(runs.size());
  for (PublishedRunPtr& run : runs) {
    RunOrderKey key = order_key(*run, page.order);
    if (!page.after || before(*page.after, key)) all.emplace_back(std::move(key), std::move(run));
  }
  const std::size_t count = std::min(page.limit, all.size());
  more = all.size() > count;
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                    [&before](const Ordered& left, const Ordered& right) { return before(left.first, right.first); });
  all.resize(count);
  return all;
}

PublishedRunPtr find_run(std::string_view stream, std::string_view file, const Backend& backend) {
  return backend.runs == nullptr ? nullptr : backend.runs->find(fmt::format("{}/{}", stream, file));
}

Reply no_such_run(std::string_view run, std::string_view parameter = {}) {
  return problem(404, fmt::format("there is no run {}", run), parameter);
}

/// Takes ".svg" or ".json" off a name; true if it is to be JSON.
bool take_ending(std::string& name) {
  for (const std::string_view ending : {".svg", ".json"}) {
    if (name.size() <= ending.size() || !name.ends_with(ending)) continue;
    name.resize(name.size() - ending.size());
    return ending == ".json";
  }
  return false;
}

/// Badges are shown on other sites' pages, which is what they are for.
Reply badge_reply(const RunBadge& badge, bool json, const Request& request) {
  Reply reply = typed_reply(json ? to_endpoint_json(badge) : to_svg(badge), json ? kJsonType : kSvgType, request);
  reply.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
  return reply;
}

ParameterResult<std::string> title_of(const Request& request) {
  const auto title = single_value(request.parameters, "title");
  if (!title) return tl::unexpected(title.error());
  return std::string(title->value_or(""));
}

std::string runs_page(const Request& request, const Backend& backend) {
  if (!backend.public_url.empty()) return backend.public_url + "/runs";
  const bool tls = backend.tls;
  return fmt::format("{}://{}{}/runs", tls ? "https" : "http", request.field("host"), backend.base_path);
}

}  // namespace

Outcome list_runs(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  const auto page = run_page(request.parameters);
  if (!page) return problem(page.error());
  if (auto refused = unknown_stream(page->filter, request, backend)) return std::move(*refused);
  if (backend.runs == nullptr) return problem(404, "this server has no runs");
  std::vector<PublishedRunPtr> runs = select_runs(page->filter, request, backend);
  const std::string counts = counts_json(runs);
  std::erase_if(runs, [&](const PublishedRunPtr& run) { return !page->filter.takes_state(run->run().state); });
  const std::size_t total = runs.size();
  bool more = false;
  const std::vector<Ordered> shown = ordered(std::move(runs), *page, more);
  std::string body = R"({"runs":[)";
  for (const auto& [key, run] : shown) {
    if (body.back() != '[') body += ',';
    body += page->whole ? run->whole() : run->summary();
  }
  body += fmt::format("],\"next\":{},\"total\":{},\"counts\":{}}}\n",
                      more ? to_json(cursor_of(shown.back().first)) : "null", total, counts);
  return with_tag(json_reply(std::move(body)), request);
}

Outcome tell_run(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  const std::string& stream = captures[0];
  if (!is_known_stream(stream, request, backend)) return no_such_stream(stream, request, backend);
  if (auto refused = no_parameters(request)) return std::move(*refused);
  std::string file = captures[1];
  if (const auto run = find_run(stream, file, backend)) return with_tag(json_reply(run->whole() + "\n"), request);
  if (file.size() > kJunit.size() && file.ends_with(kJunit)) {
    file.resize(file.size() - kJunit.size());
    if (const auto run = find_run(stream, file, backend)) return typed_reply(junit_xml(*run), kXmlType, request);
  }
  return no_such_run(fmt::format("{}/{}", stream, file));
}

Outcome draw_badge(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  const std::string& stream = captures[0];
  if (!is_known_stream(stream, request, backend)) return no_such_stream(stream, request, backend);
  constexpr std::string_view kKnown[] = {"title"};
  if (auto wrong = unknown_parameter(request.parameters, kKnown)) return problem(*wrong);
  const auto title = title_of(request);
  if (!title) return problem(title.error());
  std::string file = captures[1];
  const bool json = take_ending(file);
  const auto run = find_run(stream, file, backend);
  if (!run) return no_such_run(fmt::format("{}/{}", stream, file));
  return badge_reply(badge_of(run.get(), *title), json, request);
}

Outcome draw_latest_badge(const Request& request, std::span<const std::string> captures, const Backend& backend) {
  std::string stream = captures[0];
  const bool json = take_ending(stream);
  if (!is_known_stream(stream, request, backend)) return no_such_stream(stream, request, backend);
  constexpr std::string_view kKnown[] = {"state", "name", "label", "title"};
  if (auto wrong = unknown_parameter(request.parameters, kKnown)) return problem(*wrong);
  const auto title = title_of(request);
  if (!title) return problem(title.error());
  auto filter = run_filter(request.parameters);
  if (!filter) return problem(filter.error());
  filter->streams = {stream};
  PublishedRunPtr latest;
  if (backend.runs != nullptr) {
    for (const PublishedRunPtr& run : select_runs(*filter, request, backend)) {
      if (filter->takes_state(run->run().state) && (!latest || is_earlier(*latest, *run))) latest = run;
    }
  }
  return badge_reply(badge_of(latest.get(), title->empty() && !latest ? stream : *title), json, request);
}

Outcome tell_build_monitors(const Request& request, std::span<const std::string> /*captures*/, const Backend& backend) {
  constexpr std::string_view kKnown[] = {"stream", "name", "label"};
  if (auto wrong = unknown_parameter(request.parameters, kKnown)) return problem(*wrong);
  const auto filter = run_filter(request.parameters);
  if (!filter) return problem(filter.error());
  if (auto refused = unknown_stream(*filter, request, backend)) return std::move(*refused);
  if (backend.runs == nullptr) return problem(404, "this server has no runs");
  return typed_reply(cctray_xml(select_runs(*filter, request, backend), runs_page(request, backend)), kXmlType,
                     request);
}

std::string run_named_by(std::span<const Parameter> parameters, const Query& query, const Backend& backend) {
  const auto files = values_of(parameters, "file");
  if (backend.runs == nullptr || query.streams().size() != 1 || files.size() != 1) return {};
  if (files.front().find_first_of("*?[]{}\\!") != std::string_view::npos) return {};
  std::string named;
  for (const PublishedRunPtr& run : backend.runs->list()) {
    const RunIdentity& identity = run->run().identity;
    if (!query.selects(identity.stream, run->about().path)) continue;
    if (!named.empty()) return {};
    named = run->name();
  }
  return named;
}

tl::expected<RunParameters, Reply> replace_run(const Request& request, const Backend& backend) {
  RunParameters replaced;
  const auto given = single_value(request.parameters, "run");
  if (!given) return tl::unexpected(problem(given.error()));
  if (!*given) {
    replaced.parameters = request.parameters;
    return replaced;
  }
  for (const Parameter& parameter : request.parameters) {
    if (parameter.name == "stream" || parameter.name == "file") {
      return tl::unexpected(problem(400, "run names a stream and a file already", parameter.name));
    }
    if (parameter.name != "run") replaced.parameters.push_back(parameter);
  }
  const auto run = backend.runs == nullptr ? nullptr : backend.runs->find(**given);
  if (!run || !request.caller->may_read(run->run().identity.stream)) {
    return tl::unexpected(no_such_run(**given, "run"));
  }
  replaced.run = run->name();
  replaced.parameters.push_back({"stream", run->run().identity.stream});
  replaced.parameters.push_back({"file", literal_glob(run->about().path)});
  return replaced;
}

}  // namespace tailwater
