// Who may see which number. What is made of the lines of one stream is for those who may read it; what a rule without a
// stream makes of all lines is for those who may read all streams. A StreamSet says so by a name for each rule, beside
// the streams (metric_as_stream()); where it is all, everything may be seen. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/stream_set.h"

namespace tailwater {

inline constexpr std::string_view kStreamLabel = "stream";
/// Of what the daemon tells about a rule that makes metrics.
inline constexpr std::string_view kMetricLabel = "metric";

/// The name of a rule's metric in a StreamSet: none that a stream could have.
[[nodiscard]] std::string metric_as_stream(std::string_view metric);
/// In a StreamSet: also the metrics of rules that are no more.
inline constexpr std::string_view kAnyMetric = "~metric/*";

/// `stream` and `metric` are the values of these labels; empty without them.
[[nodiscard]] bool may_see_metric(const StreamSet& readable, std::string_view name, std::string_view stream,
                                  std::string_view metric);
/// The same where the labels are JSON: "name":"...","labels":{"stream":"app"},...
[[nodiscard]] bool may_see_members(const StreamSet& readable, std::string_view name, std::string_view members);
/// The same of a sample's member, "name":{"stream=app,level=info":1,...}: appends what of it may be seen. False, and
/// nothing is appended, if that is nothing.
[[nodiscard]] bool append_visible_member(const StreamSet& readable, std::string_view name, std::string_view member,
                                         std::string& out);

}  // namespace tailwater
