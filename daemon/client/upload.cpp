#include "client/upload.h"

#include <random>
#include <utility>

#include <fmt/format.h>

#include "client/record_view.h"

namespace tailwater {

Upload::Upload(HttpTransfer& transfer, UploadSettings settings)
    : transfer_(transfer), settings_(std::move(settings)), delay_(std::random_device{}()) {}

ClientExit Upload::give_up(std::string_view why) const {
  settings_.tell(why);
  return ClientExit::kFailed;
}

std::optional<ClientExit> Upload::find_offset() {
  return ask(offset_);
}

void Upload::answered() {
  if (failures_ > 1) settings_.tell("connected again");
  ever_connected_ = true;
  failures_ = 0;
  delay_.reset();
}

std::optional<ClientExit> Upload::ask(std::uint64_t& offset) {
  std::string body;
  while (true) {
    const HttpAnswer answer = transfer_.get_small(settings_.url, body);
    if (answer.status == 200 && answer.trouble.empty()) {
      answered();
      const JsonObject state(body);
      const long long there = state.number("offset", -1);
      if (there < 0) return give_up("the server's answer is not understood: is it a tailwater?");
      offset = static_cast<std::uint64_t>(there);
      takes_marks_ = state.text("parse") == "cri";
      return std::nullopt;
    }
    if (const auto exit = wait_after(answer, body)) return exit;
  }
}

std::optional<ClientExit> Upload::agree_on_offset(std::string_view& bytes) {
  std::uint64_t there = 0;
  if (const auto exit = ask(there)) return exit;
  if (there < offset_) return give_up(fmt::format("the server has lost {} bytes that it had", offset_ - there));
  if (there - offset_ > bytes.size()) return give_up("somebody else pushes to the same name");
  bytes.remove_prefix(static_cast<std::size_t>(there - offset_));
  offset_ = there;
  return std::nullopt;
}

std::optional<ClientExit> Upload::send(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (const auto exit = send_some(bytes)) return exit;
  }
  return std::nullopt;
}

std::optional<ClientExit> Upload::send_some(std::string_view& bytes) {
  const std::string_view piece = bytes.substr(0, kMostBytesAtOnce);
  std::string body;
  const HttpAnswer answer = transfer_.patch(settings_.url, offset_, piece, body);
  if (answer.status == 200 && answer.trouble.empty()) {
    bytes.remove_prefix(piece.size());
    offset_ += piece.size();
    return std::nullopt;
  }
  if (answer.status != 409) {
    if (const auto exit = wait_after(answer, body)) return exit;
  }
  return agree_on_offset(bytes);
}

std::optional<ClientExit> Upload::post(std::string_view query) {
  std::string body;
  const std::string url = fmt::format("{}?{}", settings_.url, query);
  while (true) {
    const HttpAnswer answer = transfer_.post(url, body);
    if (answer.status == 200 && answer.trouble.empty()) {
      answered();
      return std::nullopt;
    }
    if (const auto exit = wait_after(answer, body)) return exit;
  }
}

std::optional<ClientExit> Upload::wait_after(const HttpAnswer& answer, const std::string& body) {
  if (answer.status == 0 && answer.trouble.empty()) return ClientExit::kFailed;  // it is not wanted any more
  if (answer.status >= 300 && answer.trouble.empty() && !may_pass(answer.status)) {
    settings_.tell(problem_text(answer.status, body));
    return exit_of_status(answer.status);
  }
  const std::string why =
      answer.trouble.empty() ? problem_text(answer.status, body) : fmt::format("{}: {}", settings_.url, answer.trouble);
  if (answer.certain || (!ever_connected_ && !settings_.retry)) return give_up(why);
  ++failures_;
  if (failures_ == 2) settings_.tell(fmt::format("{}; trying again until it works", why));
  if (!settings_.pause(delay_.next(answer.retry_after))) return ClientExit::kFailed;
  return std::nullopt;
}

}  // namespace tailwater
