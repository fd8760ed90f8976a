#include "source/spool_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tailwater {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".log";
constexpr std::size_t kMostSegments = 4;
/// Of a limit that was reached this part is made free.
constexpr std::uint64_t kSpare = 128;

bool is_segment(std::string_view segment) {
  return !segment.empty() && segment.front() != '.' && std::all_of(segment.begin(), segment.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

/// A spool as it lies on disk.
struct StoredSpool {
  std::string path;
  ByteCount bytes = 0;
  WallTime last_append{};
};

WallTime modified(const struct stat& status) {
  return WallTime(std::chrono::seconds(status.st_mtim.tv_sec)) +
         std::chrono::duration_cast<Milliseconds>(std::chrono::nanoseconds(status.st_mtim.tv_nsec));
}

std::vector<StoredSpool> stored_spools(const std::string& folder) {
  std::vector<StoredSpool> spools;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string path = at->path();
    struct stat status {};
    if (path.size() <= kEnding.size() || path.substr(path.size() - kEnding.size()) != kEnding) continue;
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    StoredSpool spool{path, static_cast<ByteCount>(status.st_size), modified(status)};
    if (::lstat((path + ".1").c_str(), &status) == 0) spool.bytes += static_cast<ByteCount>(status.st_size);
    spools.push_back(std::move(spool));
  }
  std::sort(spools.begin(), spools.end(),
            [](const auto& left, const auto& right) { return left.last_append < right.last_append; });
  return spools;
}

}  // namespace

std::string SpoolStore::pattern() const {
  return fmt::format("{}/**/*{}", folder_, kEnding);
}

bool SpoolStore::is_name(std::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  for (std::size_t segments = 1;; ++segments) {
    const std::size_t slash = name.find('/');
    if (segments > kMostSegments || !is_segment(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

std::string SpoolStore::path_of(std::string_view name) const {
  return fmt::format("{}/{}{}", folder_, name, kEnding);
}

Result<void> SpoolStore::make_folders(std::string_view name) const {
  std::error_code failed;
  const fs::path folder = fs::path(path_of(name)).parent_path();
  fs::create_directories(folder, failed);
  if (failed) return fail(errno_error("mkdir", folder.string(), failed.value()));
  return {};
}

Result<Spool*> SpoolStore::find(std::string_view name, bool make) {
  if (!is_name(name)) {
    return fail(ErrorCode::kInvalid,
                "a name is one to four parts of A-Z a-z 0-9 . _ -, with slashes between them, and "
                "no part begins with a dot");
  }
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const auto& each) { return each.first == name; });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
    return &open_.front().second;
  }
  struct stat status {};
  const std::string path = path_of(name);
  if (::lstat(path.c_str(), &status) != 0) {
    if (!make) return fail(ErrorCode::kNotFound, fmt::format("nothing was pushed to {} yet", name));
    if (auto made = make_folders(name); !made) return fail(made.error());
  }
  auto spool = Spool::open(path, limits_.file_bytes);
  if (!spool) return fail(spool.error());
  open_.emplace_front(std::string(name), std::move(*spool));
  if (open_.size() > kMaxOpen) open_.pop_back();
  return &open_.front().second;
}

void SpoolStore::forget(const std::string& path) {
  open_.remove_if([&](const auto& each) { return path_of(each.first) == path; });
  for (const char* ending : {"", ".1", ".base", ".base.new"}) {
    std::error_code ignored;
    fs::remove(path + ending, ignored);
  }
}

void SpoolStore::enforce(WallTime now, std::string_view used) {
  const std::vector<StoredSpool> spools = stored_spools(folder_);
  const std::string used_path = used.empty() ? "" : path_of(used);
  ByteCount bytes = 0;
  for (const StoredSpool& spool : spools) bytes += spool.bytes;
  std::uint64_t left = spools.size();
  const ByteCount most_bytes = bytes > limits_.bytes ? limits_.bytes - limits_.bytes / kSpare : limits_.bytes;
  const std::uint64_t most_files = left > limits_.files ? limits_.files - limits_.files / kSpare : limits_.files;
  for (const StoredSpool& spool : spools) {
    const bool too_old = now - spool.last_append > limits_.age;
    if (!too_old && bytes <= most_bytes && left <= most_files) break;
    if (spool.path == used_path) continue;
    spdlog::info(
        "{}: removed, {}", spool.path,
        too_old ? "nothing was pushed to it for longer than push_age" : "to keep within push_bytes and push_files");
    forget(spool.path);
    bytes -= spool.bytes;
    --left;
  }
  names_left_ = limits_.files - std::min(limits_.files, left);
  bytes_left_ = limits_.bytes - std::min(limits_.bytes, bytes);
}

void SpoolStore::make_room(WallTime now, std::string_view name) {
  if (names_left_ == 0 || bytes_left_ == 0) enforce(now, name);
  names_left_ -= std::min<std::uint64_t>(names_left_, 1);
}

}  // namespace tailwater
