#include "sdjournal/journal_follower.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "sdjournal/journal_places.h"

namespace tailwater {
namespace {

constexpr std::size_t kWriteBytes = 64U << 10;
constexpr std::uint64_t kReadEntries = 4096;
constexpr ByteCount kCheckpointBytes = 1ULL << 20;
constexpr std::uint64_t kCheckpointEntries = 16'384;
constexpr ByteCount kTailBytes = 256ULL << 10;
constexpr std::uint64_t kMostLookedBack = 1'000'000;
/// Of those written in one moment, that is one turn of journald's.
constexpr std::size_t kMostOfAMoment = 4096;
constexpr Milliseconds kDiskRetry{1000};
constexpr Milliseconds kJournalRetry{10'000};
/// While there is a backlog: files that are removed stay readable until notice is taken of it.
constexpr std::chrono::seconds kNoticeInterval{5};
/// Part of the fingerprint: to be raised when lines of the same entry come out differently.
constexpr std::string_view kLineVersion = "1";

std::uint64_t rules_fingerprint(const JournalFollowerOptions& options) {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n", kLineVersion, options.directory, options.rules.kernel,
                                 options.rules.priority, options.shape.max_bytes);
  for (const auto* list : {&options.rules.units, &options.rules.matches, &options.shape.fields}) {
    for (const std::string& each : *list) text += each + '\0';
    text += '\n';
  }
  return fingerprint(text);
}

std::string_view last_line(std::string_view bytes) {
  const std::size_t end = bytes.rfind('\n');
  if (end == std::string_view::npos) return {};
  const std::size_t before = end == 0 ? std::string_view::npos : bytes.rfind('\n', end - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return bytes.substr(begin, end - begin);
}

}  // namespace

Result<std::unique_ptr<JournalFollower>> JournalFollower::make(JournalFollowerOptions options,
                                                               const SystemdLibrary& library, const Clock& clock) {
  auto filter = EntryFilter::make(options.rules);
  if (!filter) return fail(filter.error());
  return std::unique_ptr<JournalFollower>(new JournalFollower(std::move(options), std::move(*filter), library, clock));
}

JournalFollower::JournalFollower(JournalFollowerOptions options, EntryFilter filter, const SystemdLibrary& library,
                                 const Clock& clock)
    : options_(std::move(options)),
      rules_(rules_fingerprint(options_)),
      filter_(std::move(filter)),
      line_(options_.shape),
      library_(library),
      clock_(clock),
      late_(options_.directory, clock) {}

JournalFollower::~JournalFollower() {
  stop();
}

Result<void> JournalFollower::start() {
  stop_event_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_event_) return fail(errno_error("eventfd", "", errno));
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "sdjournal");
    run();
  });
  return {};
}

void JournalFollower::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_relaxed);
  ::eventfd_write(stop_event_.get(), 1);
  thread_.join();
}

JournalFollowerStatus JournalFollower::status() const {
  JournalFollowerStatus status;
  status.entries = entries_.load(std::memory_order_relaxed);
  status.bytes = bytes_.load(std::memory_order_relaxed);
  status.late = late_entries_.load(std::memory_order_relaxed);
  status.lost = lost_.load(std::memory_order_relaxed);
  status.write_errors = write_errors_.load(std::memory_order_relaxed);
  status.open = open_.load(std::memory_order_relaxed);
  if (behind_.load(std::memory_order_relaxed)) {
    const auto last = std::chrono::duration_cast<Milliseconds>(EntryTime(last_time_.load(std::memory_order_relaxed)));
    status.lag = std::max(Milliseconds(0), clock_.wall_now().time_since_epoch() - last);
  }
  return status;
}

void JournalFollower::run() {
  while (!stopped()) {
    auto followed = open();
    open_.store(followed.has_value(), std::memory_order_relaxed);
    if (followed) {
      spdlog::info("stream {}: follows the system's journal{}{}", options_.stream,
                   options_.directory.empty() ? "" : " in ", options_.directory);
      reported_.clear();
      followed = follow();
    }
    open_.store(false, std::memory_order_relaxed);
    journal_.reset();
    if (followed) continue;
    report(followed.error().message);
    if (!pause(kJournalRetry)) return;
  }
}

void JournalFollower::report(const std::string& problem) {
  if (problem == reported_) return;
  spdlog::error("stream {}: {}; it is tried again", options_.stream, problem);
  reported_ = problem;
}

bool JournalFollower::pause(Milliseconds time) const {
  pollfd wait{stop_event_.get(), POLLIN, 0};
  ::poll(&wait, 1, static_cast<int>(time.count()));
  return !stopped();
}

