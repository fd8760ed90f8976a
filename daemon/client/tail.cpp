#include "client/tail.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "client/output.h"
#include "client/reconnect_delay.h"
#include "client/record_view.h"
#include "client/run_result.h"
#include "client/sse_parser.h"

namespace tailwater {
namespace {

constexpr Milliseconds kFirstPatience{20'000};  // until the server has said how often it speaks
constexpr Milliseconds kLeastPatience{10'000};
constexpr std::size_t kLongestProblem = 64U << 10;
constexpr std::size_t kFlushAt = 256U << 10;

std::string gap_text(std::string_view data) {
  const JsonObject gap(data);
  const long long bytes = gap.number("bytes", -1);
  const std::string_view file = gap.text("file");
  return fmt::format("missing: {}{} ({})", bytes < 0 ? "an unknown number of bytes" : fmt::format("{} bytes", bytes),
                     file.empty() ? "" : fmt::format(" of {}", file), gap.text("reason"));
}

class Tail {
 public:
  Tail(const TailOptions& options, HttpTransfer& transfer)
      : options_(options), transfer_(transfer), style_(options.style), delay_(std::random_device{}()) {}

  int run() {
    const ClientExit exit = follow();
    if (exit != ClientExit::kEnded || options_.run.empty() || last_run_.empty()) return static_cast<int>(exit);
    const RunResult result = run_result(last_run_);
    if (!result.over) return static_cast<int>(exit);
    tell(result.text);
    return options_.exit_status ? result.exit_status : static_cast<int>(exit);
  }

 private:
  ClientExit follow() {
    while (true) {
      const HttpAnswer answer = connect_once();
      if (const auto exit = ended(answer)) return *exit;
      if (const auto exit = given_up(answer)) return *exit;
      wait_for_next(answer);
    }
  }

  HttpAnswer connect_once();
  bool take_body(long status, std::string_view piece);
  void take(const SseEvent& event);
  void greet(const SseEvent& hello);
  void print(const SseEvent& event);
  bool flush();
  /// How the stream ended for good, if it did.
  std::optional<ClientExit> ended(const HttpAnswer& answer);
  /// Why it is of no use to try again, if it is not.
  std::optional<ClientExit> given_up(const HttpAnswer& answer);
  void wait_for_next(const HttpAnswer& answer);

  const TailOptions& options_;
  HttpTransfer& transfer_;
  LineStyle style_;
  ReconnectDelay delay_;
  Output output_{STDOUT_FILENO};
  SseParser parser_{[this](const SseEvent& event) { take(event); }};
  std::string begin_;  // the position of the first `hello`, where nothing but the future was asked for
  std::string problem_;
  std::string last_run_;  // how the run stands
  Milliseconds patience_ = kFirstPatience;
  Milliseconds asked_delay_{0};
  std::string trouble_;     // why nothing more can be printed or understood
  bool connected_ = false;  // now
  bool ever_connected_ = false;
  bool end_ = false;  // the server has said so
  int failures_ = 0;  // attempts in a row
};

HttpAnswer Tail::connect_once() {
  std::vector<QueryParameter> parameters = options_.parameters;
  // Many records in one event are faster; one in each is, byte for byte, what --json prints.
  if (!options_.json) parameters.push_back({"batch", "1"});
  connected_ = false;
  problem_.clear();
  asked_delay_ = Milliseconds(0);
  const std::string& id = parser_.last_event_id().empty() ? begin_ : parser_.last_event_id();
  const HttpTransfer::Receiver receiver{
      [this](long status, std::string_view piece) { return take_body(status, piece); }, [this] { return patience_; },
      [this] { return output_.has_reader(); }};
  HttpAnswer answer = transfer_.get(options_.endpoint.url("/api/events", parameters), id, receiver);
  parser_.disconnect();
  return answer;
}

bool Tail::take_body(long status, std::string_view piece) {
  if (status != 200) {
    problem_.append(piece.substr(0, kLongestProblem - std::min(kLongestProblem, problem_.size())));
    return true;
  }
  parser_.feed(piece);
  return flush() && !end_;
}

void Tail::take(const SseEvent& event) {
  if (end_ || !trouble_.empty()) return;
  if (event.type == "log" || event.type == "lines") {
    print(event);
  } else if (event.type == "hello") {
    greet(event);
  } else if (event.type == "run") {
    last_run_ = event.data;
  } else if (event.type == "gap") {
    tell(gap_text(event.data));
  } else if (event.type == "shutdown") {
    asked_delay_ = Milliseconds(JsonObject(event.data).number("reconnect_ms", 0));
  } else if (event.type == "end") {
    end_ = true;
  }
}

void Tail::greet(const SseEvent& event) {
  const JsonObject hello(event.data);
  if (failures_ > 1) tell("connected again");
  connected_ = ever_connected_ = true;
  failures_ = 0;
  delay_.reset();
  patience_ = std::max(kLeastPatience, Milliseconds(hello.number("heartbeat_ms", 0) * 5 / 2));
  if (options_.name_several_streams && hello.array_size("streams") > 1) style_.names = LineStyle::Names::kStream;
  const auto only_future = [](const QueryParameter& parameter) {
    return (parameter.name == "tail" && parameter.value == "0") ||
           (parameter.name == "from" && parameter.value == "end");
  };
  if (begin_.empty() && std::any_of(options_.parameters.begin(), options_.parameters.end(), only_future)) {
    begin_ = hello.text("position");
  }
}

void Tail::print(const SseEvent& event) {
  if (options_.json) {
    append_json_line(output_.text(), event.id, event.data);
  } else {
    const auto printed = for_each_record(event.type, event.data, event.id, [this](const RecordView& record) {
      append_line(output_.text(), record, style_);
    });
    if (!printed) trouble_ = printed.error().message;
  }
  if (output_.text().size() >= kFlushAt) flush();
}

bool Tail::flush() {
  if (const auto flushed = output_.flush(); !flushed) trouble_ = flushed.error().message;
  return trouble_.empty();
}

std::optional<ClientExit> Tail::ended(const HttpAnswer& answer) {
  if (!output_.has_reader()) {
    std::raise(SIGPIPE);  // as if we had written
    if (trouble_.empty()) trouble_ = "nobody reads the output any more";
  }
  if (!trouble_.empty()) {
    tell(trouble_);
    return ClientExit::kFailed;
  }
  if (end_ || answer.status == 204) return ClientExit::kEnded;
  return std::nullopt;
}

std::optional<ClientExit> Tail::given_up(const HttpAnswer& answer) {
  if (answer.status == 200 && answer.content_type.rfind("text/event-stream", 0) != 0) {
    tell(fmt::format("{} is no tailwater: it answers {}", options_.endpoint.base_url, answer.content_type));
    return ClientExit::kFailed;
  }
  if (answer.status >= 300 && !may_pass(answer.status)) {
    tell(problem_text(answer.status, problem_));
    return exit_of_status(answer.status);
  }
  const bool busy = answer.status == 200 || answer.status == 429 || answer.status == 503;
  if (!answer.certain && (busy || ever_connected_ || options_.retry)) return std::nullopt;
  tell(fmt::format("{}: {}", options_.endpoint.base_url,
                   answer.status >= 300 ? problem_text(answer.status, problem_) : answer.trouble));
  return ClientExit::kFailed;
}

void Tail::wait_for_next(const HttpAnswer& answer) {
  ++failures_;
  const Milliseconds retry(connected_ ? 0 : std::max<std::int64_t>(parser_.retry_ms(), 0));
  const Milliseconds delay = delay_.next(std::max({asked_delay_, answer.retry_after, retry}));
  // One that comes back at once, as behind proxies that cut, is not worth a word.
  if (failures_ == 2) {
    tell(fmt::format("no connection to {} ({}); trying again until there is one", options_.endpoint.base_url,
                     answer.trouble.empty() ? fmt::format("it answers {}", answer.status) : answer.trouble));
  }
  std::this_thread::sleep_for(delay);
}

}  // namespace

int run_tail(const TailOptions& options) {
  const auto transfer = HttpTransfer::create(options.access);
  if (!transfer) {
    tell(transfer.error().message);
    return static_cast<int>(ClientExit::kFailed);
  }
  return Tail(options, **transfer).run();
}

}  // namespace tailwater
