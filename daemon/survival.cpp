#include "survival.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tailwater {
namespace {

/// Memories of this process and of earlier ones, in the store beside the streams.
constexpr std::size_t kBesideStreams = 16;
/// For each stream its head and what it has to say of its own, on the average.
constexpr std::size_t kBytesPerStream = 4096;
constexpr std::size_t kOwnBytes = 128U << 20;

/// Another one for each journal: a folder that is made anew is another folder.
std::uint64_t identity_of(const std::string& journal) {
  struct statx status {};
  if (::statx(AT_FDCWD, journal.c_str(), 0, STATX_INO | STATX_BTIME, &status) != 0) return 0;
  std::uint64_t identity = 0xcbf29ce484222325;
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(status.stx_ino), std::uint64_t{status.stx_dev_major},
        std::uint64_t{status.stx_dev_minor}, static_cast<std::uint64_t>(status.stx_btime.tv_sec),
        std::uint64_t{status.stx_btime.tv_nsec}}) {
    identity = (identity ^ part) * 0x100000001b3;
  }
  return std::max<std::uint64_t>(identity, 1);
}

std::uint64_t nanoseconds_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

Survival::Survival(const Configuration& configuration, const std::string& state, std::vector<InheritedFd>& inherited)
    : journal_(state.empty() ? 0 : identity_of(state + "/journal")), earlier_(KeptStreams::take(inherited, journal_)) {
  if (journal_ != 0) set_up(configuration);
}

void Survival::set_up(const Configuration& configuration) {
  auto store = FdStore::of_service_manager();
  if (!store) spdlog::warn("streams will end with this process: {}", store.error().message);
  if (!store || !*store || (*store)->capacity() <= kBesideStreams) return;
  const LimitsConfig& limits = configuration.limits;
  const std::size_t places = std::min<std::size_t>(limits.clients, (*store)->capacity() - kBesideStreams);
  auto moorings = Moorings::create(places, limits.all_feeds_bytes + kOwnBytes + places * kBytesPerStream, journal_,
                                   nanoseconds_since_boot());
  if (!moorings) return spdlog::warn("streams will end with this process: {}", moorings.error().message);
  store_ = std::move(*store);
  moorings_ = std::move(*moorings);
  kept_ = std::make_unique<KeptStreams>(*moorings_, *store_);
  places_ = places;
}

}  // namespace tailwater
