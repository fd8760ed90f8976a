// Selection: what one client may and wants to see, and in which form: its query, narrowed to the streams that it may
// read. Immutable, shared by the cursors, feeds and workers that need it. Equal keys mean equal bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/stream_set.h"
#include "filter/query.h"
#include "journal/catalog.h"
#include "stream/record_framer.h"

namespace tailwater {

class Selection {
 public:
  Selection(std::shared_ptr<const Query> query, bool sse, StreamSet readable);

  [[nodiscard]] const Query& query() const { return *query_; }
  [[nodiscard]] const StreamSet& readable() const { return readable_; }
  [[nodiscard]] bool sse() const { return sse_; }
  [[nodiscard]] FrameStyle style() const { return style_; }
  /// Do records that come together share an event?
  [[nodiscard]] bool batches() const { return query_->batch() && is_json(style_); }
  [[nodiscard]] const std::string& key() const { return key_; }
  /// May any file of the stream be selected?
  [[nodiscard]] bool selects_stream(std::string_view stream) const;
  [[nodiscard]] bool selects(const FileInfo& file) const;

 private:
  std::shared_ptr<const Query> query_;
  StreamSet readable_;
  bool sse_;
  FrameStyle style_;
  std::string key_;
};

}  // namespace tailwater
