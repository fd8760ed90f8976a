#include "client/run_sender.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "client/output_lines.h"

namespace tailwater {

RunSender::RunSender(RunSpool& spool, HttpTransfer& transfer, UploadSettings settings)
    : spool_(spool), settings_(settings), upload_(transfer, std::move(settings)) {}

std::optional<ClientExit> RunSender::begin() {
  if (const auto exit = upload_.find_offset()) return exit;
  RunSpool::Place place = spool_.place();
  if (!place.offset) {
    place.offset = upload_.offset();
    place.marked = upload_.takes_marks();
    spool_.acknowledge(place);
  }
  if (upload_.offset() < *place.offset) {
    settings_.tell(fmt::format("{}: the server has lost {} bytes that it had", spool_.target().name,
                               *place.offset - upload_.offset()));
    return ClientExit::kFailed;
  }
  known_ = upload_.offset() - *place.offset;
  return call(spool_.target().start);
}

std::optional<ClientExit> RunSender::call(std::string_view query) {
  if (!calls_) return std::nullopt;
  const auto exit = upload_.post(query);
  if (!exit || *exit != ClientExit::kBadUsage) return exit;
  settings_.tell(fmt::format("the output of {} is sent without its state: are its files runs there ([[runs]])?",
                             spool_.target().name));
  calls_ = false;
  return std::nullopt;
}

std::optional<ClientExit> RunSender::send() {
  while (true) {
    const auto lines = spool_.read(Upload::kMostBytesAtOnce);
    if (!lines) {
      settings_.tell(lines.error().message);
      return ClientExit::kFailed;
    }
    if (lines->empty()) return std::nullopt;
    if (const auto exit = send_piece(*lines)) return exit;
  }
}

std::optional<ClientExit> RunSender::send_piece(std::string_view lines) {
  RunSpool::Place place = spool_.place();
  std::string sent;
  if (place.marked) {
    append_marked_lines(sent, lines);
  } else {
    append_plain(sent, lines);
  }
  std::string_view bytes = sent;
  const std::uint64_t after = *place.offset + bytes.size();
  const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(known_, bytes.size()));
  bytes.remove_prefix(known);
  known_ -= known;
  if (const auto exit = upload_.send(bytes)) return exit;
  place.bytes += lines.size();
  place.offset = after;
  spool_.acknowledge(place);
  return std::nullopt;
}

std::optional<ClientExit> RunSender::finish() {
  const std::string end = spool_.end();
  return end.empty() ? std::nullopt : call(end);
}

std::optional<ClientExit> RunSender::keep_alive() {
  return call("state=running");
}

}  // namespace tailwater
