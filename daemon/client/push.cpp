#include "client/push.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <thread>
#include <utility>

#include "client/endpoint.h"
#include "client/given_flags.h"
#include "client/upload.h"

namespace tailwater {
namespace {

/// What is to be sent. Only what the server has acknowledged is let go.
class Input {
 public:
  explicit Input(int fd) : fd_(fd) {}
  /// What is not sent yet: whoever sends takes it off the front.
  [[nodiscard]] std::string_view& unsent() { return unsent_; }
  /// Waits for more, once nothing is unsent; false at the end.
  [[nodiscard]] Result<bool> read() {
    ssize_t count = -1;
    do {
      count = ::read(fd_, bytes_.data(), bytes_.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return fail(errno_error("read", "the input", errno));
    unsent_ = std::string_view(bytes_).substr(0, static_cast<std::size_t>(count));
    return count > 0;
  }

 private:
  int fd_;
  std::string bytes_ = std::string(Upload::kMostBytesAtOnce, '\0');
  std::string_view unsent_;
};

/// Passes over what the server has of it already.
void skip_known(std::string_view& unsent, std::uint64_t& to_skip) {
  const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip, unsent.size()));
  unsent.remove_prefix(known);
  to_skip -= known;
}

ClientExit push_all(Upload& upload, Input& input, bool continues) {
  if (const auto exit = upload.find_offset()) return *exit;
  std::uint64_t to_skip = continues ? upload.offset() : 0;
  while (true) {
    const auto more = input.read();
    if (!more) {
      tell(more.error().message);
      return ClientExit::kFailed;
    }
    if (!*more) return ClientExit::kEnded;
    skip_known(input.unsent(), to_skip);
    if (const auto exit = upload.send(input.unsent())) return *exit;
  }
}

}  // namespace

Result<PushOptions> push_options(const CommandLine& command_line, const Environment& environment) {
  const GivenFlags given(command_line);
  const std::string& target = command_line.paths.empty() ? std::string() : command_line.paths.front();
  const std::size_t slash = target.find('/');
  if (command_line.paths.size() != 1 || slash == std::string::npos || slash == 0 || slash + 1 == target.size()) {
    return fail(ErrorCode::kInvalid, "push needs one STREAM/NAME, such as ci/build-17 (tailwater help push)");
  }
  const auto endpoint = parse_endpoint({}, server_url(given, "--to", environment));
  if (!endpoint) return fail(endpoint.error());
  auto access = http_access(given, environment, endpoint->unix_socket);
  if (!access) return fail(access.error());
  return PushOptions{endpoint->base_url + "/api/ingest/" + encoded_path(target), std::move(*access),
                     given.has("--continue"), given.has("--retry")};
}

ClientExit run_push(const PushOptions& options, int input) {
  const auto transfer = HttpTransfer::create(options.access);
  if (!transfer) {
    tell(transfer.error().message);
    return ClientExit::kFailed;
  }
  const auto pause = [](Milliseconds time) {
    std::this_thread::sleep_for(time);
    return true;
  };
  Upload upload(**transfer, {options.url, options.retry, tell, pause});
  Input source(input);
  return push_all(upload, source, options.continues);
}

}  // namespace tailwater
