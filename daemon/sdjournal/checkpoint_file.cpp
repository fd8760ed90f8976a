// A slot is a line of text, padded with blanks: "tailwater-sdjournal 2 NUMBER OFFSET RULES MARKS CURSOR CHECKSUM".
#include "sdjournal/checkpoint_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr std::string_view kMagic = "tailwater-sdjournal 2 ";

std::string_view next_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

}  // namespace

std::string CheckpointFile::Slot::to_text() const {
  std::string text = fmt::format("{}{} {} {} {} {}", kMagic, number, checkpoint.offset, checkpoint.rules,
                                 checkpoint.marks.to_text(), checkpoint.cursor);
  text += fmt::format(" {:016x}", fingerprint(text));
  return text;
}

std::optional<CheckpointFile::Slot> CheckpointFile::Slot::parse(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const std::size_t last = text.rfind(' ');
  if (last == std::string_view::npos || last < kMagic.size() || !text.starts_with(kMagic)) return std::nullopt;
  if (text.substr(last + 1) != fmt::format("{:016x}", fingerprint(text.substr(0, last)))) return std::nullopt;
  text = text.substr(kMagic.size(), last - kMagic.size());
  const auto number = parse_number<std::uint64_t>(next_word(text));
  const auto offset = parse_number<std::uint64_t>(next_word(text));
  const auto rules = parse_number<std::uint64_t>(next_word(text));
  auto marks = SequenceMarks::parse(next_word(text));
  if (!number || !offset || !rules || !marks || text.empty()) return std::nullopt;
  return Slot{*number, {*offset, *rules, std::string(text), std::move(*marks)}};
}

Result<CheckpointFile> CheckpointFile::open(const std::string& path) {
  CheckpointFile file(path);
  if (auto opened = file.open_file(); !opened) return fail(opened.error());
  if (auto read = file.read_slots(); !read) return fail(read.error());
  return file;
}

Result<void> CheckpointFile::open_file() {
  fd_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_) return fail(errno_error("open", path_, errno));
  return {};
}

Result<void> CheckpointFile::read_slots() {
  for (const off_t at : {off_t{0}, static_cast<off_t>(kSlotBytes)}) {
    std::array<char, kSlotBytes> bytes{};
    const ssize_t count = ::pread(fd_.get(), bytes.data(), bytes.size(), at);
    if (count < 0) return fail(errno_error("read", path_, errno));
    auto slot = Slot::parse({bytes.data(), static_cast<std::size_t>(count)});
    if (!slot || (last_ && slot->number < number_)) continue;
    number_ = slot->number;
    last_ = std::move(slot->checkpoint);
  }
  return {};
}

Result<void> CheckpointFile::write(const Checkpoint& checkpoint) {
  struct stat status {};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0 || status.st_nlink == 0) {
    if (auto opened = open_file(); !opened) return opened;
  }
  std::string text = Slot{number_ + 1, checkpoint}.to_text();
  if (text.size() >= kSlotBytes || checkpoint.cursor.empty()) {
    return fail(ErrorCode::kInternal, fmt::format("{}: a cursor of {} bytes", path_, checkpoint.cursor.size()));
  }
  text.resize(kSlotBytes - 1, ' ');
  text.push_back('\n');
  const auto at = static_cast<off_t>((number_ + 1) % 2 * kSlotBytes);
  const ssize_t count = ::pwrite(fd_.get(), text.data(), text.size(), at);
  if (count != static_cast<ssize_t>(text.size())) {
    return fail(errno_error("write", path_, count < 0 ? errno : ENOSPC));
  }
  ++number_;
  last_ = checkpoint;
  return {};
}

}  // namespace tailwater
