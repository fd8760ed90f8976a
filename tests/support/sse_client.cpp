// Following an event stream over one connection after another.
#include "support/sse_client.h"

#include <algorithm>
#include <iterator>

namespace tailwater {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

bool SseClient::connect(Milliseconds limit) {
  disconnect();
  HttpRequest request;
  request.target = target_;
  request.headers = headers_;
  request.headers.push_back("Accept: text/event-stream");
  if (!last_event_id().empty()) request.headers.push_back("Last-Event-ID: " + last_event_id());
  return stream_.open(port_, request, limit) && stream_.status() == 200 &&
         stream_.header("content-type").rfind("text/event-stream", 0) == 0;
}

void SseClient::disconnect() {
  stream_.close();
  parser_.disconnect();
}

void SseClient::pump(std::size_t wire_bytes, Milliseconds limit) {
  parser_.feed(stream_.read(limit, wire_bytes));
}

std::optional<SseEvent> SseClient::next(Milliseconds limit) {
  const auto deadline = Steady::now() + limit;
  while (events_.empty()) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Steady::now());
    if (at_end() || left.count() <= 0) return std::nullopt;
    pump(256 << 10, left);
  }
  SseEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<SseEvent> SseClient::next(const std::string& type, Milliseconds limit) {
  const std::vector<SseEvent> events = read_until(type, limit);
  if (events.empty() || events.back().type != type) return std::nullopt;
  return events.back();
}

std::vector<SseEvent> SseClient::read_until(const std::function<bool(const SseEvent&)>& last, Milliseconds limit) {
  const auto deadline = Steady::now() + limit;
  std::vector<SseEvent> events;
  while (auto event = next(std::chrono::ceil<Milliseconds>(deadline - Steady::now()))) {
    events.push_back(std::move(*event));
    if (last(events.back())) break;
  }
  return events;
}

std::string line_of(const SseEvent& event) {
  const auto data = JsonValue::parse(event.data);
  return data ? (*data)["line"].text() : "";
}

std::vector<SseEvent> events_of(const std::vector<SseEvent>& events, const std::string& type) {
  std::vector<SseEvent> found;
  std::copy_if(events.begin(), events.end(), std::back_inserter(found),
               [&](const SseEvent& event) { return event.type == type; });
  return found;
}

std::vector<std::string> lines_of(const std::vector<SseEvent>& events) {
  std::vector<std::string> lines;
  for (const SseEvent& event : events_of(events, "log")) lines.push_back(line_of(event));
  return lines;
}

std::size_t count_of(const std::vector<SseEvent>& events, const std::string& type) {
  return events_of(events, type).size();
}

std::vector<SseEvent> fetch_events(std::uint16_t port, const std::string& target, std::chrono::milliseconds limit) {
  SseClient client(port, target);
  if (!client.connect()) return {};
  return client.read_until([](const SseEvent&) { return false; }, limit);
}

}  // namespace tailwater
