// TempDir: a directory of a test's own, gone with it. It is made under $TMPDIR (else /tmp), open to every user so that
// a daemon that has given up its privileges can still read what lies in it. in_memory() makes one where no disk is.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace tailwater {

class TempDir {
 public:
  TempDir() : TempDir(std::getenv("TMPDIR")) {}
  [[nodiscard]] static TempDir in_memory() { return TempDir(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : nullptr); }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  /// A new folder inside, with its parents.
  [[nodiscard]] std::string folder(std::string_view name) const {
    const std::string made = file(name);
    std::filesystem::create_directories(made);
    return made;
  }

 private:
  explicit TempDir(const char* parent)
      : path_(std::string(parent != nullptr && *parent != '\0' ? parent : "/tmp") + "/tailwater-test-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
      std::perror(path_.c_str());
      std::abort();
    }
    ::chmod(path_.c_str(), 0755);
  }

  std::string path_;
};

}  // namespace tailwater
