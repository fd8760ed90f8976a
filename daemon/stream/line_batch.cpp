#include "stream/line_batch.h"

#include "stream/record_framer.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxIdle = 32U << 10;  // what an empty batch keeps of its buffer

}  // namespace

void LineBatch::add(std::string_view frame) {
  frames_.append(frame);
  ends_.push_back(frames_.size());
}

void LineBatch::take(std::string& out) {
  if (ends_.size() < kFewest) {
    out.append(frames_);
  } else {
    const std::string_view frames = frames_;
    const std::size_t last = ends_[ends_.size() - 2];
    out.append("event: lines\nid: ").append(parts_of_json_frame(frames.substr(last)).id).append("\ndata: [");
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      const JsonFrameParts parts = parts_of_json_frame(frames.substr(begin, end - begin));
      out.append(begin == 0 ? "{\"id\":\"" : ",{\"id\":\"").append(parts.id).append("\",").append(parts.members);
      begin = end;
    }
    out.append("]\n\n");
  }
  frames_.clear();
  ends_.clear();
  if (frames_.capacity() > kMaxIdle) std::string().swap(frames_);
}

}  // namespace tailwater
