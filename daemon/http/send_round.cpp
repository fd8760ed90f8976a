#include "http/send_round.h"

#include <algorithm>
#include <utility>

namespace tailwater {

SendRound::SendRound(EventLoop& loop)
    : event_(event_new(
          loop.base(), -1, 0, [](evutil_socket_t, short, void* self) { static_cast<SendRound*>(self)->send(); },
          this)) {}

void SendRound::add(StreamConnection& stream) {
  if (waiting_.empty() && event_) event_active(event_.get(), 0, 0);
  waiting_.emplace_back().stream = &stream;
  if (waiting_.size() == kMost || !event_) send();
}

void SendRound::forget(const StreamConnection& stream) {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const Sending& sending) { return sending.stream == &stream; });
  if (found != waiting_.end()) found->stream = nullptr;
}

void SendRound::send() {
  std::vector<Sending> round = std::exchange(waiting_, std::move(spare_));
  for (Sending& sending : round) {
    if (sending.stream != nullptr && !sending.stream->begin_turn(sending.offer)) sending.stream = nullptr;
  }
  for (Sending& sending : round) {
    if (sending.stream != nullptr) sending.taken = sending.stream->send(sending.offer);
  }
  for (Sending& sending : round) {
    if (sending.stream != nullptr) sending.stream->end_turn(sending.offer, sending.taken);
  }
  round.clear();
  spare_ = std::move(round);
}

}  // namespace tailwater
