#include "history/download_task.h"

#include <algorithm>
#include <utility>

#include "stream/line_start.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kReadBytes = 128U << 10;
constexpr std::size_t kRecordsAtOnce = 1000;

}  // namespace

BodyTask::Turn RawTask::work(ReadBuffer& buffer) {
  if (at_ >= to_) {
    finish();
    return Turn::kEnd;
  }
  const SteadyTime began = std::chrono::steady_clock::now();
  const auto read = read_some(*file_.bytes, at_, std::min(at_ + kReadBytes, to_), buffer);
  if (!read && read.error().code == ErrorCode::kUnavailable && !patience_.is_over()) {
    return patience_.failed(began, std::chrono::steady_clock::now()) ? Turn::kLater : Turn::kAgain;
  }
  if (!read || read->empty()) {
    finish(read ? Error{ErrorCode::kGone, "the file became shorter"} : read.error());
    return Turn::kEnd;
  }
  patience_.worked();
  const auto* plain = dynamic_cast<const PlainFile*>(file_.bytes.get());
  const auto identity = sources_.catalog.identity(file_.file, file_.generation);
  if (plain != nullptr && !(identity && same_content(*identity, plain->fd()))) {
    finish(Error{ErrorCode::kGone, "the file was truncated"});
    return Turn::kEnd;
  }
  at_ += read->size();
  say(*read);
  return Turn::kAgain;
}

Result<void> DownloadTask::begin() {
  const JournalEnd end = sources_.journal.end();
  auto bounds = whole_history(sources_.journal, sources_.catalog);
  if (!bounds) return fail(std::move(bounds.error()));
  bounds_ = std::move(*bounds);
  const FrameStyle style = request_.json ? request_.selection->style() : FrameStyle::kBare;
  records_ = std::make_unique<RecordsAfter>(sources_, bounds_, end, start_place(bounds_), style);
  records_->narrow(request_.window, request_.generation);
  return {};
}

BodyTask::Turn DownloadTask::work(ReadBuffer& buffer) {
  const SteadyTime began = std::chrono::steady_clock::now();
  pace_.begin_step(began);
  PageStep step{sources_, *request_.selection, buffer, cancelled(), HistoryFiles(sources_, *request_.selection), pace_};
  step.give_up = patience_.is_over();
  PageRecords found;
  StepStop stop = StepStop::kUnavailable;
  if (records_ || begin()) stop = records_->step(step, kRecordsAtOnce, found);
  std::string out;
  for (const PageRecord& record : found.records) {
    out.append(record.json);
    if (request_.json) out.push_back('\n');
  }
  for (const GapFrame& gap : found.gaps) {
    if (request_.json) {
      out.append("{\"gap\":");
      append_gap_json(out, gap);
      out.append("}\n");
    } else {
      append_gap_line(out, gap);
    }
  }
  say(out);
  if (found.scanned > 0) patience_.worked();
  if (records_ && records_->at_end()) {
    finish();
    return Turn::kEnd;
  }
  if (stop != StepStop::kUnavailable) return Turn::kAgain;
  if (step.give_up) {
    finish(Error{ErrorCode::kUnavailable, "history cannot be read at the moment"});
    return Turn::kEnd;
  }
  return patience_.failed(began, std::chrono::steady_clock::now()) ? Turn::kLater : Turn::kAgain;
}

}  // namespace tailwater
