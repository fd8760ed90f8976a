#include "source/ingest_core.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <limits>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tailwater {
namespace {

/// All that one turn reads.
constexpr std::size_t kTurnBytes = 2U << 20;
/// A last read takes no longer: what comes after it is read at the next start.
constexpr std::chrono::seconds kReadAllPatience{2};

Result<std::string> working_directory() {
  std::array<char, PATH_MAX> path;
  if (::getcwd(path.data(), path.size()) == nullptr) return fail(errno_error("getcwd", "", errno));
  return std::string(path.data());
}

Result<DirectoryTree::Streams> parse_streams(const std::vector<StreamSource>& sources, const IngestOptions& options) {
  const auto directory = working_directory();
  if (!directory) return fail(directory.error());
  DirectoryTree::Streams streams;
  for (const StreamSource& source : sources) {
    auto paths = StreamPaths::parse(source, *directory, options.max_glob_depth);
    if (!paths) return fail(paths.error());
    for (const auto& other : streams) {
      if (other->name == source.name) {
        return fail(ErrorCode::kInvalid, fmt::format("stream {}: there are two of this name", source.name));
      }
    }
    streams.push_back(std::make_unique<SourceStream>(SourceStream{source.name, std::move(*paths), source.records}));
  }
  return streams;
}

/// Is it named like a rotated file of one of these?
bool is_rotation_of_one(const std::string& path, const std::unordered_set<std::string>& paths) {
  const auto originals = possible_originals(name_of(path));
  return std::any_of(originals.begin(), originals.end(), [&](const std::string& name) {
    return paths.contains(std::string(parent_of(path)).append("/").append(name));
  });
}

std::size_t arena_bytes(const DirectoryTree::Streams& streams, const IngestOptions& options) {
  std::size_t most = options.read_bytes;
  for (const auto& stream : streams) most = std::max(most, FileTailer::room_needed(stream->records));
  return std::max(kTurnBytes, most * 2);
}

}  // namespace

Result<std::unique_ptr<IngestCore>> IngestCore::create(const Parts& parts, IngestOptions options,
                                                       const std::vector<StreamSource>& sources,
                                                       WatchSet::Kind watching) {
  auto streams = parse_streams(sources, options);
  if (!streams) return fail(streams.error());
  auto arena = ReadArena::create(arena_bytes(*streams, options));
  if (!arena) return fail(arena.error());
  return std::unique_ptr<IngestCore>(new IngestCore(parts, options, std::move(*arena), std::move(*streams), watching));
}

IngestCore::IngestCore(const Parts& parts, IngestOptions options, ReadArena arena, DirectoryTree::Streams streams,
                       WatchSet::Kind watching)
    : loop_(parts.loop),
      journal_(parts.journal),
      catalog_(parts.catalog),
      clock_(parts.clock),
      options_(options),
      streams_(std::move(streams)),
      arena_(std::move(arena)),
      arrivals_(parts.journal, parts.listener),
      watches_(loop_, options.poll_interval, watching, [this](auto events) { on_events(events); }),
      tree_(loop_, watches_, *this),
      turn_timer_(loop_, [this] { run_turn(); }),
      open_line_timer_(loop_, [this] { on_open_lines_due(); }),
      sweep_timer_(loop_, [this] { sweep(); }) {}

IngestCore::~IngestCore() = default;

Result<void> IngestCore::start() {
  arrivals_.set_silent(true);
  starting_ = true;
  turn_time_ = clock_.steady_now();
  const WallTime started = clock_.wall_now();
  for (const FileStatus& status : catalog_.list()) {
    if (status.identity.inode == 0) continue;
    followed_since_ = std::max(followed_since_.value_or(WallTime{}), last_at_path(status));
  }
  known_.load(catalog_);
  retire_unconfigured();
  admit_links();
  collecting_ = true;
  tree_.scan(streams_);
  collecting_ = false;
  look_at_all_found();
  starting_ = false;
  followed_since_ = started;
  arrivals_.flush();
  arrivals_.set_silent(false);
  journal_.sync();
  for (FollowedFile* file : files_.list()) {
    if (file->current) look_at_generation(*file->current);  // an open last line, or what came meanwhile
  }
  if (!queue_.empty()) turn_timer_.start_once(std::chrono::microseconds(0));
  tell_left_out();
  sweep_timer_.start_periodic(options_.sweep_interval);
  update_gauges();
  return {};
}

void IngestCore::look_at_all_found() {
  const auto order = [this](const FoundPath& found) {
    const auto at = std::find_if(streams_.begin(), streams_.end(),
                                 [&](const auto& stream) { return stream.get() == found.stream; });
    return std::pair(at - streams_.begin(), std::string_view(found.path));
  };
  std::sort(found_.begin(), found_.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  const auto same = [](const auto& a, const auto& b) { return a.stream == b.stream && a.path == b.path; };
  found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());

  // What was followed before comes first: a file that was renamed meanwhile then has an owner when its new name is
  // looked at.
  std::set<std::pair<std::string_view, std::string_view>> remembered;
  const auto before = catalog_.list();
  for (const FileStatus& status : before) remembered.insert({status.info->stream, status.info->path});
  for (const FoundPath& found : found_) {
    if (remembered.contains({found.stream->name, found.path})) look_at_path(*found.stream, found.path, found.match);
  }
  for (const FileStatus& status : before) {
    const auto stream = std::find_if(streams_.begin(), streams_.end(),
                                     [&](const auto& one) { return one->name == status.info->stream; });
    if (stream != streams_.end()) settle(**stream, *status.info);
  }
  // A file before its rotated ones: they are its earlier generations.
  std::erase_if(found_, [&](const FoundPath& found) { return remembered.contains({found.stream->name, found.path}); });
  std::unordered_set<std::string> paths;
  for (const FoundPath& found : found_) paths.insert(found.path);
  std::stable_partition(found_.begin(), found_.end(),
                        [&](const FoundPath& one) { return !is_rotation_of_one(one.path, paths); });
  for (const FoundPath& found : found_) look_at_path(*found.stream, found.path, found.match);
  found_ = {};
  rotated_names_ = {};
}

