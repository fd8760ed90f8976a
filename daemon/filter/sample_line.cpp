#include "filter/sample_line.h"

#include "base/bytes.h"
#include "base/time_text.h"

namespace tailwater {
namespace {

constexpr std::string_view kTime = R"({"time":")";
constexpr std::string_view kElapsed = R"(","elapsed_ms":)";
constexpr std::string_view kSamples = R"(,"samples":{)";
constexpr std::string_view kEnd = "}}";
constexpr std::size_t kTimeBytes = 24;

/// Takes `text` off the front.
bool take(std::string_view& line, std::string_view text) {
  if (line.substr(0, text.size()) != text) return false;
  line.remove_prefix(text.size());
  return true;
}

/// Where the string that begins at `begin` with its quote ends, behind the closing one; npos if it does not.
std::size_t string_end(std::string_view text, std::size_t begin) {
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<SampleLine> read_sample_line(std::string_view line) {
  std::string_view rest = line;
  SampleLine sample;
  if (!take(rest, kTime) || rest.size() < kTimeBytes) return std::nullopt;
  const auto time = parse_rfc3339(rest.substr(0, kTimeBytes));
  rest.remove_prefix(kTimeBytes);
  if (!time || !take(rest, kElapsed)) return std::nullopt;
  sample.time = *time;
  const std::size_t comma = rest.find(',');
  const auto elapsed = parse_number<std::uint32_t>(rest.substr(0, comma));
  if (comma == std::string_view::npos || !elapsed) return std::nullopt;
  sample.elapsed = Milliseconds(*elapsed);
  rest.remove_prefix(comma);
  sample.head = line.substr(0, line.size() - rest.size());
  if (!take(rest, kSamples) || rest.size() < kEnd.size()) return std::nullopt;
  if (rest.substr(rest.size() - kEnd.size()) != kEnd) return std::nullopt;
  sample.metrics = rest.substr(0, rest.size() - kEnd.size());
  return sample;
}

bool take_metric(std::string_view& metrics, std::string_view& name, std::string_view& member) {
  const std::string_view whole = metrics;
  if (whole.empty() || whole.front() != '"') return false;
  const std::size_t name_end = string_end(whole, 0);
  if (name_end == std::string_view::npos || whole.substr(name_end, 2) != ":{") return false;
  std::size_t at = name_end + 2;
  while (at < whole.size() && whole[at] != '}') at = whole[at] == '"' ? string_end(whole, at) : at + 1;
  if (at >= whole.size()) return false;
  name = whole.substr(1, name_end - 2);
  member = whole.substr(0, at + 1);
  metrics.remove_prefix(member.size());
  if (!metrics.empty() && metrics.front() == ',') metrics.remove_prefix(1);
  return true;
}

bool is_due(const SampleLine& sample, Milliseconds every) {
  if (every.count() <= 0 || sample.elapsed.count() == 0) return true;
  const auto span = [every](WallTime time) { return time.time_since_epoch() / every; };
  return span(sample.time) != span(sample.time - sample.elapsed);
}

}  // namespace tailwater
