#include "stream/record_start.h"

#include <algorithm>

#include "filter/record_boundary.h"
#include "filter/record_form.h"
#include "stream/line_start.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kFirstWindow = 16U << 10;
constexpr std::uint64_t kLargestWindow = 16U << 20;

/// All of [from, to).
Result<std::string_view> read_range(const GenerationBytes& file, std::uint64_t from, std::uint64_t to,
                                    ReadBuffer& buffer) {
  auto bytes = read_some(file, from, to, buffer);
  if (bytes && bytes->size() < to - from) return fail(ErrorCode::kGone, "the file is shorter than its extent");
  return bytes;
}

}  // namespace

Result<std::uint64_t> record_start_before(const GenerationBytes& bytes, std::uint64_t begin, std::uint64_t offset,
                                          std::uint64_t end, const RecordRules& rules, ReadBuffer& buffer,
                                          const std::atomic<bool>& cancelled) {
  // Windows that end where the one before began: their end may be looked at again, but no more than twice a record.
  std::uint64_t window = kFirstWindow;
  std::uint64_t at = std::max(begin, unit_start(offset, rules.encoding));
  while (!cancelled.load(std::memory_order_relaxed)) {
    const std::uint64_t from = at - std::min(at - begin, window);
    // A line that begins at `at` is wanted as a whole.
    const std::uint64_t to = std::min(end, at + rules.max_record_bytes + 2 * unit_bytes(rules.encoding));
    const auto read = read_range(bytes, from, to, buffer);
    if (!read) return fail(read.error());
    const auto found = last_boundary(*read, from == begin, at - from, rules);
    if (found) return from + *found;
    if (window < kLargestWindow) {
      window *= 4;
    } else {
      at = from + rules.limit();  // one endless record after another: go on further back
    }
  }
  return begin;
}

Result<std::uint64_t> exact_record_start(const GenerationBytes& bytes, const Extent& extent, std::uint64_t offset,
                                         const RecordRules& rules, ReadBuffer& buffer,
                                         const std::atomic<bool>& cancelled) {
  if (is_line_by_line(rules) || offset <= extent.begin || offset >= extent.end) return offset;
  return record_start_before(bytes, extent.begin, offset, extent.end, rules, buffer, cancelled);
}

}  // namespace tailwater
