#include "client/push.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "client/endpoint.h"
#include "client/given_flags.h"
#include "client/reconnect_delay.h"
#include "client/record_view.h"

namespace tailwater {
namespace {

constexpr std::size_t kMostBytesAtOnce = 512U << 10;

/// What is to be sent. Only what the server has acknowledged is let go.
class Input {
 public:
  explicit Input(int fd) : fd_(fd) {}
  [[nodiscard]] std::string_view unsent() const { return std::string_view(bytes_).substr(taken_); }
  void take(std::size_t count) { taken_ += count; }
  /// Waits for more; false at the end.
  [[nodiscard]] Result<bool> read() {
    bytes_.erase(0, taken_);
    taken_ = 0;
    const std::size_t had = bytes_.size();
    bytes_.resize(had + kMostBytesAtOnce);
    ssize_t count = -1;
    do {
      count = ::read(fd_, bytes_.data() + had, kMostBytesAtOnce);
    } while (count < 0 && errno == EINTR);
    bytes_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0) return fail(errno_error("read", "the input", errno));
    return count > 0;
  }

 private:
  int fd_;
  std::string bytes_;
  std::size_t taken_ = 0;
};

class Push {
 public:
  Push(const PushOptions& options, HttpTransfer& transfer, int input)
      : options_(options), transfer_(transfer), input_(input), delay_(std::random_device{}()) {}

  ClientExit run() {
    if (const auto exit = find_beginning()) return *exit;
    while (true) {
      const auto more = input_.read();
      if (!more) return give_up(more.error().message);
      if (!*more) return ClientExit::kEnded;
      skip_known();
      while (!input_.unsent().empty()) {
        if (const auto exit = send_some()) return *exit;
      }
    }
  }

 private:
  static ClientExit give_up(std::string_view why) {
    tell(why);
    return ClientExit::kFailed;
  }
  std::optional<ClientExit> find_beginning();
  /// With --continue, what the server has already.
  void skip_known();
  std::optional<ClientExit> send_some();
  /// After a doubt: lets go of what did arrive.
  std::optional<ClientExit> agree_on_offset();
  /// Asks the server how much it has, until it answers.
  std::optional<ClientExit> ask(std::uint64_t& offset);
  std::optional<ClientExit> wait_after(const HttpAnswer& answer, const std::string& body);

  const PushOptions& options_;
  HttpTransfer& transfer_;
  Input input_;
  ReconnectDelay delay_;
  std::uint64_t offset_ = 0;   // the server's, of the first unsent byte
  std::uint64_t to_skip_ = 0;  // of the input, with --continue
  bool ever_connected_ = false;
  int failures_ = 0;  // in a row
};

std::optional<ClientExit> Push::find_beginning() {
  if (const auto exit = ask(offset_)) return exit;
  if (options_.continues) to_skip_ = offset_;
  return std::nullopt;
}

void Push::skip_known() {
  const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, input_.unsent().size()));
  input_.take(known);
  to_skip_ -= known;
}

std::optional<ClientExit> Push::ask(std::uint64_t& offset) {
  std::string body;
  while (true) {
    const HttpAnswer answer = transfer_.get_small(options_.url, body);
    if (answer.status == 200 && answer.trouble.empty()) {
      if (failures_ > 1) tell("connected again");
      ever_connected_ = true;
      failures_ = 0;
      delay_.reset();
      const long long there = JsonObject(body).number("offset", -1);
      if (there < 0) return give_up("the server's answer is not understood: is it a tailwater?");
      offset = static_cast<std::uint64_t>(there);
      return std::nullopt;
    }
    if (const auto exit = wait_after(answer, body)) return exit;
  }
}

std::optional<ClientExit> Push::agree_on_offset() {
  std::uint64_t there = 0;
  if (const auto exit = ask(there)) return exit;
  if (there < offset_) return give_up(fmt::format("the server has lost {} bytes that it had", offset_ - there));
  if (there - offset_ > input_.unsent().size()) return give_up("somebody else pushes to the same name");
  input_.take(static_cast<std::size_t>(there - offset_));
  offset_ = there;
  return std::nullopt;
}

std::optional<ClientExit> Push::send_some() {
  const std::string_view bytes = input_.unsent().substr(0, kMostBytesAtOnce);
  std::string body;
  const HttpAnswer answer = transfer_.patch(options_.url, offset_, bytes, body);
  if (answer.status == 200 && answer.trouble.empty()) {
    input_.take(bytes.size());
    offset_ += bytes.size();
    return std::nullopt;
  }
  if (answer.status != 409) {
    if (const auto exit = wait_after(answer, body)) return exit;
  }
  return agree_on_offset();
}

std::optional<ClientExit> Push::wait_after(const HttpAnswer& answer, const std::string& body) {
  if (answer.status >= 300 && answer.trouble.empty() && !may_pass(answer.status)) {
    tell(problem_text(answer.status, body));
    return exit_of_status(answer.status);
  }
  const std::string why =
      answer.trouble.empty() ? problem_text(answer.status, body) : fmt::format("{}: {}", options_.url, answer.trouble);
  if (answer.certain || (!ever_connected_ && !options_.retry)) return give_up(why);
  ++failures_;
  if (failures_ == 2) tell(fmt::format("{}; trying again until it works", why));
  std::this_thread::sleep_for(delay_.next(answer.retry_after));
  return std::nullopt;
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
  std::string path = "/api/ingest";
  for (std::size_t begin = 0; begin <= target.size();) {
    const std::size_t end = std::min(target.find('/', begin), target.size());
    path += "/" + percent_encoded(std::string_view(target).substr(begin, end - begin));
    begin = end + 1;
  }
  auto access = http_access(given, environment, endpoint->unix_socket);
  if (!access) return fail(access.error());
  return PushOptions{endpoint->base_url + path, std::move(*access), given.has("--continue"), given.has("--retry")};
}

ClientExit run_push(const PushOptions& options, int input) {
  const auto transfer = HttpTransfer::create(options.access);
  if (!transfer) {
    tell(transfer.error().message);
    return ClientExit::kFailed;
  }
  return Push(options, **transfer, input).run();
}

}  // namespace tailwater
