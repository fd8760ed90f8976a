// Any parameters, a `name=value` a line, then an empty line and a record: a query that does not mind their order, or an
// error in words that are safe to show.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "filter/query.h"

namespace {

using tailwater::Parameter;
using tailwater::Query;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_showable(const tailwater::ParameterError& error) {
  require(!error.message.empty() && error.message.size() < 1000);
  require(tailwater::valid_utf8_prefix(error.message) == error.message.size());
  require(std::none_of(error.message.begin(), error.message.end(), [](char c) { return c >= 0 && c < 0x20; }));
}

std::vector<Parameter> read_parameters(std::string_view& input) {
  std::vector<Parameter> parameters;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    if (line.empty()) break;
    const std::size_t equals = std::min(line.find('='), line.size());
    parameters.push_back(
        {std::string(line.substr(0, equals)), std::string(line.substr(std::min(equals + 1, line.size())))});
  }
  return parameters;
}

void check_query(std::vector<Parameter> parameters, std::string_view record) {
  const auto query = Query::parse(parameters, tailwater::kStartParameters);
  std::reverse(parameters.begin(), parameters.end());
  const auto reversed = Query::parse(parameters, tailwater::kStartParameters);
  require(query.has_value() == reversed.has_value());
  if (!query) return require_showable(query.error());
  require((*query)->key() == (*reversed)->key());
  require((*query)->selects("web", "/var/log/app.log") == (*reversed)->selects("web", "/var/log/app.log"));
  const tailwater::RecordFacts facts(record, tailwater::WallTime{});
  const bool matches = (*query)->matches(facts);
  require(matches == (*reversed)->matches(facts));
  if (matches) require(record.find((*query)->required_literal()) != std::string_view::npos);
  if ((*query)->passes_everything()) require(matches);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<Parameter> parameters = read_parameters(input);
  check_query(parameters, input);
  const tailwater::WallTime now(tailwater::Milliseconds(1'800'000'000'000));
  const auto start = tailwater::start_request(parameters, {}, now);
  if (!start) {
    require_showable(start.error());
  } else {
    require(start->tail <= tailwater::StartRequest::kMaxTail);
    require(start->since.has_value() == (start->kind == tailwater::StartRequest::Kind::kSince));
  }
  return 0;
}
