// A job's output, hostile: whatever it is, what is made of it is bounded, fit to be shown, and the same if the process
// was restarted in between. The state that a disk gives back is hostile, too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "runs/run_builder.h"

namespace {

using tailwater::ProblemList;
using tailwater::RunBuilder;
using tailwater::RunFindings;
using tailwater::StageStack;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_fit(std::string_view text, std::size_t max_bytes) {
  require(text.size() <= max_bytes && tailwater::valid_utf8_prefix(text) == text.size());
  require(std::none_of(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F; }));
}

void require_sound(const RunFindings& found) {
  require(found.stages.size() <= StageStack::kMaxStages);
  require(found.failed_tests.size() <= ProblemList::kMaxFailedTests);
  require(found.annotations.size() <= ProblemList::kMaxAnnotations);
  std::uint16_t depth = 0;
  for (const auto& stage : found.stages) {
    require_fit(stage.name, StageStack::kMaxNameBytes);
    // Those that are beyond the cap leave no hole, but for stages whose parents were not listed any more.
    require(stage.depth < StageStack::kMaxDepth);
    require(found.dropped.stages > 0 || stage.depth <= depth + 1 || depth == 0);
    require(!stage.end || *stage.end >= stage.begin);
    depth = stage.depth;
  }
  for (const auto& test : found.failed_tests) {
    require_fit(test.name, ProblemList::kMaxNameBytes);
    require_fit(test.message, ProblemList::kMaxMessageBytes);
  }
  for (const auto& one : found.annotations) require_fit(one.message, ProblemList::kMaxMessageBytes);
  if (found.progress) require(found.progress->fraction >= 0 && found.progress->fraction <= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  RunBuilder restored;
  if (restored.restore(text)) restored.end(tailwater::RunState::kPassed, {});
  RunBuilder whole;
  RunBuilder restarted;
  for (std::size_t at = 0, line = 0; at < size; ++line) {
    const std::size_t end = std::min(text.find('\n', at), size);
    const tailwater::RunLine one{text.substr(at, end - at), {0, at}, {0, end + 1}, {}};
    whole.add(one);
    restarted.add(one);
    restored.add(one);
    if (line % 8 == 7) {
      std::string saved;
      restarted.save(saved);
      RunBuilder next;
      require(next.restore(saved));
      restarted = std::move(next);
    }
    at = end + 1;
  }
  require(whole.findings() == restarted.findings());
  require_sound(whole.findings());
  whole.end(tailwater::RunState::kFailed, {});
  require_sound(whole.findings());
  require(whole.findings().stage.empty());
  (void)restored.findings();
  return 0;
}
