#include "stream/selection.h"

#include <algorithm>
#include <utility>

#include "filter/sample_line.h"

namespace tailwater {
namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Selection::Selection(std::shared_ptr<const Query> query, bool sse, std::vector<std::string> readable_streams)
    : query_(std::move(query)),
      readable_streams_(std::move(readable_streams)),
      sse_(sse),
      style_(frame_style(query_->format(), sse)),
      key_(sse ? "sse" : "tail") {
  std::sort(readable_streams_.begin(), readable_streams_.end());
  // NUL cannot be part of a stream's name, so no two different selections have the same key.
  for (const std::string& stream : readable_streams_) key_.append(1, '\0').append(stream);
  key_.append(2, '\0').append(query_->key());
}

bool Selection::selects_stream(std::string_view stream) const {
  if (stream == kSampleStream) return query_->wants_metrics();
  return query_->wants_logs() && has(query_->streams(), stream) && has(readable_streams_, stream);
}

bool Selection::selects(const FileInfo& file) const {
  if (file.stream == kSampleStream) return query_->wants_metrics();
  return query_->wants_logs() && has(readable_streams_, file.stream) && query_->selects(file.stream, file.path);
}

}  // namespace tailwater
