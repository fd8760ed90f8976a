// Any bytes as a block of history on disk, and, since its checksum keeps mutations from getting far, the same behind a
// good one: what is accepted is written again as it was read, and nothing is read past the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "metrics/history_block.h"

namespace {

using namespace tailwater;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view bytes) {
  HistoryBlockReader reader(bytes);
  std::size_t series = 0;
  while (reader.next()) {
    (void)reader.column();
    require(reader.name().size() + reader.members().size() < bytes.size());
    require(++series < bytes.size());
  }
  const auto block = HistoryBlock::decode(bytes);
  if (!block) return;
  const auto again = HistoryBlock::decode(block->encode());
  require(again && again->encode() == block->encode());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  constexpr std::size_t kHead = sizeof(std::uint32_t) + sizeof(std::uint64_t);
  if (size <= kHead) return 0;
  std::string sealed(bytes);
  const std::uint64_t checksum = fingerprint(std::string_view(sealed).substr(kHead));
  std::memcpy(sealed.data() + sizeof(std::uint32_t), &checksum, sizeof checksum);
  check(sealed);
  return 0;
}
