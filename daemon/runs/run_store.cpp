#include "runs/run_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "journal/varint.h"

namespace tailwater {
namespace {

constexpr std::size_t kHeadBytes = 12;
constexpr char kRun = 'r';
constexpr char kRemoved = 'x';

std::string frame_of(std::string_view payload) {
  std::string frame;
  ByteWriter writer(frame);
  writer.fixed(payload.size(), 4);
  writer.fixed(fingerprint(payload), 8);
  return frame.append(payload);
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(errno_error("write", path, count == 0 ? ENOSPC : errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::string> read_whole(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(errno_error("stat", path, errno));
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t have = 0; have < bytes.size();) {
    const ssize_t count = ::pread(fd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error("read", path, errno));
    if (count == 0) bytes.resize(have);
    have += static_cast<std::size_t>(count);
  }
  return bytes;
}

/// Takes the next record off the front; nullopt at the end, or where no whole one follows.
std::optional<std::string_view> take_record(std::string_view& bytes) {
  ByteReader head(bytes.substr(0, kHeadBytes));
  const std::uint64_t length = head.fixed(4);
  const std::uint64_t sum = head.fixed(8);
  if (!head.ok() || length > RunStore::kMaxRecordBytes || bytes.size() - kHeadBytes < length) return std::nullopt;
  const std::string_view payload = bytes.substr(kHeadBytes, length);
  if (fingerprint(payload) != sum) return std::nullopt;
  bytes.remove_prefix(kHeadBytes + length);
  return payload;
}

std::string name_of(const StoredRun& run) {
  return fmt::format("{}/{}", run.stream, run.file);
}

}  // namespace

Result<std::unique_ptr<RunStore>> RunStore::open(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno_error("mkdir", directory, errno));
  std::unique_ptr<RunStore> store(new RunStore(directory));
  if (auto loaded = store->load(); !loaded) return fail(loaded.error());
  return store;
}

Result<void> RunStore::load() {
  fd_.reset(::open(path().c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_) return fail(errno_error("open", path(), errno));
  auto bytes = read_whole(fd_.get(), path());
  if (!bytes) return fail(bytes.error());
  std::map<std::string, StoredRun> runs;
  std::string_view rest = *bytes;
  while (const auto payload = take_record(rest)) {
    if (payload->empty()) continue;
    if (payload->front() == kRemoved) {
      const std::string name(payload->substr(1));
      runs.erase(name);
      note(name, 0);
    } else if (auto run = decode_run(payload->substr(1))) {
      const std::string name = name_of(*run);
      note(name, kHeadBytes + payload->size());
      runs.insert_or_assign(name, std::move(*run));
    }
  }
  size_ = bytes->size() - rest.size();
  if (!rest.empty()) {
    warning_ = fmt::format("{}: the last {} bytes are no whole record (the end was cut off, probably by a kill)",
                           path(), rest.size());
    if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) return fail(errno_error("truncate", path(), errno));
  }
  for (auto& [name, run] : runs) loaded_.push_back(std::move(run));
  return {};
}

void RunStore::note(const std::string& name, ByteCount bytes) {
  const auto known = records_.find(name);
  if (known != records_.end()) live_ -= known->second;
  live_ += bytes;
  if (bytes == 0) {
    if (known != records_.end()) records_.erase(known);
  } else {
    records_.insert_or_assign(name, bytes);
  }
}

Result<void> RunStore::append(std::string_view payload) {
  const std::string frame = frame_of(payload);
  auto written = write_all(fd_.get(), frame, path());
  if (!written) {
    // What is half there would hide all that follows.
    if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) return fail(errno_error("truncate", path(), errno));
    return written;
  }
  size_ += frame.size();
  return {};
}

Result<void> RunStore::put(const StoredRun& run, bool durable) {
  const std::string payload = kRun + encode_run(run);
  if (auto appended = append(payload); !appended) return appended;
  note(name_of(run), kHeadBytes + payload.size());
  if (durable && ::fdatasync(fd_.get()) != 0) return fail(errno_error("sync", path(), errno));
  return {};
}

Result<void> RunStore::remove(const std::string& stream, const std::string& file) {
  const std::string name = fmt::format("{}/{}", stream, file);
  if (records_.find(name) == records_.end()) return {};
  if (auto appended = append(kRemoved + name); !appended) return appended;
  note(name, 0);
  return {};
}

Result<void> RunStore::rewrite(const std::function<void(const Write&)>& each) {
  const std::string fresh = path() + ".new";
  UniqueFd fd(::open(fresh.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail(errno_error("open", fresh, errno));
  std::map<std::string, ByteCount> records;
  ByteCount size = 0;
  Result<void> written;
  each([&](const StoredRun& run) {
    if (!written) return;
    const std::string frame = frame_of(kRun + encode_run(run));
    written = write_all(fd.get(), frame, fresh);
    records.insert_or_assign(name_of(run), frame.size());
    size += frame.size();
  });
  if (written && ::fdatasync(fd.get()) != 0) written = fail(errno_error("sync", fresh, errno));
  if (written && ::rename(fresh.c_str(), path().c_str()) != 0) written = fail(errno_error("rename", fresh, errno));
  if (!written) {
    ::unlink(fresh.c_str());
    return written;
  }
  const UniqueFd folder(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
  fd_ = std::move(fd);
  records_ = std::move(records);
  size_ = live_ = size;
  return {};
}

}  // namespace tailwater
