// What a command writes, in any pieces, from both outputs: each marked line is one that the daemon unwraps, and without
// the marks they are the bytes that were written; a terminal's may lack its CRs alone.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "client/output_lines.h"
#include "filter/wrapped_line.h"

namespace {

using tailwater::OutputLines;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_lines(std::string_view kept) {
  require(tailwater::whole_marked_bytes(kept) == kept.size());
  std::string sent;
  tailwater::append_marked_lines(sent, kept);
  std::string_view marked = sent;
  while (!marked.empty()) {
    const std::size_t end = marked.find('\n');
    require(end != std::string_view::npos);
    const auto line = tailwater::unwrap(marked.substr(0, end), tailwater::ParseAs::kCri);
    require(line.has_value());
    require(line->text.size() <= OutputLines::kLongestPart);
    marked.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const bool terminal = size > 0 && (data[0] & 1U) != 0;
  OutputLines one_output(terminal);
  OutputLines two_outputs(terminal);
  std::string one;
  std::string two;
  tailwater::WallTime now{tailwater::Milliseconds(1'700'000'000'000)};
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = std::min<std::size_t>(size - at, 1U + data[at] % 31U);
    one_output.take(OutputLines::Source::kStdout, all.substr(at, length), now, one);
    two_outputs.take(static_cast<OutputLines::Source>(data[at] >> 7U), all.substr(at, length), now, two);
    now += tailwater::Milliseconds(data[at]);
    if (data[at] % 3 == 0) one_output.flush_old(now, one);
    if (data[at] % 3 == 0) two_outputs.flush_old(now, two);
    at += length;
  }
  one_output.end(now, one);
  two_outputs.end(now, two);
  check_lines(one);
  check_lines(two);
  std::string plain;
  tailwater::append_plain(plain, one);
  if (!terminal) require(plain == all);
  // What hostile bytes are taken for matters to nobody, but they are taken in bounded time and never for more than they
  // are.
  require(tailwater::whole_marked_bytes(all) <= size);
  std::string ignored;
  tailwater::append_marked_lines(ignored, all);
  return 0;
}
