// HistoryFiles: what a history step knows of the files whose extents it walks over: whether they are selected, how they
// are cut, and their open bytes. Lives for one step, so that no descriptor outlives it. Thread: one worker.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/result.h"
#include "filter/text_encoding.h"
#include "journal/catalog.h"
#include "stream/record_framer.h"
#include "stream/rule_table.h"
#include "stream/selection.h"

namespace tailwater {

/// Everything that a history worker reads from; all outlive the workers.
struct HistorySources {
  const Journal& journal;
  const Catalog& catalog;
  const RuleTable& rules;
};

/// The stages of records of the file up to there; null: it is no run, or `framer` does not say them.
void set_stages(RecordFramer& framer, const HistorySources& sources, FileIndex file, const RecordRules& rules,
                const StageMap::Place& until);

class HistoryFiles {
 public:
  struct File {
    std::shared_ptr<const FileInfo> info;  ///< null: retired, nothing of it can be shown
    bool selected = false;
    RecordRules rules;

    /// Of a selected file's records that arrived then.
    [[nodiscard]] RecordOrigin origin(WallTime arrived) const { return {info->stream, info->path, arrived, &rules}; }
  };

  HistoryFiles(const HistorySources& sources, const Selection& selection) : sources_(sources), selection_(selection) {}

  [[nodiscard]] const File& find(FileIndex file);
  /// The same with rules that fit the bytes of the extent, which open() gave: their encoding is looked up in them, and
  /// what has been announced in them as secret, which may read all that stands before the extent's end.
  [[nodiscard]] const File& find(const Extent& extent, const GenerationBytes& bytes);
  /// As Catalog::open(), remembering the last few.
  [[nodiscard]] Result<std::shared_ptr<const GenerationBytes>> open(FileIndex file, std::uint32_t generation);
  /// After still_holds() was false: from now on open() gives a copy that holds them. kGone if there is none, which is
  /// not looked for twice.
  [[nodiscard]] Result<void> turn_to_copy(FileIndex file, std::uint32_t generation);
  /// RecordFramer::begin_extent() for records of the extent, with the stages that they are in.
  void begin_extent(RecordFramer& framer, const File& file, const Extent& extent) const;
  /// Are the bytes that were read from `bytes` until now those of the generation? A file may be truncated and written
  /// anew at any time, also before the ingest thread has noticed: then it holds another life's bytes at the same
  /// offsets. To be asked after each read, before what was read is believed.
  [[nodiscard]] bool still_holds(FileIndex file, std::uint32_t generation, const GenerationBytes& bytes) const;

 private:
  struct Opened {
    std::uint32_t generation = 0;
    Result<std::shared_ptr<const GenerationBytes>> bytes;
    std::optional<TextEncoding> encoding = {};
  };
  [[nodiscard]] TextEncoding encoding(const Extent& extent, const GenerationBytes& bytes);

  const HistorySources& sources_;
  const Selection& selection_;
  std::unordered_map<FileIndex, File> files_;
  std::map<std::pair<FileIndex, TextEncoding>, File> decoded_;  // of those that are not kBytes
  std::unordered_map<FileIndex, Opened> opened_;
  std::optional<std::pair<FileIndex, std::uint32_t>> without_copy_;  // the last that has none
};

}  // namespace tailwater
