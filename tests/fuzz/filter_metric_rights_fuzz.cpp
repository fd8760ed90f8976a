// A line of the sample spool, damaged or not, for somebody who may not read every stream: what he is shown is a part of
// it, and never what tells of another stream or of another's rule.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "filter/metric_rights.h"
#include "filter/sample_line.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kReadable = tailwater::StreamSet::of({"app", tailwater::metric_as_stream("hits")});
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static_cast<void>(tailwater::may_see_members(kReadable, "tailwater.log.lines", line));
  const auto sample = tailwater::read_sample_line(line);
  std::string_view metrics = sample ? sample->metrics : line;
  std::string_view name;
  std::string_view member;
  while (tailwater::take_metric(metrics, name, member)) {
    std::string shown;
    require(tailwater::append_visible_member(kReadable, name, member, shown) != shown.empty());
    require(shown.size() <= member.size());
    if (shown.empty()) continue;
    require(shown.back() == '}' && shown.substr(1, name.size()) == name);
    require(name == "hits" || name == "hits.sum" || name == "hits.count" || name.find('.') != std::string_view::npos);
    if (name.substr(0, 10) == "tailwater.") require(shown.find("\"stream=vault\"") == std::string::npos);
  }
  return 0;
}
