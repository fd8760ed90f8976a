// A query string, a Last-Event-ID and a Range field from anybody, a line each: a page, a search, a histogram and bytes
// inside their limits, or an error that names the parameter in words that are safe to show.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "http/history_parameters.h"
#include "http/history_routes.h"
#include "http/request.h"

namespace {

using tailwater::HistogramRequest;
using tailwater::PageRequest;
using tailwater::Parameter;
using tailwater::SearchRequest;

const tailwater::WallTime kNow(tailwater::Milliseconds(1'800'000'000'000));

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_line(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  return line;
}

void require_showable(const tailwater::ParameterError& error, std::span<const Parameter> parameters) {
  require(!error.message.empty() && error.message.size() < 1000);
  require(tailwater::valid_utf8_prefix(error.message) == error.message.size());
  require(std::none_of(error.message.begin(), error.message.end(), [](char c) { return c >= 0 && c < 0x20; }));
  require(std::any_of(parameters.begin(), parameters.end(),
                      [&](const Parameter& parameter) { return parameter.name == error.parameter; }));
}

void require_in_order(const tailwater::TimeWindow& window) {
  require(!window.since || !window.until || *window.since <= *window.until);
}

void check_page(std::span<const Parameter> parameters) {
  const auto asked = tailwater::asked_page(parameters, kNow);
  if (!asked) return require_showable(asked.error(), parameters);
  const PageRequest& page = asked->request;
  require(asked->query && page.limit >= 1 && page.limit <= PageRequest::kMaxLimit);
  require(page.fraction >= 0 && page.fraction <= 1);
  require(asked->place.empty() == (page.place == PageRequest::Place::kNewest));
}

void check_search(std::span<const Parameter> parameters, std::string_view last_event_id) {
  const auto asked = tailwater::asked_search(parameters, last_event_id, kNow);
  if (!asked) return require_showable(asked.error(), parameters);
  const SearchRequest& search = asked->request;
  require(asked->query && search.limit >= 1 && search.limit <= SearchRequest::kMaxLimit);
  require(search.context <= SearchRequest::kMaxContext);
  require_in_order(search.scan.window);
  require(search.scan.from || !asked->had_its_end);
}

void check_histogram(std::span<const Parameter> parameters, std::string_view last_event_id) {
  const auto asked = tailwater::asked_histogram(parameters, last_event_id, kNow);
  if (!asked) return require_showable(asked.error(), parameters);
  require(asked->query && asked->request.buckets >= 1 && asked->request.buckets <= HistogramRequest::kMaxBuckets);
  require_in_order(asked->request.scan.window);
}

void check_range(std::string_view field, std::uint64_t size) {
  const auto range = tailwater::parse_range(field, size);
  if (!range) {
    require(!range.error().message.empty());
  } else if (*range) {
    require((*range)->from < (*range)->to && (*range)->to <= size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view query = take_line(input);
  const std::string_view last_event_id = take_line(input);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, UINT64_MAX}) {
    check_range(input, bytes);
  }
  const auto parameters = tailwater::decode_parameters(query);
  if (!parameters) return 0;
  check_page(*parameters);
  check_search(*parameters, last_event_id);
  check_histogram(*parameters, last_event_id);
  return 0;
}
