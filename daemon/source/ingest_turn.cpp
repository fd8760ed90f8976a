// Reading: the part of IngestCore that makes extents of what was appended.
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/bytes.h"
#include "filter/record_form.h"
#include "source/ingest_core.h"

namespace tailwater {
namespace {

/// Beyond this many generations in one turn the first would wait too long for its commit.
constexpr std::size_t kTurnGenerations = 512;

bool is_unlinked(int fd) {
  struct stat status {};
  return fd >= 0 && ::fstat(fd, &status) == 0 && status.st_nlink == 0;
}

/// For a secret that begins there.
std::string text_before(const GenerationBytes& bytes, std::uint64_t offset, std::size_t reach) {
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(offset, reach)), '\0');
  for (std::size_t have = 0; have < text.size();) {
    const auto got = bytes.read_at(offset - text.size() + have, std::span(text).subspan(have));
    if (!got || *got == 0) return {};  // truncated meanwhile: the next read finds out
    have += *got;
  }
  return text;
}

}  // namespace

void IngestCore::queue(Generation& generation) {
  if (std::exchange(generation.queued, true)) return;
  queue_.push_back(&generation);
}

void IngestCore::run_turn() {
  if (queue_.empty()) return arrivals_.flush();
  arena_.reset();
  turn_time_ = clock_.steady_now();
  for (std::size_t read = 0; !queue_.empty() && read < kTurnGenerations; ++read) {
    Generation& next = *queue_.front();
    if (arena_.left() < FileTailer::room_needed(next.file->stream->records)) break;
    queue_.pop_front();
    next.queued = false;
    read_generation(next);
  }
  arrivals_.flush(turn_time_);
  if (!queue_.empty() && !turn_timer_.is_pending()) turn_timer_.start_once(std::chrono::microseconds(0));
}

/// Up to a quota; the generation may be gone afterwards.
void IngestCore::read_generation(Generation& generation) {
  const std::size_t needed = FileTailer::room_needed(generation.file->stream->records);
  const std::uint64_t begin = generation.tailer.offset();
  for (;;) {
    FileTailer::Read read;
    const bool may_be_read_again = has_older(generation) || generation.truncated;
    const auto unread = may_be_read_again ? std::make_unique<FileTailer>(generation.tailer) : nullptr;
    if (!read_once(generation, FileTailer::LastLine::kWaits, read)) return;
    if (generation.truncated && was_truncated_again(generation)) {
      generation.tailer = std::move(*unread);
      return truncate(*generation.file);
    }
    if (read.outcome == FileTailer::Outcome::kRecords && has_older(generation) && older_bytes_came(generation)) {
      generation.tailer = std::move(*unread);
      note_progress(generation, begin);
      return queue(generation);
    }
    if (read.outcome == FileTailer::Outcome::kRecords && !journal_records(generation, read)) return;
    generation.behind = read.more;
    if (!read.more) break;
    const bool over_quota = generation.tailer.offset() - begin >= options_.turn_bytes;
    if (over_quota || arena_.left() < needed) {
      note_progress(generation, begin);
      return queue(generation);
    }
  }
  note_progress(generation, begin);
  if (generation.tailer.has_open_line()) time_open_line(generation);
  at_end_of(generation);
}

bool IngestCore::has_older(const Generation& generation) {
  return &generation == generation.file->current.get() && !generation.file->ended.empty();
}

/// Bytes of a generation came after a rotated one had been read to its end. Whoever wrote them had written to that one
/// before: if it has grown since, what came there goes first. True: it waits, and this one has to be read again after
/// it. Only so often, in case both are written all the time.
bool IngestCore::older_bytes_came(Generation& generation) {
  constexpr int kMostWaits = 3;
  bool came = false;
  if (generation.waits++ < kMostWaits) {
    for (const auto& ended : generation.file->ended) came |= look_at_generation(*ended);
  }
  if (!came) generation.waits = 0;
  return came;
}

