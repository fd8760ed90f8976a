#include "client/run_leftovers.h"

#include <thread>
#include <utility>

#include <fmt/format.h>

#include "client/run_sender.h"
#include "client/run_spool.h"

namespace tailwater {
namespace {

using Pause = std::function<bool(Milliseconds)>;

std::optional<ClientExit> send_spool(RunSpool& spool, HttpAccess access, const Pause& pause) {
  access.unix_socket = spool.target().unix_socket;
  const auto transfer = HttpTransfer::create(std::move(access));
  if (!transfer) {
    tell(transfer.error().message);
    return ClientExit::kFailed;
  }
  RunSender sender(spool, **transfer, {spool.target().url, /*retry=*/true, tell, pause});
  if (const auto exit = sender.begin()) return exit;
  if (const auto exit = sender.send()) return exit;
  return sender.finish();
}

/// Nothing: it has all arrived, or there was nothing to do.
std::optional<ClientExit> send_file(const std::string& path, bool named, const HttpAccess& access, const Pause& pause) {
  const auto spool = RunSpool::open(path);
  if (!spool) {
    if (spool.error().code == ErrorCode::kUnavailable && !named) return std::nullopt;
    tell(spool.error().message);
    return ClientExit::kFailed;
  }
  const std::uint64_t bytes = (*spool)->unsent_bytes();
  if (const auto exit = send_spool(**spool, access, pause)) {
    tell(fmt::format("{}: the server does not have all of {} yet", path, (*spool)->target().name));
    return exit;
  }
  tell(fmt::format("{}: the server has all of it; {} were missing", (*spool)->target().name, to_byte_text(bytes)));
  (*spool)->remove();
  return std::nullopt;
}

}  // namespace

ClientExit send_left_behind(const RunOptions& options) {
  std::vector<std::string> paths = options.spools;
  const bool named = !paths.empty();
  if (!named) {
    for (const std::string& directory : options.spool_directories) {
      for (std::string& path : RunSpool::list(directory)) paths.push_back(std::move(path));
    }
    if (paths.empty()) tell(fmt::format("no run has left anything behind in {}", options.spool_directories.front()));
  }
  const SystemClock clock;
  const SteadyTime begin = clock.steady_now();
  const Pause pause = [&](Milliseconds time) {
    if (options.wait && clock.steady_now() + time - begin > *options.wait) return false;
    std::this_thread::sleep_for(time);
    return true;
  };
  std::optional<ClientExit> first;
  for (const std::string& path : paths) {
    const auto wrong = send_file(path, named, options.access, pause);
    if (!first) first = wrong;
  }
  return first.value_or(ClientExit::kEnded);
}

}  // namespace tailwater
