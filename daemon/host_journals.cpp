#include "host_journals.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/time_text.h"
#include "sdjournal/journal_access.h"

namespace tailwater {
namespace {

EntryRules rules_of(const StreamConfig& stream) {
  return {stream.journal_units, stream.journal_kernel, stream.journal_priority, stream.journal_matches};
}

Result<FirstEntries> first_entries(const std::string& since) {
  FirstEntries first;
  if (since.empty()) return first;
  if (since == "boot") {
    first.from = FirstEntries::From::kBoot;
  } else if (since == "all") {
    first.from = FirstEntries::From::kAll;
  } else if (since == "now") {
    first.from = FirstEntries::From::kNow;
  } else if (const auto age = parse_duration(since)) {
    first.from = FirstEntries::From::kAge;
    first.age = *age;
  } else {
    return fail(ErrorCode::kInvalid,
                fmt::format("'{}' is no place in the journal (write \"boot\", \"all\", \"now\", or "
                            "how far back: \"24h\")",
                            since));
  }
  return first;
}

/// All of a stream that its follower is made of, to compare.
std::string settings_of(const StreamConfig& stream) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", stream.journal_directory,
                     fmt::join(stream.journal_units, "\t"), stream.journal_kernel, stream.journal_priority,
                     fmt::join(stream.journal_matches, "\t"), fmt::join(stream.journal_fields, "\t"),
                     stream.journal_since, stream.journal_spool_bytes, stream.max_record_bytes);
}

/// Checks one stream; what is wrong goes to `errors`, with its place.
class Checker {
 public:
  Checker(const StreamConfig& stream, Errors& errors) : stream_(stream), errors_(errors) {}

  void check() {
    EntryRules one;
    for (const std::string& unit : stream_.journal_units) {
      one.units = {unit};
      if (unit.empty()) {
        add("journal.units", "the text is empty (remove it)");
      } else {
        check_rules("journal.units", one);
      }
    }
    check_rules("journal.priority", {{}, false, stream_.journal_priority, {}});
    check_rules("journal.matches", {{}, false, {}, stream_.journal_matches});
    for (const std::string& field : stream_.journal_fields) {
      if (field == "all" || EntryFilter::is_field_name(field)) continue;
      add("journal.fields", fmt::format("'{}' is no field (write \"all\", or names of capital letters, digits and _, "
                                        "such as \"_UID\")",
                                        field));
    }
    if (const auto first = first_entries(stream_.journal_since); !first) add("journal.since", first.error().message);
    const std::string& directory = stream_.journal_directory;
    if (directory.empty() || directory.front() == '/') return;
    add("journal.directory", fmt::format("'{}' is not absolute (write it from / on)", directory));
  }

 private:
  void check_rules(std::string_view key, const EntryRules& rules) {
    if (const auto filter = EntryFilter::make(rules); !filter) add(key, filter.error().message);
  }
  void add(std::string_view key, std::string_view message) {
    const auto place = stream_.places.find(key);
    const std::string at = place == stream_.places.end() || place->second.empty() ? "" : place->second + ": ";
    errors_.push_back({ErrorCode::kInvalid, fmt::format("{}stream {}: {}: {}", at, stream_.name, key, message)});
  }

  const StreamConfig& stream_;
  Errors& errors_;
};

}  // namespace

Errors check_host_journals(const Configuration& configuration) {
  Errors errors;
  for (const StreamConfig& stream : configuration.streams) {
    if (stream.journal) Checker(stream, errors).check();
  }
  return errors;
}

HostJournals::HostJournals(const std::string& state_directory, const Clock& clock)
    : folder_(state_directory.empty() ? "" : state_directory + "/sdjournal"), clock_(clock) {}

HostJournals::~HostJournals() {
  stop();
}

Result<void> HostJournals::prepare(const std::vector<StreamConfig>& streams, bool sandboxed) {
  for (const StreamConfig& stream : streams) {
    if (!stream.journal) continue;
    if (folder_.empty()) {
      return fail(ErrorCode::kInvalid, fmt::format("stream {}: entries of the system's journal are kept in the state "
                                                   "directory, and there is none (see --state-dir)",
                                                   stream.name));
    }
    if (sandboxed && !SystemdLibrary::is_loaded()) {
      return fail(ErrorCode::kDenied, fmt::format("stream {}: libsystemd can only be loaded before the sandbox closes "
                                                  "(restart tailwater to follow the system's journal)",
                                                  stream.name));
    }
    auto library = SystemdLibrary::load();
    if (!library) return fail(library.error());
    library_ = *library;
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno_error("mkdir", folder_, errno));
    const auto access = check_journal_access(stream.journal_directory);
    if (access) {
      if (!access->empty()) spdlog::warn("stream {}: {}", stream.name, *access);
      continue;
    }
    if (access.error().code != ErrorCode::kNotFound) {
      return fail(access.error().code, fmt::format("stream {}: {}", stream.name, access.error().message));
    }
    spdlog::warn("stream {}: {}; it is followed when it appears", stream.name, access.error().message);
  }
  return {};
}

std::optional<std::string> HostJournals::path(const StreamConfig& stream) const {
  if (!stream.journal || folder_.empty()) return std::nullopt;
  return fmt::format("{}/{}.jsonl", folder_, stream.name);
}

Result<void> HostJournals::configure(const std::vector<StreamConfig>& streams) {
  std::map<std::string, Running> wanted;
  std::map<std::string, Running> ending;
  {
    const std::lock_guard lock(mutex_);
    ending.swap(running_);
  }
  for (const StreamConfig& stream : streams) {
    if (!stream.journal || library_ == nullptr) continue;
    std::string settings = settings_of(stream);
    if (const auto known = ending.find(stream.name); known != ending.end() && known->second.settings == settings) {
      wanted.insert(ending.extract(known));
    } else {
      wanted[stream.name].settings = std::move(settings);
    }
  }
  ending.clear();  // and so stopped: one spool is never written by two
  Result<void> done;
  for (const StreamConfig& stream : streams) {
    const auto found = wanted.find(stream.name);
    if (found == wanted.end() || found->second.follower != nullptr) continue;
    const auto first = first_entries(stream.journal_since);  // has been checked
    auto follower = JournalFollower::make({stream.name,
                                           stream.journal_directory,
                                           rules_of(stream),
                                           {stream.journal_fields, stream.max_record_bytes},
                                           first.value_or(FirstEntries{}),
                                           *path(stream),
                                           stream.journal_spool_bytes},
                                          *library_, clock_);
    if (follower) done = (*follower)->start();
    if (!follower) done = fail(follower.error());
    if (follower && done) found->second.follower = std::move(*follower);
    if (!done) break;
  }
  for (auto each = wanted.begin(); each != wanted.end();) {
    each = each->second.follower == nullptr ? wanted.erase(each) : std::next(each);
  }
  const std::lock_guard lock(mutex_);
  running_ = std::move(wanted);
  return done;
}

void HostJournals::stop() {
  std::map<std::string, Running> ending;
  {
    const std::lock_guard lock(mutex_);
    ending.swap(running_);
  }
}

JournalFollowerStatus HostJournals::status(const std::string& stream) const {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(stream);
  return found == running_.end() ? JournalFollowerStatus{} : found->second.follower->status();
}

}  // namespace tailwater
