#include "runs/run_stages.h"

#include <utility>

#include "filter/record_facts.h"
#include "stream/record_pieces.h"

namespace tailwater {
namespace {

void add_records(RunBuilder& builder, RecordSplitter splitter, const RecordOrigin& origin, std::uint32_t generation) {
  while (const auto record = splitter.next()) {
    const RecordFacts facts(*record, origin);
    if (facts.is_dropped()) continue;
    builder.add({record->line, {generation, record->begin}, {generation, record->end}, origin.arrived});
  }
}

/// Where an extent goes on behind what was looked at.
bool follows(const RunPlace& end, const Extent& extent) {
  if (end.generation == extent.generation) return end.offset == extent.begin;
  return end.generation < extent.generation && extent.begin == 0;
}

}  // namespace

std::shared_ptr<const StageMap> RunStages::hear(const FileInfo& file, const Extent& extent, std::string_view bytes,
                                                const BytesBefore& before, const RecordRules& rules, WallTime arrived) {
  Live* live = live_at(file, extent, rules);
  if (live == nullptr) return nullptr;
  const RecordOrigin origin{file.stream, file.path, arrived, &rules};
  const std::lock_guard lock(mutex_);
  add_records(*live->builder, RecordSplitter(bytes, extent.begin, before, extent.partial, rules), origin,
              extent.generation);
  live->end = {extent.generation, extent.end};
  used_.splice(used_.begin(), used_, live->place);
  return live->builder->stage_map();
}

/// What has looked at all that stands before the extent; null: nobody has.
RunStages::Live* RunStages::live_at(const FileInfo& file, const Extent& extent, const RecordRules& rules) {
  const auto known = live_.find(file.index);
  if (known != live_.end() && follows(known->second.end, extent)) return &known->second;
  auto builder = begin(file, extent, rules);
  if (builder == nullptr) {
    drop(file.index);
    return nullptr;
  }
  keep(file.index, std::move(builder), {extent.generation, extent.begin});
  return &live_.at(file.index);
}

std::unique_ptr<RunBuilder> RunStages::begin(const FileInfo& file, const Extent& extent, const RecordRules& rules) {
  if (extent.generation == 0 && extent.begin == 0) return table_.fresh_builder(file.stream);
  auto reading = table_.reading_of(file.index);
  if (!reading) return nullptr;
  auto builder = std::make_unique<RunBuilder>(std::move(reading->builder));
  const RunPlace& end = reading->end;
  if (end.generation == extent.generation && end.offset <= extent.begin) {
    if (!read_missed(*builder, file, extent, end.offset, rules)) return nullptr;
    return builder;
  }
  // A generation goes on where the one before it ends: that must have been reached.
  const bool goes_on = end.generation < extent.generation && extent.begin == 0 && reading->all;
  return goes_on ? std::move(builder) : nullptr;
}

bool RunStages::read_missed(RunBuilder& builder, const FileInfo& file, const Extent& extent, std::uint64_t from,
                            const RecordRules& rules) {
  if (from == extent.begin) return true;
  if (extent.begin - from > kMostMissed) return false;
  const auto bytes = sources_.catalog.open(file.index, extent.generation);
  if (!bytes) return false;
  Extent missed = extent;
  missed.begin = from;
  missed.end = extent.begin;
  missed.partial = true;
  ReadBuffer buffer;
  RecordPieces pieces(**bytes, missed, from, missed.end, rules, buffer);
  const RecordOrigin origin{file.stream, file.path, extent.arrived, &rules};
  while (!pieces.done()) {
    const auto piece = pieces.next();
    if (!piece || piece->missing) return false;
    const RecordBytes& records = piece->records;
    add_records(
        builder,
        RecordSplitter(records.bytes, records.begin, {records.continues, records.before}, records.partial, rules),
        origin, extent.generation);
  }
  return true;
}

void RunStages::hear_change(const FileInfo& file, const FileChange& change) {
  if (change.kind == FileChangeKind::kRemoved) return drop(file.index);
  if (!table_.begins_run(file, change)) return;
  if (auto builder = table_.fresh_builder(file.stream)) {
    keep(file.index, std::move(builder), {change.generation, 0});
  }
}

std::shared_ptr<const StageMap> RunStages::find(FileIndex file, const StageMap::Place& until) {
  const RunPlace place{until.generation, until.offset};
  {
    const std::lock_guard lock(mutex_);
    const auto known = live_.find(file);
    if (known != live_.end() && known->second.end >= place) return known->second.builder->stage_map();
  }
  return table_.stages(file, place);
}

void RunStages::keep(FileIndex file, std::unique_ptr<RunBuilder> builder, const RunPlace& end) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = live_.try_emplace(file);
  if (is_new) at->second.place = used_.insert(used_.begin(), file);
  at->second.builder = std::move(builder);
  at->second.end = end;
  if (live_.size() <= kMaxFiles) return;
  live_.erase(used_.back());
  used_.pop_back();
}

void RunStages::drop(FileIndex file) {
  const std::lock_guard lock(mutex_);
  const auto known = live_.find(file);
  if (known == live_.end()) return;
  used_.erase(known->second.place);
  live_.erase(known);
}

}  // namespace tailwater