void IngestCore::retire_unconfigured() {
  for (const FileStatus& status : catalog_.list()) {
    const bool wanted = std::any_of(streams_.begin(), streams_.end(),
                                    [&](const auto& stream) { return stream->name == status.info->stream; });
    if (wanted) continue;
    journal_.retire_file(status.info->index);
    catalog_.retire(status.info->index);
    known_.forget(status.info->index);
    arrivals_.note_written();
  }
}

/// A symlink that stands where the administrator names a file was meant; one that takes a file's place later was not.
void IngestCore::admit_links() {
  for (const auto& stream : streams_) {
    for (const PathPattern& pattern : stream->paths.patterns()) {
      for (const PathPattern::Root& root : pattern.roots()) {
        struct stat status {};
        if (root.named.empty() || !named_before_.insert(root.named).second) continue;
        if (::lstat(root.named.c_str(), &status) != 0) continue;
        if (S_ISLNK(status.st_mode)) admitted_links_.insert(root.named);
      }
    }
  }
}

void IngestCore::on_events(std::span<const WatchEvent> events) {
  bool overflow = false;
  for (const WatchEvent& event : events) {
    if (event.kind == WatchEvent::Kind::kOverflow) {
      overflow = true;
    } else if (Generation* generation = files_.find(event.id)) {
      if (event.kind == WatchEvent::Kind::kData) {
        queue(*generation);
      } else {
        on_generation_event(*generation);
      }
    } else {
      tree_.on_event(event);
    }
  }
  if (overflow) {
    IngestCounters::add(counters_.inotify_overflows);
    tree_.rescan();
    sweep_files();
  }
  if (!sweeping_) run_turn();
}

Result<void> IngestCore::reload(std::vector<StreamSource> sources) {
  auto fresh = parse_streams(sources, options_);
  if (!fresh) return fail(fresh.error());
  watches_.deliver_pending();
  read_all();
  DirectoryTree::Streams gone;
  for (auto& old : streams_) {
    const auto next =
        std::find_if(fresh->begin(), fresh->end(), [&](const auto& one) { return one->name == old->name; });
    if (next == fresh->end()) {
      gone.push_back(std::move(old));
      continue;
    }
    old->paths = std::move((*next)->paths);  // in place: followed files point to it
    old->records = (*next)->records;
    *next = std::move(old);
  }
  streams_ = std::move(*fresh);
  if (arena_bytes(streams_, options_) > arena_.size()) {
    auto arena = ReadArena::create(arena_bytes(streams_, options_));
    if (!arena) return fail(arena.error());
    arena_ = std::move(*arena);
  }
  for (FollowedFile* file : files_.list()) {
    const PathMatch match = file->stream->paths.match(file->info->path);
    const bool stream_gone =
        std::any_of(gone.begin(), gone.end(), [&](const auto& stream) { return stream.get() == file->stream; });
    if (match == PathMatch::kNo || stream_gone) drop_file(*file);
  }
  retire_unconfigured();
  refused_.clear();
  refused_count_ = 0;
  left_out_.clear();
  admit_links();
  tree_.scan(streams_);
  run_turn();
  update_gauges();
  return {};
}

/// Not followed any more; what was written until now has been read.
void IngestCore::drop_file(FollowedFile& file) {
  for (const auto& [stream, path] : files_.aliases()) {
    const Generation* generation = files_.alias(stream, path);
    if (generation->file == &file) files_.drop_alias(stream, path);
  }
  file.successors.clear();
  if (file.current) tell_removed(file, std::nullopt);
  while (!file.ended.empty()) finish_ended(file, 0);
  files_.remove(file);
}

/// Turns until nothing is left to read, but not for ever: a busy writer may be faster than we are.
void IngestCore::read_all() {
  const SteadyTime deadline = clock_.steady_now() + kReadAllPatience;
  do {
    run_turn();
  } while (!queue_.empty() && clock_.steady_now() < deadline);
}

void IngestCore::stop() {
  watches_.deliver_pending();
  turn_time_ = clock_.steady_now();
  sweep_files();
  read_all();
  for (FollowedFile* file : files_.list()) {
    if (file->current && file->current->checkpoint_offset != file->current->tailer.offset()) checkpoint(*file->current);
    for (const auto& ended : file->ended) checkpoint(*ended);
  }
  arrivals_.flush();
  journal_.sync();
  sweep_timer_.cancel();
  open_line_timer_.cancel();
  turn_timer_.cancel();
}

}  // namespace tailwater
