// What the parameters of GET /api/records, /api/search and /api/histogram ask for, as the plain values of history/, or
// what is wrong with them. Whether there are such streams and places is not said here. Pure.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "filter/query.h"
#include "history/history_requests.h"

namespace tailwater {

struct AskedPage {
  std::shared_ptr<const Query> query;
  PageRequest request;  ///< but for its selection
  std::string place;    ///< the parameter that says where the page is; empty if none does
};
[[nodiscard]] ParameterResult<AskedPage> asked_page(std::span<const Parameter> parameters, WallTime now);

struct AskedSearch {
  std::shared_ptr<const Query> query;
  SearchRequest request;     ///< but for its selection
  bool had_its_end = false;  ///< by the ID with which its client comes back
};
/// `last_event_id`: the header's, which wins over the parameters.
[[nodiscard]] ParameterResult<AskedSearch> asked_search(std::span<const Parameter> parameters,
                                                        std::string_view last_event_id, WallTime now);

struct AskedHistogram {
  std::shared_ptr<const Query> query;
  HistogramRequest request;  ///< but for its selection
  bool had_its_end = false;
};
[[nodiscard]] ParameterResult<AskedHistogram> asked_histogram(std::span<const Parameter> parameters,
                                                              std::string_view last_event_id, WallTime now);

/// The filters alone; `others`: what else the route takes.
[[nodiscard]] ParameterResult<std::shared_ptr<const Query>> history_query(std::span<const Parameter> parameters,
                                                                          std::span<const std::string_view> others);
/// since= and until=, and that one lies before the other.
[[nodiscard]] ParameterResult<TimeWindow> time_window(std::span<const Parameter> parameters, WallTime now);

}  // namespace tailwater
