#include "runs/run_events.h"

#include <algorithm>

#include "base/json_text.h"
#include "stream/readers_mailbox.h"

namespace tailwater {
namespace {

constexpr std::size_t kChangesAtOnce = 64;

void append_frame(std::string& out, std::string_view data) {
  out.append("event: run\ndata: ").append(data).append("\n\n");
}

/// What is said of a run that is there no more.
std::string forgotten(const RunBoard::Change& change) {
  std::string data = "{\"run\":";
  append_json_string(data, change.stream + "/" + change.file);
  append_json_string(data.append(",\"stream\":"), change.stream);
  append_json_string(data.append(",\"file\":"), change.file);
  return data.append(",\"forgotten\":true}");
}

}  // namespace

bool selects_run(const Selection& selection, std::string_view stream, std::string_view file, std::string_view path) {
  const Query& query = selection.query();
  if (!query.wants_runs() || !selection.readable().has(stream)) return false;
  return query.selects(stream, path) || query.selects(stream, file);
}

RunEvents::RunEvents(RunBoard& board) : board_(board) {
  board_.on_change([this] { tell(); });
}

/// Whoever wants one run is not made to look through all of them, nor where it is not there yet, or no more.
void RunEvents::append_only(std::string& frames, std::uint64_t& seen, const StateWish& wish) const {
  const std::uint64_t last = board_.last_change();  // before it is looked at: a later one is told next time
  std::uint64_t change = 0;
  if (const auto run = board_.find(wish.only)) {
    const RunIdentity& identity = run->run().identity;
    change = run->change();
    if (change > seen && selects_run(*wish.selection, identity.stream, identity.file, run->about().path)) {
      append_frame(frames, wish.selection->query().wants_summaries() ? run->summary() : run->whole());
    }
  } else if (const auto gone = board_.find_forgotten(wish.only)) {
    change = gone->number;
    const bool seen_before = seen > 0 && change > seen;  // whoever begins has not seen it
    if (seen_before && selects_run(*wish.selection, gone->stream, gone->file, gone->file)) {
      append_frame(frames, forgotten(*gone));
    }
  }
  seen = std::max({seen, last, change});
}

void RunEvents::append(std::string& frames, std::uint64_t& seen, const StateWish& wish, std::size_t budget) const {
  if (!wish.only.empty()) return append_only(frames, seen, wish);
  const bool from_nothing = seen == 0;
  const std::size_t enough = frames.size() + budget;
  while (frames.size() < enough) {
    const auto changes = board_.changes(seen, kChangesAtOnce);
    for (const RunBoard::Change& change : changes) {
      if (frames.size() >= enough) return;
      seen = change.number;
      if (!change.run) {
        // Whoever begins has not seen it.
        if (!from_nothing && selects_run(*wish.selection, change.stream, change.file, change.file)) {
          append_frame(frames, forgotten(change));
        }
        continue;
      }
      const RunIdentity& identity = change.run->run().identity;
      if (!selects_run(*wish.selection, identity.stream, identity.file, change.run->about().path)) continue;
      append_frame(frames, wish.selection->query().wants_summaries() ? change.run->summary() : change.run->whole());
    }
    if (changes.size() < kChangesAtOnce) return;
  }
}

std::optional<std::uint64_t> RunEvents::ended(const StateWish& wish) const {
  if (wish.only.empty()) return std::nullopt;
  const auto run = board_.find(wish.only);
  return run ? run->about().ended_with : std::nullopt;
}

void RunEvents::watch(const std::shared_ptr<ReadersMailbox>& mailbox) {
  const std::lock_guard lock(mutex_);
  watchers_.push_back(mailbox);
}

void RunEvents::unwatch(const std::shared_ptr<ReadersMailbox>& mailbox) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(watchers_.begin(), watchers_.end(), mailbox);
  if (found != watchers_.end()) watchers_.erase(found);
}

void RunEvents::tell() {
  const std::lock_guard lock(mutex_);
  for (const auto& mailbox : watchers_) mailbox->notify();
}

}  // namespace tailwater
