#include "stream/history_files.h"

#include <array>

namespace tailwater {
namespace {

constexpr std::size_t kMaxOpened = 16;

}  // namespace

void set_stages(RecordFramer& framer, const HistorySources& sources, FileIndex file, const RecordRules& rules,
                const StageMap::Place& until) {
  StageSource* stages = rules.masks && framer.says_stages() ? sources.rules.stages() : nullptr;
  if (stages != nullptr) framer.set_stages(stages->find(file, until), rules.redactor);
}

const HistoryFiles::File& HistoryFiles::find(FileIndex file) {
  const auto known = files_.find(file);
  if (known != files_.end()) return known->second;
  File found;
  found.info = sources_.catalog.find(file);
  if (found.info) {
    found.selected = selection_.selects(*found.info);
    if (found.selected) found.rules = sources_.rules.of(found.info->stream);
  }
  return files_.emplace(file, std::move(found)).first->second;
}

const HistoryFiles::File& HistoryFiles::find(const Extent& extent, const GenerationBytes& bytes) {
  (void)find(extent.file);
  File* file = &files_.at(extent.file);
  const TextEncoding in = encoding(extent, bytes);
  if (in != file->rules.encoding) {
    const auto [decoded, is_new] = decoded_.try_emplace({extent.file, in}, *file);
    if (is_new) decoded->second.rules.encoding = in;
    file = &decoded->second;
  }
  // At each extent: more may have been announced since the last one.
  if (file->rules.masks) file->rules.redactor = sources_.rules.announced().redactor(extent, bytes, file->rules);
  return *file;
}

TextEncoding HistoryFiles::encoding(const Extent& extent, const GenerationBytes& bytes) {
  const auto known = opened_.find(extent.file);
  const bool is_it = known != opened_.end() && known->second.generation == extent.generation && known->second.bytes &&
                     known->second.bytes->get() == &bytes;
  if (is_it && known->second.encoding) return *known->second.encoding;
  std::array<char, 2> head{};
  const auto got = bytes.read_at(0, head);
  const auto in = encoding_of({head.data(), got.value_or(0)});
  if (is_it && got) known->second.encoding = in;
  return in;
}

Result<std::shared_ptr<const GenerationBytes>> HistoryFiles::open(FileIndex file, std::uint32_t generation) {
  const auto known = opened_.find(file);
  if (known != opened_.end() && known->second.generation == generation) return known->second.bytes;
  auto bytes = sources_.catalog.open(file, generation);
  // What is gone stays gone for a step: looking for it reads a folder.
  if (!bytes && bytes.error().code != ErrorCode::kGone) return bytes;
  if (opened_.size() >= kMaxOpened) opened_.clear();
  opened_[file] = {generation, bytes, {}};
  return bytes;
}

Result<void> HistoryFiles::turn_to_copy(FileIndex file, std::uint32_t generation) {
  const std::pair wanted{file, generation};
  if (without_copy_ == wanted) return fail(ErrorCode::kGone, "no copy of the generation was found");
  auto bytes = sources_.catalog.open_copy(file, generation);
  if (!bytes && bytes.error().code == ErrorCode::kGone) without_copy_ = wanted;
  if (!bytes) return fail(std::move(bytes).error());
  opened_.insert_or_assign(file, Opened{generation, std::move(bytes), {}});
  return {};
}

void HistoryFiles::begin_extent(RecordFramer& framer, const File& file, const Extent& extent) const {
  framer.begin_extent(*file.info, extent.generation, extent.arrived);
  // Where the end is not known yet the generation is one of before.
  const std::uint64_t until = extent.end == kUnknownEnd ? 0 : extent.end;
  set_stages(framer, sources_, extent.file, file.rules, {extent.generation, until});
}

bool HistoryFiles::still_holds(FileIndex file, std::uint32_t generation, const GenerationBytes& bytes) const {
  const auto* plain = dynamic_cast<const PlainFile*>(&bytes);
  if (plain == nullptr) return true;  // a copy, which nobody writes to
  const auto identity = sources_.catalog.identity(file, generation);
  return identity && same_content(*identity, plain->fd());
}

}  // namespace tailwater
