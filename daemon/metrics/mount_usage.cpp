#include "metrics/mount_usage.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "metrics/proc_file.h"

namespace tailwater {
namespace {

int ask_kernel(const std::string& path, struct statvfs& answer) {
  return ::statvfs(path.c_str(), &answer) == 0 ? 0 : errno;
}

MountSpace space_of(Mount mount, const struct statvfs& answer) {
  const std::uint64_t block = answer.f_frsize;
  return {std::move(mount),        answer.f_blocks * block, answer.f_bfree * block,
          answer.f_bavail * block, answer.f_files,          answer.f_ffree};
}

}  // namespace

struct MountUsage::State {
  State(std::string path, Ask how) : ask(std::move(how)), mountinfo(std::move(path)) {}

  const Ask ask;
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex, all of it:
  std::uint64_t worker = 0;  // the number of the one that counts; others have been left behind
  bool wanted = false;
  bool busy = false;
  bool stopping = false;
  std::string asking;  // the mount point that is being asked; empty: none
  std::optional<SteadyTime> asking_seen;
  std::vector<std::string> stuck;
  std::optional<std::vector<MountSpace>> answers;
  ProcFile mountinfo;
};

MountUsage::MountUsage(std::string mountinfo_path, Ask ask)
    : state_(std::make_shared<State>(std::move(mountinfo_path), ask ? std::move(ask) : Ask(ask_kernel))) {
  start_worker();
}

MountUsage::~MountUsage() {
  bool hangs = false;
  {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
    hangs = !state_->changed.wait_for(lock, std::chrono::seconds(1), [this] { return state_->asking.empty(); });
    if (hangs) ++state_->worker;
  }
  hangs ? worker_.detach() : worker_.join();
}

void MountUsage::start_worker() {
  worker_ = std::thread([state = state_, worker = state_->worker] {
    ::pthread_setname_np(::pthread_self(), "mounts");  // by itself: for others the sandbox does not let it be written
    work(state, worker);
  });
}

void MountUsage::request() {
  const std::lock_guard lock(state_->mutex);
  if (state_->busy) return;
  state_->wanted = true;
  state_->changed.notify_all();
}

void MountUsage::watch(SteadyTime now) {
  const std::lock_guard lock(state_->mutex);
  if (state_->asking.empty()) return;
  // Seen for the first time now: it began before, but nobody needs to know when.
  if (!state_->asking_seen) state_->asking_seen = now;
  if (now - *state_->asking_seen < kPatience || state_->stuck.size() >= kMaxStuck) return;
  state_->stuck.push_back(std::exchange(state_->asking, {}));
  state_->asking_seen.reset();
  ++state_->worker;
  worker_.detach();
  state_->wanted = true;  // the others are still to be asked
  start_worker();
}

bool MountUsage::take(std::vector<MountSpace>& spaces) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->answers) return false;
  spaces = std::move(*state_->answers);
  state_->answers.reset();
  return true;
}

std::size_t MountUsage::stuck() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stuck.size();
}

std::vector<Mount> MountUsage::mounts_to_ask(State& state) {
  std::vector<Mount> mounts = parse_mountinfo(state.mountinfo.read());
  std::erase_if(mounts, [&state](const Mount& mount) {
    return std::find(state.stuck.begin(), state.stuck.end(), mount.point) != state.stuck.end();
  });
  return mounts;
}

void MountUsage::work(const std::shared_ptr<State>& state, std::uint64_t worker) {
  std::unique_lock lock(state->mutex);
  while (true) {
    state->changed.wait(lock, [&] { return state->wanted || state->stopping; });
    if (state->stopping) return;
    state->wanted = false;
    state->busy = true;
    std::vector<MountSpace> answers;
    for (Mount& mount : mounts_to_ask(*state)) {
      const std::string point = mount.point;
      state->asking = point;
      state->asking_seen.reset();
      lock.unlock();
      struct statvfs answer {};
      const int error = state->ask(point, answer);
      lock.lock();
      if (state->worker != worker) {  // left behind, and here after all: the mount may be asked again
        std::erase(state->stuck, point);
        return;
      }
      state->asking.clear();
      if (error == 0 && answer.f_blocks > 0) answers.push_back(space_of(std::move(mount), answer));
      if (state->stopping) break;
    }
    state->busy = false;
    state->answers = std::move(answers);
    state->changed.notify_all();
  }
}

}  // namespace tailwater