/// One read. False if the generation cannot be read on: it may be gone then.
bool IngestCore::read_once(Generation& generation, FileTailer::LastLine last_line, FileTailer::Read& read) {
  const RecordRules& rules = generation.file->stream->records;
  const std::size_t wanted = std::max<std::size_t>(FileTailer::room_needed(rules), options_.read_bytes);
  const std::uint64_t nuls = generation.tailer.nul_bytes_skipped();
  read = generation.tailer.read(arena_.room(wanted), rules, last_line);
  if (generation.tailer.nul_bytes_skipped() != nuls) {
    IngestCounters::add(counters_.nul_bytes_skipped, generation.tailer.nul_bytes_skipped() - nuls);
  }
  switch (read.outcome) {
    case FileTailer::Outcome::kNothing: generation.shrunk_since.reset(); return true;
    case FileTailer::Outcome::kRecords:
      generation.shrunk_since.reset();
      // From the arena's place on: the bytes before the records were read as well.
      arena_.keep(static_cast<std::size_t>(read.records.data() + read.records.size() - arena_.room(0).data()));
      return true;
    case FileTailer::Outcome::kShrunk:
    case FileTailer::Outcome::kChanged: on_rewritten(generation, read.outcome); return false;
    case FileTailer::Outcome::kFailed:
      IngestCounters::add(counters_.read_errors);
      spdlog::warn("{}: {}; trying again", generation.file->info->path, read.error.message);
      // A generation with a successor is not waited for: its path has moved on.
      if (&generation == generation.file->current.get()) give_up(*generation.file);
      return false;
  }
  return true;
}

/// False if the file turned out to be none of ours, and the generation is gone.
bool IngestCore::journal_records(Generation& generation, const FileTailer::Read& read) {
  FollowedFile& file = *generation.file;
  if (std::exchange(generation.unjudged, false) && &generation == file.current.get()) {
    if (generation.number == 0 && looks_binary(read.records)) {
      spdlog::warn("{} is not followed any more: {}", file.info->path, kBinaryReason);
      disown(file, {Refusal::Kind::kNotAllowed, kBinaryReason});
      return false;
    }
    if (is_copy(*file.stream, file.info->path, *generation.tailer.bytes())) {
      disown(file, {Refusal::Kind::kCopy, kCopyReason});
      return false;
    }
  }
  Extent extent;
  extent.file = file.info->index;
  extent.generation = generation.number;
  extent.begin = read.begin;
  extent.end = read.begin + read.records.size();
  extent.arrived = clock_.wall_now();
  extent.partial = read.partial;
  std::string before;
  RecordRules rules = file.stream->records;
  rules.encoding = read.encoding;
  if (needs_text_before(rules, read.records, read.continues)) {
    before = text_before(*generation.tailer.bytes(), read.begin, text_reach(rules));
  }
  arrivals_.append(file.info, extent, {read.records, read.continues, std::move(before), read.encoding});
  IngestCounters::add(counters_.extents);
  IngestCounters::add(counters_.bytes_read, read.records.size());
  learn_head(generation, read.begin == 0 ? read.records : std::string_view());
  // From the first records on it can be told from others, also after a crash.
  if (generation.checkpoint_offset == 0) checkpoint(generation);
  return true;
}

/// The head as far as it has been read, until it is as long as a head can be: it tells a file from others. Never bytes
/// that were not read as this generation's: the file may have been truncated and written anew meanwhile.
void IngestCore::learn_head(Generation& generation, std::string_view first_bytes) {
  FileIdentity& identity = generation.identity;
  std::array<char, FileIdentity::kHeadLength> head;
  const std::uint64_t known = std::min<std::uint64_t>(generation.tailer.offset(), head.size());
  if (identity.head_length >= known) return;
  std::string_view bytes = first_bytes.substr(0, known);
  if (bytes.size() < known) {
    const auto got = generation.tailer.bytes()->read_at(0, std::span(head).first(known));
    if (!got || *got < known) return;  // the next read finds out why
    bytes = {head.data(), known};
    const bool other = fingerprint(bytes.substr(0, identity.head_length)) != identity.head_fingerprint;
    if (identity.head_length > 0 && other) return;
  }
  identity.head_length = static_cast<std::uint32_t>(known);
  identity.head_fingerprint = fingerprint(bytes);
}

