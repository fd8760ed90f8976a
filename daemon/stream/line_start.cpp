#include "stream/line_start.h"

#include <algorithm>
#include <span>

namespace tailwater {
namespace {

constexpr std::uint64_t kFirstProbe = 4U << 10;  // a newline is nearly always that near

}  // namespace

Result<std::string_view> read_some(const GenerationBytes& file, std::uint64_t from, std::uint64_t to,
                                   ReadBuffer& buffer) {
  const std::size_t wanted = to - from;
  if (buffer.bytes.size() < wanted) buffer.bytes.resize(wanted);
  std::size_t have = 0;
  while (have < wanted) {
    const auto got = file.read_at(from + have, std::span(buffer.bytes).subspan(have, wanted - have));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    have += *got;
  }
  return std::string_view(buffer.bytes.data(), have);
}

Result<std::uint64_t> line_start_after(const GenerationBytes& file, std::uint64_t at, std::uint64_t end,
                                       TextEncoding encoding, ReadBuffer& buffer, const std::atomic<bool>& cancelled) {
  const std::size_t unit = unit_bytes(encoding);
  if (at == 0 || at >= end) return std::min(at, end);
  at = unit_start(at + unit - 1, encoding) - unit;  // the newline before it would do
  const std::uint64_t whole = unit_start(end, encoding);
  for (std::uint64_t probe = kFirstProbe; at + unit < whole && !cancelled.load(std::memory_order_relaxed);) {
    const std::uint64_t to = std::min(at + probe, whole - unit);
    const auto bytes = read_some(file, at, to, buffer);
    if (!bytes) return fail(bytes.error());
    const std::size_t newline = find_newline(*bytes, encoding);
    if (newline != std::string_view::npos) return at + newline + unit;
    if (bytes->size() < to - at) return end;  // the file is shorter: whoever reads there is told
    at = to;
    probe = RecordPieces::kPieceBytes;
  }
  return end;
}

Result<std::uint64_t> line_start_before(const GenerationBytes& file, std::uint64_t begin, std::uint64_t at,
                                        TextEncoding encoding, ReadBuffer& buffer, const std::atomic<bool>& cancelled) {
  at = std::max(begin, unit_start(at, encoding));
  for (std::uint64_t probe = kFirstProbe; at > begin && !cancelled.load(std::memory_order_relaxed);) {
    const std::uint64_t from = at - std::min(at - begin, probe);
    const auto bytes = read_some(file, from, at, buffer);
    if (!bytes) return fail(bytes.error());
    const std::size_t newline = find_last_newline(*bytes, encoding);
    if (newline != std::string_view::npos) return from + newline + unit_bytes(encoding);
    at = from;
    probe = RecordPieces::kPieceBytes;
  }
  return begin;
}

}  // namespace tailwater
