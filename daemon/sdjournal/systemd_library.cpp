#include "sdjournal/systemd_library.h"

#include <dlfcn.h>

#include <fmt/format.h>

#include "base/build_variant.h"

namespace tailwater {
namespace {

SystemdLibrary loaded;

/// Finds functions until one is missing.
class Finder {
 public:
  explicit Finder(void* library) : library_(library) {}

  template <typename Function>
  Finder& find(const char* name, Function& function) {
    if (missing_ != nullptr) return *this;
    // POSIX makes the conversion from void* to a function's address defined (dlsym(3)).
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    if (function == nullptr) missing_ = name;
    return *this;
  }
  [[nodiscard]] const char* missing() const { return missing_; }

 private:
  void* library_;
  const char* missing_ = nullptr;
};

const char* find_all(void* library, SystemdLibrary& sd) {
  return Finder(library)
      .find("sd_journal_open", sd.open)
      .find("sd_journal_open_directory", sd.open_directory)
      .find("sd_journal_open_files", sd.open_files)
      .find("sd_journal_close", sd.close)
      .find("sd_journal_next", sd.next)
      .find("sd_journal_previous", sd.previous)
      .find("sd_journal_previous_skip", sd.previous_skip)
      .find("sd_journal_seek_head", sd.seek_head)
      .find("sd_journal_seek_tail", sd.seek_tail)
      .find("sd_journal_seek_cursor", sd.seek_cursor)
      .find("sd_journal_seek_realtime_usec", sd.seek_realtime_usec)
      .find("sd_journal_seek_monotonic_usec", sd.seek_monotonic_usec)
      .find("sd_journal_get_cursor", sd.get_cursor)
      .find("sd_journal_get_realtime_usec", sd.get_realtime_usec)
      .find("sd_journal_get_monotonic_usec", sd.get_monotonic_usec)
      .find("sd_journal_set_data_threshold", sd.set_data_threshold)
      .find("sd_journal_restart_data", sd.restart_data)
      .find("sd_journal_enumerate_available_data", sd.enumerate_available_data)
      .find("sd_journal_get_fd", sd.get_fd)
      .find("sd_journal_get_events", sd.get_events)
      .find("sd_journal_get_timeout", sd.get_timeout)
      .find("sd_journal_process", sd.process)
      .missing();
}

[[maybe_unused]] Result<const SystemdLibrary*> load_by_name() {
  if (loaded.open != nullptr) return &loaded;
  void* library = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(
        ErrorCode::kUnavailable,
        fmt::format("libsystemd is needed to read the system's journal: {} (Debian: apt-get install libsystemd0; "
                    "or remove `journal` from the [[stream]])",
                    ::dlerror()));
  }
  SystemdLibrary found;
  if (const char* missing = find_all(library, found)) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("libsystemd is too old to read the system's journal: it has no {} (246 or newer is needed)",
                            missing));
  }
  // Newer versions load these when they meet a compressed entry, which is too late: the sandbox is closed then.
  for (const char* codec : {"libzstd.so.1", "liblz4.so.1", "liblzma.so.5"}) ::dlopen(codec, RTLD_NOW | RTLD_LOCAL);
  loaded = found;
  return &loaded;
}

}  // namespace

bool SystemdLibrary::is_loaded() {
  return loaded.open != nullptr;
}

Result<const SystemdLibrary*> SystemdLibrary::load() {
  if constexpr (kStaticProgram) {
    return fail(ErrorCode::kInvalid,
                "this tailwater is a static program, which cannot load libsystemd to read the system's journal: use a "
                "package (.deb, .rpm) or a build of your own, or remove `journal` from the [[stream]]");
  } else {
    return load_by_name();
  }
}

}  // namespace tailwater
