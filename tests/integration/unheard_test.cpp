// Where inotify cannot tell of everything: overlay file systems, whose lower side others may write to, and more files
// than watches are allowed for.
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

/// An overlay in a memory file system: what is written to `upper` changes in `merged` without inotify hearing of it.
class Overlay {
 public:
  Overlay() {
    if (::mount("none", base().c_str(), "tmpfs", 0, nullptr) != 0) return;
    base_mounted_ = true;
    for (const char* folder : {"/lower", "/upper", "/work", "/merged"}) {
      std::filesystem::create_directory(base() + folder);
    }
    const std::string options =
        "lowerdir=" + base() + "/lower,upperdir=" + base() + "/upper,workdir=" + base() + "/work";
    mounted_ = ::mount("overlay", merged().c_str(), "overlay", 0, options.c_str()) == 0;
  }
  ~Overlay() {
    if (mounted_) ::umount2(merged().c_str(), MNT_DETACH);
    if (base_mounted_) ::umount2(base().c_str(), MNT_DETACH);
  }
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string merged() const { return base() + "/merged"; }
  [[nodiscard]] std::string upper() const { return base() + "/upper"; }

 private:
  [[nodiscard]] std::string base() const { return folder_.path(); }
  TempDir folder_;
  bool base_mounted_ = false;
  bool mounted_ = false;
};

class Unheard : public DaemonTest {
 protected:
  void write_config(const std::string& toml, const std::string& paths) {
    append_to_file(config_path(), toml + "[[stream]]\nname = \"app\"\npaths = [\"" + paths + "\"]\n");
  }
};

TEST_F(Unheard, OverlayFileSystemsArePolled) {
  const Overlay overlay;
  if (!overlay.mounted()) GTEST_SKIP() << "only root may mount an overlay";
  append_numbered_lines(overlay.merged() + "/app.log", 0, 0, 10);
  write_config("[limits]\npoll_interval = \"100ms\"\nsweep_interval = \"60s\"\n", overlay.merged() + "/*.log");
  DaemonProcess daemon({"--config", config_path()});
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  SseClient client(daemon.port(), "/api/events?from=start");
  ASSERT_TRUE(client.connect());
  NumberedLines seen;
  read_numbered(client, 10, seen);
  append_numbered_lines(overlay.upper() + "/app.log", 0, 10, 10);
  append_numbered_lines(overlay.upper() + "/other.log", 1, 0, 10);
  read_numbered(client, 30, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {20, 10}, every_line), "");
}

/// 15: as NFS shows it when its attributes are older than its data.
TEST_F(Unheard, C15ASizeThatIsSmallerForAMomentReadsNothingAgain) {
  const Overlay overlay;
  if (!overlay.mounted()) GTEST_SKIP() << "only root may mount an overlay";
  const std::string log = overlay.merged() + "/app.log";
  append_numbered_lines(log, 0, 0, 10);
  const std::string whole = read_whole_file(log);
  write_config("[limits]\npoll_interval = \"1s\"\n", log);
  DaemonProcess daemon({"--config", config_path()});
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  SseClient client(daemon.port(), "/api/events?from=start");
  ASSERT_TRUE(client.connect());
  NumberedLines seen;
  read_numbered(client, 10, seen);
  std::filesystem::resize_file(log, whole.size() / 2);
  std::this_thread::sleep_for(Milliseconds(200));  // it is looked at, and not believed for two intervals
  append_to_file(log, std::string_view(whole).substr(whole.size() / 2));
  append_numbered_lines(log, 0, 10, 10);
  read_numbered(client, 20, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {20}, every_line), "");
}

TEST_F(Unheard, FilesBeyondTheLimitOfWatchesArePolled) {
  const std::string wrapper = outside("few-watches");
  append_to_file(wrapper,
                 "#!/bin/sh\nexec unshare -Ur sh -c 'echo 6 >/proc/sys/user/max_inotify_watches && exec \"$@\"' sh '" +
                     daemon_binary() + "' \"$@\"\n");
  std::filesystem::permissions(wrapper, std::filesystem::perms::owner_all);
  ChildSettings check;
  check.command = {"unshare", "-Ur", "sh", "-c", "echo 6 >/proc/sys/user/max_inotify_watches"};
  if (run_program(check).exit_code() != 0) GTEST_SKIP() << "no user namespaces here";
  for (int file = 0; file < 20; ++file) append_numbered_lines(log(std::to_string(file) + ".log"), file, 0, 10);
  configure("[limits]\npoll_interval = \"100ms\"\nsweep_interval = \"60s\"\n", {"*.log"});
  const char* before = std::getenv("TAILWATER_BINARY");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TAILWATER_BINARY", wrapper.c_str(), 1);
  DaemonProcess daemon({"--config", config_path()});
  const bool started = daemon.start();
  before == nullptr ? ::unsetenv("TAILWATER_BINARY") : ::setenv("TAILWATER_BINARY", kept.c_str(), 1);
  ASSERT_TRUE(started) << daemon.failure();
  EXPECT_NE(daemon.errors().find("fs.inotify.max_user_watches"), std::string::npos) << daemon.errors();
  SseClient client(daemon.port(), "/api/events?from=start");
  ASSERT_TRUE(client.connect());
  NumberedLines seen;
  read_numbered(client, 200, seen);
  for (int file = 0; file < 20; ++file) append_numbered_lines(log(std::to_string(file) + ".log"), file, 10, 10);
  read_numbered(client, 400, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, std::vector<std::uint64_t>(20, 20), every_line), "");
}

}  // namespace
}  // namespace tailwater
