// HistoryReader: asks a daemon for pages of its past and for searches, and reads the answers. Thread: one.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/http_stream.h"
#include "support/records_page.h"
#include "support/sse_client.h"

namespace tailwater {

[[nodiscard]] inline RecordsPage fetch_page(std::uint16_t port, const std::string& parameters) {
  const HttpReply reply = fetch(port, "/api/records?" + parameters);
  EXPECT_EQ(reply.status, 200) << parameters << "\n" << reply.body.substr(0, 500);
  return read_page(reply.body);
}

/// The IDs of all records, from the newest back to the start, page by page; in the order of the stream.
[[nodiscard]] inline std::vector<std::string> page_backwards(std::uint16_t port, const std::string& filter, int limit) {
  std::vector<std::string> ids;
  const std::string common = "limit=" + std::to_string(limit) + "&" + filter;
  RecordsPage got = fetch_page(port, common);
  while (true) {
    EXPECT_TRUE(got.json["gaps"].items().empty());
    ids.insert(ids.begin(), got.ids.begin(), got.ids.end());
    const std::string before = got.before();
    EXPECT_EQ(before.empty(), got.json["at_start"].boolean());
    if (before.empty() || testing::Test::HasFailure()) return ids;
    got = fetch_page(port, common + "&before=" + before);
  }
}

/// From behind `after` to the live end; adds to `ids`.
inline void page_forwards(std::uint16_t port, const std::string& filter, int limit, std::string after,
                          std::vector<std::string>& ids) {
  while (!after.empty() && !testing::Test::HasFailure()) {
    const RecordsPage got = fetch_page(port, "limit=" + std::to_string(limit) + "&after=" + after + "&" + filter);
    EXPECT_TRUE(got.json["gaps"].items().empty());
    ids.insert(ids.end(), got.ids.begin(), got.ids.end());
    after = got.after();
    EXPECT_EQ(after.empty(), got.json["at_end"].boolean());
  }
}

/// All that a search or a histogram says, up to its end.
[[nodiscard]] inline std::vector<SseEvent> fetch_scan(std::uint16_t port, const std::string& target) {
  SseClient client(port, target);
  EXPECT_TRUE(client.connect()) << target << "\n" << client.stream().head();
  auto events = client.read_until("end");
  EXPECT_TRUE(!events.empty() && events.back().type == "end") << target;
  return events;
}

/// The lines of the matches among these, in order.
[[nodiscard]] inline std::vector<std::string> matches_of(const std::vector<SseEvent>& events) {
  std::vector<std::string> lines;
  for (const SseEvent& event : events) {
    if (event.type == "match") lines.push_back(line_of(event));
  }
  return lines;
}

}  // namespace tailwater