void IngestCore::note_progress(Generation& generation, std::uint64_t begin) {
  note_size(generation);
  if (generation.tailer.offset() == begin) return;
  generation.last_growth = turn_time_;
  const FollowedFile& file = *generation.file;
  if (generation.number == file.generation) {
    catalog_.update(file.info->index, generation.tailer.offset(), clock_.wall_now(),
                    generation.tailer.with_tail(generation.identity));
  }
  // Late bytes are rare, and nothing else would tell the next start how far they were read.
  if (generation.ended) checkpoint(generation);
}

/// For those who ask how large the file is: what was read of it, and what is seen of a backlog.
void IngestCore::note_size(Generation& generation) {
  if (generation.number != generation.file->generation) return;
  std::uint64_t size = generation.tailer.scanned();
  if (generation.behind && generation.tailer.fd() >= 0)
    size = std::max(size, generation.tailer.bytes()->size().value_or(size));
  if (std::exchange(generation.told_size, size) != size) catalog_.set_size(generation.file->info->index, size);
}

void IngestCore::checkpoint(Generation& generation) {
  generation.checkpoint_offset = generation.tailer.offset();
  generation.checkpoint_at = turn_time_;
  if (generation.ended) return remember(generation);
  journal_.checkpoint(generation.file->info->index, generation.number,
                      generation.tailer.with_tail(generation.identity));
  arrivals_.note_written();
}

/// All that there was has been read: does something follow?
void IngestCore::at_end_of(Generation& generation) {
  FollowedFile& file = *generation.file;
  if (file.current.get() != &generation) return;
  if (!file.successors.empty()) {
    advance(file);
  } else if (!file.present && is_unlinked(generation.tailer.fd())) {
    tell_removed(file, std::nullopt);
  }
}

/// It cannot be read on; a successor takes over, and what was not read is told as lost.
void IngestCore::give_up(FollowedFile& file) {
  if (file.successors.empty()) return;
  Successor next = std::move(file.successors.front());
  file.successors.erase(file.successors.begin());
  next.lost_from = file.current->tailer.offset();
  const std::unique_ptr<Generation> old = std::move(file.current);
  close(*old);
  begin(file, std::move(next));
}

void IngestCore::on_rewritten(Generation& generation, FileTailer::Outcome outcome) {
  FollowedFile& file = *generation.file;
  if (generation.remote && outcome == FileTailer::Outcome::kShrunk) {
    // NFS may show a stale, smaller size for a while: only one that stays is believed.
    if (!generation.shrunk_since) generation.shrunk_since = turn_time_;
    if (turn_time_ - *generation.shrunk_since < 2 * options_.poll_interval) return;
  }
  if (&generation == file.current.get()) return generation.watch != 0 ? truncate(file) : give_up(file);
  const auto ended =
      std::find_if(file.ended.begin(), file.ended.end(), [&](const auto& one) { return one.get() == &generation; });
  if (ended == file.ended.end()) return;
  close(generation);
  file.ended.erase(ended);
}

/// What is at the path is none of ours after all.
void IngestCore::disown(FollowedFile& file, const Refusal& refusal) {
  tell_removed(file, std::nullopt);
  close(*file.ended.back());  // without reading it
  file.ended.pop_back();
  file.present = false;
  refuse(*file.stream, file.info->path, refusal);
}

// --- last lines without newline ------------------------------------------------------------------------------------

/// How long a generation must be quiet before what is open at its end is let through; nullopt: for ever.
std::optional<Milliseconds> IngestCore::quiet_time(const Generation& generation) const {
  if (generation.tailer.open_lines_are_whole()) return join_timeout(generation.file->stream->records);
  if (options_.partial_after.count() == 0) return std::nullopt;
  return options_.partial_after;
}

void IngestCore::time_open_line(Generation& generation) {
  if (generation.open_scanned != generation.tailer.scanned()) {
    generation.open_scanned = generation.tailer.scanned();
    generation.open_since = turn_time_;
  }
  const auto quiet = quiet_time(generation);
  if (!quiet) return;
  if (!std::exchange(generation.open_line_timed, true)) open_lines_.push_back(&generation);
  const SteadyTime due = generation.open_since + *quiet;
  if (open_line_timer_.is_pending() && open_lines_due_ <= due) return;
  wait_for_open_lines(due);
}

void IngestCore::wait_for_open_lines(SteadyTime due) {
  open_lines_due_ = due;
  const auto wait = std::max<SteadyTime::duration>(due - turn_time_, SteadyTime::duration::zero());
  open_line_timer_.start_once(std::chrono::duration_cast<std::chrono::microseconds>(wait) + Milliseconds(1));
}