Result<void> JournalFollower::open() {
  if (!spool_) {
    auto spool = Spool::open(options_.spool_path, options_.spool_bytes);
    if (!spool) return fail(spool.error());
    auto checkpoint = CheckpointFile::open(options_.spool_path + ".cursor");
    if (!checkpoint) return fail(checkpoint.error());
    spool_ = std::move(*spool);
    checkpoint_ = std::move(*checkpoint);
  }
  // Watched first: what appears in between is not missed.
  places_.emplace(journal_places(options_.directory));
  auto journal = HostJournal::open(library_, options_.directory, static_cast<std::size_t>(options_.shape.max_bytes));
  if (!journal) return fail(journal.error());
  journal_ = std::move(*journal);
  pending_.clear();  // what was not written is not in the checkpoint either, and is read again
  pending_entries_ = 0;
  at_entry_ = false;
  doubt_ = Doubt::kNone;
  return find_place();
}

Result<void> JournalFollower::find_place() {
  const std::optional<Checkpoint> saved = checkpoint_->last();
  written_ = {};
  skipped_until_ = {};
  set_last({});
  files_changed_ = false;
  const bool reaches_spool = saved && saved->offset <= spool_->offset();
  late_.begin(reaches_spool ? std::optional(saved->marks) : std::nullopt);
  if (!saved && spool_->offset() == 0) return was_empty_ ? journal_->seek_head() : find_first_place();
  if (!reaches_spool) return find_place_behind_spool(saved.value_or(Checkpoint{}));

  const auto tail = spool_->read_from(saved->offset);
  if (!tail) return fail(tail.error());
  written_ = WrittenLines(*tail);
  if (saved->rules != rules_) {  // lines would come out differently
    skipped_until_ = EntryLine::time_of(last_line(*tail));
    written_.forget_lines();
  }
  set_last(EntryCursor::parse(saved->cursor));
  const auto found = find_last();
  if (!found) return fail(found.error());
  if (!*found) doubt_ = Doubt::kGone;
  return {};
}

Result<bool> JournalFollower::find_last() {
  if (auto sought = journal_->seek_cursor(last_); !sought) return fail(sought.error());
  while (true) {
    const auto there = journal_->next();
    if (!there) return fail(there.error());
    const auto cursor = *there ? journal_->cursor() : Result<EntryCursor>(EntryCursor{});
    if (!cursor) return fail(cursor.error());
    if (*there && cursor->is_same(last_)) return true;
    // Copies have other numbers, and are found by their moment, which others have, too.
    if (*there && cursor->sequence() != last_.sequence() && cursor->moment() == last_.moment()) continue;
    break;
  }
  if (auto sought = journal_->seek_cursor(last_); !sought) return fail(sought.error());
  const auto there = journal_->next();
  if (!there) return fail(there.error());
  at_entry_ = *there;
  return false;
}

/// No checkpoint, or a spool that does not reach it: a kill before the first one, a power cut, somebody's hand. The
/// spool's last lines tell by their time where to go on.
Result<void> JournalFollower::find_place_behind_spool(const Checkpoint& saved) {
  const std::uint64_t end = spool_->offset();
  const auto tail = spool_->read_from(end - std::min<std::uint64_t>(end, kTailBytes));
  if (!tail) return fail(tail.error());
  std::string_view lines = *tail;
  if (end > kTailBytes) lines.remove_prefix(std::min(lines.find('\n'), lines.size() - 1) + 1);
  const EntryTime first = EntryLine::time_of(lines);
  if (!saved.cursor.empty()) {
    spdlog::warn(
        "stream {}: {} is {} shorter than it was (a power cut, or it was removed); the journal is read again "
        "from where it ends",
        options_.stream, options_.spool_path, to_byte_text(saved.offset - end));
  }
  if (first.count() == 0) {
    if (saved.cursor.empty()) return find_first_place();
    set_last(EntryCursor::parse(saved.cursor));
    if (const auto found = find_last(); !found) return fail(found.error());
    return {};
  }
  written_ = WrittenLines(lines);
  return journal_->seek_realtime(first);
}

Result<void> JournalFollower::find_first_place() {
  Result<void> sought;
  switch (options_.first.from) {
    case FirstEntries::From::kAll: return journal_->seek_head();
    case FirstEntries::From::kBoot: return journal_->seek_last_boot();
    case FirstEntries::From::kAge: {
      const auto from = clock_.wall_now().time_since_epoch() - options_.first.age;
      return journal_->seek_realtime(std::max(EntryTime(0), EntryTime(from)));
    }
    case FirstEntries::From::kLast:
      if (!filter_.keeps_all()) return find_last_matches();
      sought = journal_->seek_before_end(options_.first.count);
      break;
    case FirstEntries::From::kNow: sought = journal_->seek_before_end(0); break;
  }
  // The entry before: so that the place is known for good even if none comes for a long time.
  if (auto before = journal_->cursor(); sought && before) set_last(std::move(*before));
  return sought;
}

