// RecordFramer: one record as the bytes that a client gets: a `log` event with JSON or text data, or the bare line of
// /tail. Pure. What is the same for all records of a file or an extent is written once and copied: begin_extent().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "filter/query.h"
#include "filter/record_splitter.h"
#include "journal/catalog.h"
#include "stream/stage_map.h"

namespace tailwater {

enum class FrameStyle : std::uint8_t { kJson, kJsonWithFields, kText, kBare };
inline constexpr std::size_t kFrameStyles = 4;

[[nodiscard]] FrameStyle frame_style(const Query& query, bool sse);
[[nodiscard]] constexpr bool is_json(FrameStyle style) {
  return style == FrameStyle::kJson || style == FrameStyle::kJsonWithFields;
}

/// What a frame of a JSON style says. Views into it.
struct JsonFrameParts {
  std::string_view id;
  std::string_view members;  ///< of the object, behind its opening brace, with the closing one
};
[[nodiscard]] JsonFrameParts parts_of_json_frame(std::string_view frame);

class RecordFramer {
 public:
  explicit RecordFramer(FrameStyle style) : style_(style) {}

  /// The records that follow are of this file and generation and arrived then. `file` is not kept.
  void begin_extent(const FileInfo& file, std::uint32_t generation, WallTime arrived);
  /// Does it matter which stage of a job a record is in?
  [[nodiscard]] bool says_stages() const { return is_json(style_); }
  /// Behind begin_extent(), for the file of a run; the names are shown by `redactor`. Null: the records are in none.
  void set_stages(std::shared_ptr<const StageMap> stages, std::shared_ptr<const Redactor> redactor);
  /// Appends one frame. `facts` are those of `record`'s line.
  void append(std::string& out, const Record& record, const RecordFacts& facts) const;

 private:
  void append_json(std::string& out, const Record& record, const RecordFacts& facts) const;
  void append_stage(std::string& out, std::uint64_t end) const;

  FrameStyle style_;
  FileKey key_;
  std::uint32_t generation_ = 0;
  WallTime arrived_{};
  std::string id_head_;       // event: log, id: up to the offset
  std::string json_head_;     // data: up to the level
  std::string arrived_text_;  // ,"arrived":"...","line":"
  std::shared_ptr<const StageMap> stages_;
  std::shared_ptr<const Redactor> redactor_;
  /// What the last record's stage was, and for records that end where it holds.
  struct Stage {
    std::uint64_t from = 1;
    std::uint64_t to = 0;  // not there any more
    std::string text;      // ,"stage":"..."
  };
  mutable Stage stage_;
};

}  // namespace tailwater