void IngestCore::on_open_lines_due() {
  turn_time_ = clock_.steady_now();
  std::optional<SteadyTime> earliest;
  const std::vector<Generation*> timed = open_lines_;
  for (Generation* generation : timed) {
    // Letting one pass may have ended another.
    if (std::find(open_lines_.begin(), open_lines_.end(), generation) == open_lines_.end()) continue;
    const bool open = generation->tailer.has_open_line();
    const auto quiet = quiet_time(*generation);
    const SteadyTime due = generation->open_since + quiet.value_or(Milliseconds(0));
    if (open && quiet && due > turn_time_) {
      earliest = earliest ? std::min(*earliest, due) : due;
      continue;
    }
    generation->open_line_timed = false;
    std::erase(open_lines_, generation);
    if (open && quiet) let_last_line_pass(*generation);
  }
  arrivals_.flush();
  if (earliest) wait_for_open_lines(*earliest);
}

/// Reads to the end, the last line as it is. The generation may be gone afterwards if it was rewritten.
void IngestCore::let_last_line_pass(Generation& generation) {
  const std::size_t needed = FileTailer::room_needed(generation.file->stream->records);
  const std::uint64_t begin = generation.tailer.offset();
  for (;;) {
    if (arena_.left() < needed) {
      arrivals_.flush();
      arena_.reset();
    }
    FileTailer::Read read;
    if (!read_once(generation, generation.ended ? LastLine::kEnds : LastLine::kPasses, read)) return;
    if (read.outcome != FileTailer::Outcome::kRecords) break;
    if (!journal_records(generation, read)) return;
    if (read.partial) break;
  }
  note_progress(generation, begin);
}

// --- history: what was written while nobody looked
// ---------------------------------------------------------------------

/// All of it in one extent, without reading it: nobody listens yet.
void IngestCore::take_history(Generation& generation, LastLine last_line) {
  FileTailer& tailer = generation.tailer;
  RecordRules rules = generation.file->stream->records;
  rules.encoding = tailer.offset() == 0 ? tailer.look_for_encoding() : tailer.encoding();
  const auto size = tailer.bytes()->size();
  if (!size) return IngestCounters::add(counters_.read_errors);
  if (has_older(generation)) {  // what they hold was written before what this one holds now
    for (const auto& ended : generation.file->ended) take_history(*ended, LastLine::kWaits);
  }
  std::uint64_t begin = tailer.offset();
  if (begin == 0 && tailer.fd() >= 0) {
    begin = first_text_offset(tailer.fd(), 0).value_or(0);
    IngestCounters::add(counters_.nul_bytes_skipped, begin);
  }
  const auto end = *size > begin ? last_record_end(*tailer.bytes(), begin, *size, rules) : begin;
  if (!end) return IngestCounters::add(counters_.read_errors);
  const auto append = [&](std::uint64_t from, std::uint64_t to, bool partial) {
    if (to <= from) return;
    Extent extent{generation.file->info->index, generation.number, from, to, clock_.wall_now(), partial};
    arrivals_.append(generation.file->info, extent, {});
    IngestCounters::add(counters_.extents);
  };
  append(begin, *end, /*partial=*/false);
  const bool whole = last_line == LastLine::kPasses && *size > *end;
  if (whole) append(*end, *size, /*partial=*/true);
  const std::uint64_t taken = whole ? *size : *end;
  if (taken <= begin) return;
  if (const auto moved = tailer.skip_to(taken); !moved) return IngestCounters::add(counters_.read_errors);
  generation.truncated = false;
  learn_head(generation, {});
  if (generation.number == generation.file->generation) {
    catalog_.update(generation.file->info->index, taken, clock_.wall_now(), tailer.with_tail(generation.identity));
  }
  checkpoint(generation);
}

/// At start: everything up to now, generation by generation.
void IngestCore::catch_up(FollowedFile& file) {
  while (file.current) {
    take_history(*file.current, file.successors.empty() ? LastLine::kWaits : LastLine::kPasses);
    if (file.successors.empty()) break;
    advance(file);
  }
}

}  // namespace tailwater