Result<void> JournalFollower::find_last_matches() {
  if (auto sought = journal_->seek_tail(); !sought) return sought;
  std::uint64_t matches = 0;
  for (std::uint64_t looked_at = 0; looked_at < kMostLookedBack && !stopped(); ++looked_at) {
    const auto moved = journal_->previous();
    if (!moved) return fail(moved.error());
    if (!*moved) return journal_->seek_head();
    if (!takes_entry(*journal_) || ++matches < options_.first.count) continue;
    at_entry_ = true;
    return {};
  }
  return {};
}

Result<void> JournalFollower::follow() {
  auto noticed = clock_.steady_now();
  late_.aim(/*files_changed=*/false);
  while (!stopped()) {
    const auto drained = read_some();
    if (!drained) return fail(drained.error());
    behind_.store(!*drained, std::memory_order_relaxed);
    if (!write_pending()) return {};
    if (*drained || bytes_since_checkpoint_ >= kCheckpointBytes || looked_at_since_checkpoint_ >= kCheckpointEntries) {
      write_checkpoint();
    }
    if (!*drained && clock_.steady_now() - noticed < kNoticeInterval) continue;
    const bool behind = !*drained || stalled_;
    if (*drained) {
      stalled_ = false;
      if (!wait_for_journal()) return {};
    }
    if (auto taken = take_notice(behind); !taken) return taken;
    noticed = clock_.steady_now();
  }
  write_checkpoint();
  return {};
}

bool JournalFollower::wait_for_journal() {
  std::array<pollfd, 3> wait{
      {{journal_->fd(), journal_->events(), 0}, {stop_event_.get(), POLLIN, 0}, {places_->fd(), POLLIN, 0}}};
  ::poll(wait.data(), wait.size(), journal_->timeout_ms());
  return wait[2].revents == 0 || !places_->has_changed();
}

Result<void> JournalFollower::take_notice(bool behind) {
  const auto change = journal_->process();
  if (!change) return fail(change.error());
  const bool changed = *change == HostJournal::Change::kFilesChanged;
  if (changed && behind && doubt_ == Doubt::kNone) doubt_ = Doubt::kNumbers;
  files_changed_ = files_changed_ || changed;
  late_.aim(std::exchange(files_changed_, false));
  return {};
}

Result<bool> JournalFollower::read_some() {
  bool drained = false;
  for (std::uint64_t looked_at = 0; pending_.size() < kWriteBytes && looked_at < kReadEntries && !stopped();
       ++looked_at) {
    if (!at_entry_) {
      const auto there = journal_->next();
      if (!there) return fail(there.error());
      drained = !*there;
    }
    if (drained) break;
    at_entry_ = false;
    ++looked_at_since_checkpoint_;
    if (auto looked = look_at_next(); !looked) return fail(looked.error());
  }
  if (!drained) return false;
  was_empty_ = options_.first.from == FirstEntries::From::kNow && last_.text.empty();
  for (const LateEntries::Missing& missing : late_.behind()) {
    if (auto read = read_late(missing); !read) return fail(read.error());
  }
  written_.forget_lines();
  written_.end_torn_line(pending_);
  return true;
}

Result<void> JournalFollower::look_at_next() {
  auto cursor = journal_->cursor();
  if (!cursor) return fail(cursor.error());
  if (is_copy(*cursor) || late_.has_read(*cursor)) return {};
  if (const auto missing = late_.before(*cursor, journal_->realtime())) {
    if (auto read = read_late(*missing); !read) return read;
    if (stopped()) {  // perhaps not all of them: it is still to be looked at
      at_entry_ = true;
      return {};
    }
  }
  if (doubt_ != Doubt::kNone) note_loss(*cursor);
  read_entry(*journal_);
  late_.saw(*cursor);
  set_last(std::move(*cursor));
  return {};
}

Result<void> JournalFollower::read_late(const LateEntries::Missing& missing) {
  std::uint64_t count = 0;
  if (!missing.files.empty()) {
    auto files = HostJournal::open_files(library_, missing.files, static_cast<std::size_t>(options_.shape.max_bytes));
    if (!files) return {};  // gone meanwhile
    if (auto sought = files->seek_cursor(EntryCursor::of(missing.sequence, missing.first)); !sought) return sought;
    while (!stopped()) {
      const auto there = files->next();
      if (!there) return fail(there.error());
      if (!*there) break;
      const auto cursor = files->cursor();
      if (!cursor) return fail(cursor.error());
      if (cursor->sequence() != missing.sequence || cursor->number < missing.first) continue;
      if (cursor->number > missing.last) break;
      read_entry(*files);
      late_.saw(*cursor);
      ++count;
      if (pending_.size() < kWriteBytes) continue;
      if (!write_pending()) return {};
      if (bytes_since_checkpoint_ >= kCheckpointBytes) write_checkpoint();
    }
  }
  late_entries_.fetch_add(count, std::memory_order_relaxed);
  late_.done_with(missing, count);
  return {};
}

