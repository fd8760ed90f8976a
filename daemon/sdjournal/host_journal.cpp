#include "sdjournal/host_journal.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <system_error>
#include <utility>

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

}  // namespace

EntryCursor EntryCursor::parse(std::string text) {
  EntryCursor cursor;
  cursor.text = std::move(text);
  std::string_view rest = cursor.text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.size() < 3 || part[1] != '=') continue;
    const std::string_view value = part.substr(2);
    if (part.front() == 's') cursor.sequence = value;
    if (part.front() == 'i') {
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number, 16);
      if (error == std::errc{} && end == value.data() + value.size()) cursor.number = number;
    }
  }
  return cursor;
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

bool HostJournal::is_at(const EntryCursor& cursor) const {
  return library_->test_cursor(handle_.get(), cursor.text.c_str()) > 0;
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
