#include "journal/generation_search.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/unique_fd.h"

namespace tailwater {

namespace {

using BytesPtr = std::shared_ptr<const GenerationBytes>;

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using DirPtr = std::unique_ptr<DIR, DirCloser>;

struct Sibling {
  std::string name;
  std::uint64_t inode = 0;
};

/// Why what was not found may be there all the same.
struct Trouble {
  std::optional<Error> error;  ///< descriptors or memory were too short to look everywhere
  bool renamed = false;        ///< a name had come to mean another file since the folder was listed
};

void note(Trouble& trouble, std::string_view path) {
  Error error = errno_error("cannot open", path, errno);
  if (error.code == ErrorCode::kUnavailable) trouble.error = std::move(error);
}

/// O_NONBLOCK keeps a FIFO that took the name from blocking the open; it has no effect on regular files.
UniqueFd open_regular(int folder, const char* name, Trouble& trouble) {
  UniqueFd fd(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) note(trouble, name);
  struct stat status {};
  if (fd && (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))) fd.reset();
  return fd;
}

UniqueFd open_sibling(int folder, const Sibling& sibling, Trouble& trouble) {
  errno = 0;
  UniqueFd fd = open_regular(folder, sibling.name.c_str(), trouble);
  struct stat status {};
  const bool other = fd && ::fstat(fd.get(), &status) == 0 && status.st_ino != sibling.inode;
  if (other || (!fd && errno == ENOENT)) trouble.renamed = true;
  return fd;
}

BytesPtr keep(UniqueFd fd) {
  return std::make_shared<const PlainFile>(std::move(fd));
}

BytesPtr find_under_path(const WantedGeneration& wanted, Trouble& trouble) {
  UniqueFd fd = open_regular(AT_FDCWD, wanted.path.c_str(), trouble);
  return fd && same_file(wanted.identity, fd.get()) ? keep(std::move(fd)) : nullptr;
}

std::vector<Sibling> list_siblings(DIR* folder) {
  std::vector<Sibling> siblings;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) continue;
    siblings.push_back({entry->d_name, entry->d_ino});
  }
  return siblings;
}

/// logrotate without copytruncate: the inode has a new name. A generation that was compressed before anybody followed
/// its file is known by the inode of the compressed one.
BytesPtr find_renamed(const WantedGeneration& wanted, int folder, const std::vector<Sibling>& siblings,
                      CompressedFiles& files, Trouble& trouble) {
  for (const Sibling& sibling : siblings) {
    if (sibling.inode != wanted.identity.inode) continue;
    UniqueFd fd = open_sibling(folder, sibling, trouble);
    if (!fd || !same_file(wanted.identity, fd.get())) continue;
    const auto compression = compression_of(sibling.name);
    if (compression && is_compressed(fd.get(), *compression)) return files.get(std::move(fd), *compression);
    return keep(std::move(fd));
  }
  return nullptr;
}

/// logrotate with copytruncate: another inode with the same bytes, named after the file. A head alone is not enough
/// (header lines repeat), so without a fingerprint of the tail nothing is recognised.
BytesPtr find_copied(const WantedGeneration& wanted, int folder, std::string_view base_name,
                     const std::vector<Sibling>& siblings, Trouble& trouble) {
  if (wanted.identity.tail_length == 0) return nullptr;
  for (const Sibling& sibling : siblings) {
    if (sibling.name.size() <= base_name.size() || !sibling.name.starts_with(base_name)) continue;
    UniqueFd fd = open_sibling(folder, sibling, trouble);
    if (fd && same_content(wanted.identity, fd.get())) return keep(std::move(fd));
  }
  return nullptr;
}

/// What compressed a rotated file made of it: `app.log.2.gz`, `app-20261120.log.zst`. Its head tells quickly which ones
/// are worth reading to their tail; null if none is it.
BytesPtr find_compressed(const WantedGeneration& wanted, int folder, std::string_view base_name,
                         const std::vector<Sibling>& siblings, CompressedFiles& files, Trouble& trouble) {
  if (wanted.identity.tail_length == 0) return nullptr;
  const std::string_view stem = base_name.substr(0, base_name.rfind('.'));
  for (const Sibling& sibling : siblings) {
    const auto compression = compression_of(sibling.name);
    if (!compression || !sibling.name.starts_with(stem)) continue;
    UniqueFd fd = open_sibling(folder, sibling, trouble);
    if (!fd) continue;
    const auto file = files.get(std::move(fd), *compression);
    const auto holds = file->holds(wanted.identity);
    if (holds && *holds) return file;
    if (!holds && holds.error().code == ErrorCode::kUnavailable) trouble.error = holds.error();
  }
  return nullptr;
}

BytesPtr find_in_folder(const WantedGeneration& wanted, CompressedFiles& compressed, Trouble& trouble) {
  const std::size_t slash = wanted.path.rfind('/');
  if (slash == std::string::npos) return nullptr;
  const std::string folder_path = wanted.path.substr(0, slash + 1);
  const DirPtr folder(::opendir(folder_path.c_str()));
  if (!folder) {
    note(trouble, folder_path);
    return nullptr;
  }
  const auto siblings = list_siblings(folder.get());
  const int fd = ::dirfd(folder.get());
  const std::string_view base_name = std::string_view(wanted.path).substr(slash + 1);
  BytesPtr bytes = wanted.inode_reused ? nullptr : find_renamed(wanted, fd, siblings, compressed, trouble);
  if (!bytes) bytes = find_copied(wanted, fd, base_name, siblings, trouble);
  if (!bytes) bytes = find_compressed(wanted, fd, base_name, siblings, compressed, trouble);
  return bytes;
}

}  // namespace

Result<BytesPtr> find_generation(const WantedGeneration& wanted, CompressedFiles& compressed) {
  // Who looks while a rotation renames `app.log.1` to `app.log.2` looks again; a folder in which that never ends is not
  // waited for.
  constexpr int kMostLooks = 4;
  Trouble trouble;
  for (int look = 0; look < kMostLooks && wanted.identity.inode != 0; ++look) {
    trouble = {};
    if (!wanted.inode_reused) {
      if (auto bytes = find_under_path(wanted, trouble)) return bytes;
    }
    if (auto bytes = find_in_folder(wanted, compressed, trouble)) return bytes;
    if (!trouble.renamed) break;
  }
  if (trouble.error) return fail(std::move(*trouble.error));
  return fail(ErrorCode::kGone,
              fmt::format("{}: the bytes of this generation are in no file of its folder any more", wanted.path));
}

}  // namespace tailwater
