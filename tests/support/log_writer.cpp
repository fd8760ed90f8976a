// Writing numbered lines. All writes go to descriptors opened with O_APPEND, as loggers open theirs.
#include "support/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::uint64_t kLongestBurst = 24;

[[noreturn]] void give_up(const std::string& path) {
  std::perror(path.c_str());
  std::abort();
}

UniqueFd open_for_append(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) give_up(path);
  return fd;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0) give_up("write");
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + name.size());
  return parse_number<std::uint64_t>(rest.substr(0, rest.find_first_not_of("0123456789")));
}

}  // namespace

std::string numbered_line(LineNumber number) {
  const auto now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  const auto nanoseconds = std::chrono::system_clock::now().time_since_epoch().count();
  const std::uint64_t turn = number.seq % kErrorEvery;
  const char* level = turn == 0 ? "ERROR" : turn == 1 ? "WARN" : "INFO";
  const std::size_t padding = (number.seq * 37) % 120;
  return fmt::format("{} {} [worker-{}] seq={} file={} ts={} {:x<{}}\n", to_rfc3339(now), level, number.file,
                     number.seq, number.file, nanoseconds, "", padding);
}

std::optional<LineNumber> find_line_number(std::string_view text) {
  const auto seq = number_after(text, " seq=");
  const auto file = number_after(text, " file=");
  if (!seq || !file) return std::nullopt;
  return LineNumber{static_cast<int>(*file), *seq};
}

void append_to_file(const std::string& path, std::string_view text) {
  write_all(open_for_append(path).get(), text);
}

void append_numbered_lines(const std::string& path, int file, std::uint64_t first, std::uint64_t count) {
  std::string text;
  for (std::uint64_t seq = first; seq < first + count; ++seq) text += numbered_line({file, seq});
  append_to_file(path, text);
}

LogWriter::LogWriter(WriterSettings settings)
    : settings_(std::move(settings)), random_(settings_.seed), files_(static_cast<std::size_t>(settings_.files)) {
  for (int number = 0; number < settings_.files; ++number) open(number);
}

std::string LogWriter::path(int file) const {
  return fmt::format("{}/app-{:02}.log", settings_.directory, file);
}

void LogWriter::open(int number) {
  files_[static_cast<std::size_t>(number)].fd = open_for_append(path(number));
}

void LogWriter::start() {
  thread_ = std::thread([this] { run(); });
}

void LogWriter::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

std::vector<std::uint64_t> LogWriter::written() const {
  std::vector<std::uint64_t> counts;
  for (const File& file : files_) counts.push_back(file.next_seq);
  return counts;
}

void LogWriter::run() {
  const auto begin = Steady::now();
  auto next_rotation = begin + settings_.rotate_every;
  while (!stopping_) {
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    while (static_cast<double>(total_.load()) < seconds * settings_.lines_per_second && !stopping_) write_burst();
    if (settings_.rotate_every.count() > 0 && Steady::now() >= next_rotation) {
      rotate(static_cast<int>(random(files_.size())));
      next_rotation += settings_.rotate_every;
    }
    reopen_if_told();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void LogWriter::reopen_if_told() {
  if (settings_.reopen_file.empty() || ::access(settings_.reopen_file.c_str(), F_OK) != 0) return;
  for (int number = 0; number < settings_.files; ++number) open(number);
  ::unlink(settings_.reopen_file.c_str());
}

void LogWriter::write_burst() {
  const std::size_t number = random(files_.size());
  File& file = files_[number];
  const std::uint64_t count = 1 + random(kLongestBurst);
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i) text += numbered_line({static_cast<int>(number), file.next_seq++});
  write_whole(file, text);
  total_ += count;
}

// One burst in sixteen is torn in two at a random byte, as a program's full buffer tears it.
void LogWriter::write_whole(const File& file, std::string_view text) const {
  if (text.size() % 16 == 0) {
    const std::size_t half = text.size() / 3;
    write_all(file.fd.get(), text.substr(0, half));
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    text.remove_prefix(half);
  }
  write_all(file.fd.get(), text);
}

// As logrotate does it with `create`: the file is renamed and a new one made, while the program goes on writing to
// the old one until it is told to open its log again.
void LogWriter::rotate(int number) {
  File& file = files_[static_cast<std::size_t>(number)];
  const std::string name = path(number);
  const auto rotated = [&](int age) { return fmt::format("{}.{}", name, age); };
  const std::string dated = fmt::format("{}-20261120-{:06}", name, ++file.rotated);
  if (settings_.keep_rotated > 0) {
    std::error_code ignored;
    std::filesystem::remove(rotated(settings_.keep_rotated), ignored);
    for (int age = settings_.keep_rotated - 1; age > 0; --age) {
      std::filesystem::rename(rotated(age), rotated(age + 1), ignored);
    }
  }
  if (::rename(name.c_str(), (settings_.keep_rotated > 0 ? rotated(1) : dated).c_str()) != 0) give_up(name);
  if (random(2) == 0) {
    const UniqueFd made = open_for_append(name);
    const std::uint64_t late = random(8);
    for (std::uint64_t i = 0; i < late; ++i) {
      write_all(file.fd.get(), numbered_line({number, file.next_seq++}));
      ++total_;
    }
  }
  open(number);
  ++rotations_;
}

}  // namespace tailwater