bool JournalFollower::is_copy(const EntryCursor& cursor) const {
  if (last_.text.empty() || cursor.sequence() == last_.sequence()) return false;
  return std::any_of(same_moment_.begin(), same_moment_.end(),
                     [&](const EntryCursor& each) { return each.is_same(cursor); });
}

void JournalFollower::set_last(EntryCursor cursor) {
  if (same_moment_.size() == kMostOfAMoment || cursor.moment() != last_.moment()) same_moment_.clear();
  same_moment_.push_back(cursor);
  last_ = std::move(cursor);
}

bool JournalFollower::takes_entry(const HostJournal& journal) {
  const EntryTime time = journal.realtime();
  last_time_.store(time.count(), std::memory_order_relaxed);
  line_.begin(time);
  filter_.begin();
  journal.restart_fields();
  while (const auto field = journal.next_field()) {
    const std::size_t equals = field->find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = field->substr(0, equals);
    const std::string_view value = field->substr(equals + 1);
    line_.add(name, value);
    filter_.look_at(name, value);
  }
  return filter_.keeps(line_.fields()) && time > skipped_until_;
}

void JournalFollower::read_entry(const HostJournal& journal) {
  if (!takes_entry(journal)) return;
  one_.clear();
  line_.append_to(one_);
  if (written_.take(one_)) return;
  written_.append_to(pending_, one_);
  ++pending_entries_;
}

/// A line of our own, with the time of the entry behind the hole: so it is the same if a kill lets us come here again.
void JournalFollower::note_loss(const EntryCursor& cursor) {
  const Doubt doubt = std::exchange(doubt_, Doubt::kNone);
  if (last_.text.empty()) return;
  const std::uint64_t mark = late_.marks().of(cursor.sequence()).value_or(0);
  const bool known = cursor.number > 0 && mark > 0;
  const std::uint64_t lost = known && cursor.number > mark ? cursor.number - mark - 1 : 0;
  if (lost == 0 && (known || doubt == Doubt::kNumbers)) return;
  const std::string what =
      fmt::format("{} removed from the system's journal before they were read",
                  known ? fmt::format("{} entries were", lost) : "an unknown number of entries was");
  EntryLine note{LineShape{}};
  note.begin(journal_->realtime());
  note.add("PRIORITY", "4");
  note.add("SYSLOG_IDENTIFIER", "tailwater");
  note.add("MESSAGE", what);
  one_.clear();
  note.append_to(one_);
  if (written_.take(one_)) return;
  written_.append_to(pending_, one_);
  lost_.fetch_add(lost, std::memory_order_relaxed);
  spdlog::warn("stream {}: {}", options_.stream, what);
}

bool JournalFollower::write_pending() {
  while (!pending_.empty()) {
    const std::uint64_t before = spool_->offset();
    const auto appended = spool_->append_lines(pending_);
    const std::uint64_t written = spool_->offset() - before;
    bytes_.fetch_add(written, std::memory_order_relaxed);
    bytes_since_checkpoint_ += written;
    pending_.erase(0, static_cast<std::size_t>(written));
    if (!appended) {
      write_errors_.fetch_add(1, std::memory_order_relaxed);
      report(appended.error().message);
      stalled_ = true;
      behind_.store(true, std::memory_order_relaxed);
      if (!pause(kDiskRetry)) return false;
      continue;
    }
    reported_.clear();
    entries_.fetch_add(pending_entries_, std::memory_order_relaxed);
    pending_entries_ = 0;
  }
  return true;
}

void JournalFollower::write_checkpoint() {
  bytes_since_checkpoint_ = 0;
  looked_at_since_checkpoint_ = 0;
  if (last_.text.empty() || !pending_.empty() || !late_.is_settled()) return;
  const std::optional<Checkpoint>& saved = checkpoint_->last();
  if (saved && saved->cursor == last_.text && saved->offset == spool_->offset() && saved->rules == rules_) return;
  if (const auto written = checkpoint_->write({spool_->offset(), rules_, last_.text, late_.marks()}); !written) {
    write_errors_.fetch_add(1, std::memory_order_relaxed);
    report(written.error().message);
  }
}

}  // namespace tailwater
