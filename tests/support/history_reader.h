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
