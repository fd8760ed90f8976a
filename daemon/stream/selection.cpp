#include "stream/selection.h"

#include <algorithm>
#include <utility>

#include "filter/sample_line.h"

namespace tailwater {
namespace {

/// Of the streams that a query names: none is all.
bool has(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Selection::Selection(std::shared_ptr<const Query> query, bool sse, StreamSet readable)
    : query_(std::move(query)),
      readable_(std::move(readable)),
      sse_(sse),
      style_(frame_style(*query_, sse)),
      key_(sse ? "sse" : "tail") {
  // NUL cannot be part of a stream's name, so no two different selections have the same key.
  key_ += readable_.is_all() ? "+all" : "";
  for (const std::string& stream : readable_.names()) key_.append(1, '\0').append(stream);
  key_.append(2, '\0').append(query_->key());
}

bool Selection::selects_stream(std::string_view stream) const {
  if (!readable_.has(stream)) return false;
  if (stream == kSampleStream) return query_->wants_metrics();
  return query_->wants_logs() && has(query_->streams(), stream);
}

bool Selection::selects(const FileInfo& file) const {
  if (!readable_.has(file.stream)) return false;
  if (file.stream == kSampleStream) return query_->wants_metrics();
  return query_->wants_logs() && query_->selects(file.stream, file.path);
}

}  // namespace tailwater
