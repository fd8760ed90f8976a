#include "sdjournal/host_journal.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

/// Functions of sd-journal return a negative errno.
Error journal_error(std::string_view what, int result) {
  return errno_error(what, "the system's journal", -result);
}

Result<void> checked(std::string_view what, int result) {
  if (result < 0) return fail(journal_error(what, result));
  return {};
}

/// The value of a part of a cursor: "s=...;i=...;b=...;m=...;t=...;x=...".
std::string_view part_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(';'));
    if (part.substr(0, name.size()) == name) return part.substr(name.size());
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return {};
}

}  // namespace

EntryCursor EntryCursor::parse(std::string text) {
  EntryCursor cursor;
  cursor.text = std::move(text);
  const std::string_view number = part_of(cursor.text, "i=");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, 16);
  if (error == std::errc{} && end == number.data() + number.size()) cursor.number = value;
  return cursor;
}

EntryCursor EntryCursor::of(std::string_view sequence, std::uint64_t number) {
  return parse(fmt::format("s={};i={:x}", sequence, number));
}

std::string_view EntryCursor::sequence() const {
  return part_of(text, "s=");
}

std::string_view EntryCursor::identity() const {
  const std::size_t begin = text.find(";b=");
  return begin == std::string::npos ? std::string_view() : std::string_view(text).substr(begin + 1);
}

std::string_view EntryCursor::moment() const {
  const std::string_view all = identity();
  return all.substr(0, all.rfind(";x="));
}

bool EntryCursor::is_same(const EntryCursor& other) const {
  if (sequence() == other.sequence()) return number > 0 && number == other.number;
  return !identity().empty() && identity() == other.identity();
}

Result<HostJournal> HostJournal::open(const SystemdLibrary& library, const std::string& directory,
                                      std::size_t largest_field) {
  sd_journal* opened = nullptr;
  const int result = directory.empty() ? library.open(&opened, SD_JOURNAL_LOCAL_ONLY)
                                       : library.open_directory(&opened, directory.c_str(), 0);
  if (result < 0) {
    return fail(errno_error("open journal", directory.empty() ? "of the system" : directory, -result));
  }
  Handle handle(opened, Close{&library});
  // Before any place is sought: from here on changes are noticed.
  const int fd = library.get_fd(handle.get());
  if (fd < 0) return fail(journal_error("watch", fd));
  library.set_data_threshold(handle.get(), largest_field);
  return HostJournal(library, std::move(handle), fd);
}

Result<HostJournal> HostJournal::open_files(const SystemdLibrary& library, const std::vector<std::string>& paths,
                                            std::size_t largest_field) {
  std::vector<const char*> names;
  names.reserve(paths.size() + 1);
  for (const std::string& path : paths) names.push_back(path.c_str());
  names.push_back(nullptr);
  sd_journal* opened = nullptr;
  if (const int result = library.open_files(&opened, names.data(), 0); result < 0) {
    return fail(errno_error("open journal", paths.empty() ? "" : paths.front(), -result));
  }
  library.set_data_threshold(opened, largest_field);
  return HostJournal(library, Handle(opened, Close{&library}), -1);
}

Result<void> HostJournal::seek_head() {
  return checked("seek in", library_->seek_head(handle_.get()));
}

Result<void> HostJournal::seek_cursor(const EntryCursor& cursor) {
  return checked("seek in", library_->seek_cursor(handle_.get(), cursor.text.c_str()));
}

Result<void> HostJournal::seek_realtime(std::chrono::microseconds since_epoch) {
  return checked("seek in",
                 library_->seek_realtime_usec(handle_.get(), static_cast<std::uint64_t>(since_epoch.count())));
}

Result<void> HostJournal::seek_last_boot() {
  if (auto sought = checked("seek in", library_->seek_tail(handle_.get())); !sought) return sought;
  const int moved = library_->previous(handle_.get());
  if (moved <= 0) return moved < 0 ? checked("read", moved) : seek_head();
  std::uint64_t time = 0;
  sd_id128_t boot{};
  if (auto got = checked("read", library_->get_monotonic_usec(handle_.get(), &time, &boot)); !got) return got;
  return checked("seek in", library_->seek_monotonic_usec(handle_.get(), boot, 0));
}

Result<void> HostJournal::seek_before_end(std::uint64_t count) {
  if (auto sought = checked("seek in", library_->seek_tail(handle_.get())); !sought) return sought;
  // One more: next() goes to the one behind. sd_journal_next(3) takes a place at the tail for one that has been read.
  const int moved = library_->previous_skip(handle_.get(), count + 1);
  if (moved < 0) return checked("read", moved);
  if (static_cast<std::uint64_t>(moved) < count + 1) return seek_head();
  return {};
}

Result<void> HostJournal::seek_tail() {
  return checked("seek in", library_->seek_tail(handle_.get()));
}

Result<bool> HostJournal::previous() {
  const int moved = library_->previous(handle_.get());
  if (moved < 0) return fail(journal_error("read", moved));
  return moved > 0;
}

Result<bool> HostJournal::next() {
  const int moved = library_->next(handle_.get());
  if (moved < 0) return fail(journal_error("read", moved));
  return moved > 0;
}

std::chrono::microseconds HostJournal::realtime() const {
  std::uint64_t time = 0;
  if (library_->get_realtime_usec(handle_.get(), &time) < 0) time = 0;
  return std::chrono::microseconds(time);
}

Result<EntryCursor> HostJournal::cursor() const {
  char* text = nullptr;
  if (auto got = checked("read", library_->get_cursor(handle_.get(), &text)); !got) return fail(got.error());
  const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
  return EntryCursor::parse(text);
}

void HostJournal::restart_fields() const {
  library_->restart_data(handle_.get());
}

std::optional<std::string_view> HostJournal::next_field() const {
  const void* data = nullptr;
  std::size_t size = 0;
  if (library_->enumerate_available_data(handle_.get(), &data, &size) <= 0) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), size);
}

short HostJournal::events() const {
  const int events = library_->get_events(handle_.get());
  return static_cast<short>(events > 0 ? events : 0);
}

int HostJournal::timeout_ms() const {
  std::uint64_t until = std::numeric_limits<std::uint64_t>::max();
  if (library_->get_timeout(handle_.get(), &until) < 0) return -1;
  if (until == std::numeric_limits<std::uint64_t>::max()) return -1;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto now_usec =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  return until <= now_usec ? 0 : static_cast<int>((until - now_usec + 999) / 1000);
}

Result<HostJournal::Change> HostJournal::process() {
  const int happened = library_->process(handle_.get());
  if (happened < 0) return fail(journal_error("watch", happened));
  if (happened == SD_JOURNAL_INVALIDATE) return Change::kFilesChanged;
  return happened == SD_JOURNAL_APPEND ? Change::kAppended : Change::kNone;
}

}  // namespace tailwater
