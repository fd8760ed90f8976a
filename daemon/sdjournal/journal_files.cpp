#include "sdjournal/journal_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/unique_fd.h"

namespace tailwater {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSignature = "LPKSHHRH";
constexpr std::size_t kIdBytes = 16;
// Offsets in the header; all numbers are little-endian.
constexpr std::size_t kState = 16;
constexpr std::size_t kSequence = 72;
constexpr std::size_t kLastNumber = 160;
constexpr std::size_t kFirstNumber = 168;
constexpr char kArchived = 2;

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 8; i > 0; --i) number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return number;
}

std::optional<JournalFileHead> read_head(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  std::array<char, JournalFileHead::kBytes> bytes{};
  const ssize_t count = fd ? ::pread(fd.get(), bytes.data(), bytes.size(), 0) : -1;
  if (count < 0) return std::nullopt;
  return JournalFileHead::parse({bytes.data(), static_cast<std::size_t>(count)});
}

/// A machine's ID, perhaps with a namespace behind it.
bool is_named_by_machine(const std::string& name) {
  constexpr std::size_t kDigits = 32;
  const std::size_t digits = std::min(name.find_first_not_of("0123456789abcdef"), name.size());
  return digits == kDigits && (name.size() == kDigits || name[kDigits] == '.');
}

void find_files(const fs::path& directory, bool below, std::vector<JournalFiles::File>& found) {
  std::error_code failed;
  fs::directory_iterator entry(directory, failed);
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    std::error_code ignored;
    const fs::path& path = entry->path();
    if (path.extension() == ".journal") {
      found.push_back({path.string(), {}});
    } else if (below && is_named_by_machine(path.filename()) && entry->is_directory(ignored)) {
      find_files(path, /*below=*/false, found);
    }
  }
}

}  // namespace

std::optional<JournalFileHead> JournalFileHead::parse(std::string_view bytes) {
  if (bytes.size() < kBytes || bytes.substr(0, kSignature.size()) != kSignature) return std::nullopt;
  JournalFileHead head;
  for (const char byte : bytes.substr(kSequence, kIdBytes)) {
    fmt::format_to(std::back_inserter(head.sequence), "{:02x}", static_cast<unsigned char>(byte));
  }
  head.first = number_at(bytes, kFirstNumber);
  head.last = number_at(bytes, kLastNumber);
  head.is_archived = bytes[kState] == kArchived;
  if (head.first == 0 || head.last < head.first) return std::nullopt;
  return head;
}

void JournalFiles::look_for_files() {
  const std::vector<File> before = std::exchange(files_, {});
  for (const std::string& directory : directories_) find_files(directory, /*below=*/true, files_);
  for (File& file : files_) {
    const auto known =
        std::find_if(before.begin(), before.end(), [&](const File& each) { return each.path == file.path; });
    if (known != before.end()) file.head = known->head;
  }
  look_again();
}

void JournalFiles::look_again() {
  for (File& file : files_) {
    if (!file.head || !file.head->is_archived) file.head = read_head(file.path);
  }
}

std::vector<std::string> JournalFiles::with(std::string_view sequence, std::uint64_t first, std::uint64_t last) const {
  std::vector<std::string> paths;
  for (const File& file : files_) {
    if (!file.head || file.head->sequence != sequence || file.head->last < first || file.head->first > last) continue;
    paths.push_back(file.path);
  }
  return paths;
}

}  // namespace tailwater
