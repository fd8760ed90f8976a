#include "metrics/block_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/unique_fd.h"

namespace tailwater {
namespace {

constexpr std::string_view kEnding = ".block";
constexpr ByteCount kMaxBlockBytes = 64ULL << 20;

std::optional<BlockName> parse_name(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.size() < kEnding.size() ||
      text.substr(text.size() - kEnding.size()) != kEnding) {
    return std::nullopt;
  }
  const auto step = parse_number<std::uint32_t>(text.substr(0, dash));
  const auto first = parse_number<std::int64_t>(text.substr(dash + 1, text.size() - kEnding.size() - dash - 1));
  if (!step || !first) return std::nullopt;
  return BlockName{*step, *first};
}

bool write_whole(const std::string& path, std::string_view bytes) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  while (fd && !bytes.empty()) {
    const ssize_t count = ::write(fd.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return fd.valid();
}

}  // namespace

std::string BlockStore::path(const BlockName& name) const {
  return fmt::format("{}/{}-{}{}", directory_, name.step_ms, name.first, kEnding);
}

Result<void> BlockStore::open() {
  if (directory_.empty()) return {};
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno_error("mkdir", directory_, errno));
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory_.c_str()), ::closedir);
  if (!folder) return fail(errno_error("open", directory_, errno));
  const std::lock_guard lock(mutex_);
  while (const dirent* entry = ::readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): the stream is our own
    struct stat status {};
    const auto name = parse_name(entry->d_name);
    if (!name || ::stat(path(*name).c_str(), &status) != 0) continue;
    entries_[*name].size = static_cast<ByteCount>(status.st_size);
  }
  return {};
}

void BlockStore::put(const BlockName& name, std::string bytes) {
  Entry entry{bytes.size(), {}};
  if (directory_.empty()) {
    entry.bytes = std::move(bytes);
  } else {
    const std::string fresh = directory_ + "/fresh";
    if (!write_whole(fresh, bytes) || ::rename(fresh.c_str(), path(name).c_str()) != 0) {
      write_errors_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
  const std::lock_guard lock(mutex_);
  entries_[name] = std::move(entry);
}

void BlockStore::remove(const BlockName& name) {
  if (!directory_.empty()) ::unlink(path(name).c_str());
  const std::lock_guard lock(mutex_);
  entries_.erase(name);
}

std::optional<std::string> BlockStore::get(const BlockName& name) const {
  if (directory_.empty()) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return std::nullopt;
    return found->second.bytes;
  }
  const UniqueFd fd(::open(path(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return std::nullopt;
  std::string bytes(std::min(static_cast<ByteCount>(status.st_size), kMaxBlockBytes), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

std::vector<std::pair<BlockName, ByteCount>> BlockStore::list(std::uint32_t step_ms) const {
  std::vector<std::pair<BlockName, ByteCount>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_) {
    if (name.step_ms == step_ms) found.emplace_back(name, entry.size);
  }
  return found;
}

ByteCount BlockStore::bytes() const {
  const std::lock_guard lock(mutex_);
  ByteCount sum = 0;
  for (const auto& [name, entry] : entries_) sum += entry.size;
  return sum;
}

}  // namespace tailwater
