// A `lines` event as the `log` events that it stands for: same data, same IDs, same order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/sse_parser.h"

namespace tailwater {

/// `lines` events taken apart, others as they are. What is not as it should be is an event of type "broken".
[[nodiscard]] inline std::vector<SseEvent> expand_lines(const SseEvent& event) {
  if (event.type != "lines") return {event};
  constexpr std::string_view kHead = "{\"id\":\"";
  std::vector<SseEvent> records;
  const std::string_view data = event.data;
  const SseEvent broken{"broken", event.data, event.id, event.own_id};
  if (data.size() < 2 || data.front() != '[' || data.back() != ']') return {broken};
  // A quote inside a string is escaped, so this text begins an object and nothing else.
  for (std::size_t at = data.find(kHead, 1); at != std::string_view::npos;) {
    const std::size_t next = data.find(",{\"id\":\"", at);
    const std::string_view item = data.substr(at, (next == std::string_view::npos ? data.size() - 1 : next) - at);
    const std::size_t id_end = item.find("\",", kHead.size());
    if (item.back() != '}' || id_end == std::string_view::npos) return {broken};
    records.push_back({"log", "{" + std::string(item.substr(id_end + 2)),
                       std::string(item.substr(kHead.size(), id_end - kHead.size())), true});
    at = next == std::string_view::npos ? next : next + 1;
  }
  if (records.empty() || records.back().id != event.id) return {broken};
  return records;
}

}  // namespace tailwater
