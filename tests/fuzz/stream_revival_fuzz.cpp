// What an earlier process left is believed in nothing. A sound memory with two streams is made, then spoilt as the
// input says, five bytes for each place: where, and what is there instead; the rest is how much the sockets are said to
// have taken.
#include <fcntl.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "base/surviving_memory.h"
#include "stream/block.h"
#include "stream/mooring.h"
#include "stream/revival.h"

namespace {

using namespace tailwater;

constexpr std::size_t kStep = 5;

std::uint32_t number_at(const std::uint8_t* data) {
  std::uint32_t number = 0;
  std::memcpy(&number, data, sizeof number);
  return number;
}

MooringRecord record_of(const SurvivingBytes& own, const Block& block, const Moorings& moorings) {
  MooringRecord record;
  record.own = moorings.memory().offset_of(own.view().data());
  record.own_size = static_cast<std::uint32_t>(own.size());
  record.block = block.surviving_offset();
  record.block_end = block.size();
  record.ahead = record.block;
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto made = Moorings::create(4, 64U << 10, 1, 1);
  if (!made) std::abort();
  const Moorings& moorings = **made;
  Block block({0, 0, 0, {3, 4}}, 4096, &moorings.memory());
  block.append("event: log\n\n", {1, 1, {5, 6}, 0});
  block.append("event: log\ndata: more\n\n", {2, 2, {7, 8}, 0});
  SurvivingBytes own(&moorings.memory());
  (void)own.append(0, "b\r\n: a comment\r\n");
  const auto first = (*made)->moor({17, 100, CountedBy::kTcp}, "GET / HTTP/1.1\r\n\r\n", {});
  const auto second = (*made)->moor({18, 0, CountedBy::kUs}, "GET / HTTP/1.1\r\n\r\n", {});
  if (!first || !second) std::abort();
  first->record(record_of(own, block, moorings));
  first->begin();
  second->begin();

  // The header and the slots, then the block.
  const std::size_t front = kMooringsFront + 4 * sizeof(MooringSlot);
  const std::size_t image = block.surviving_offset();
  char* memory = moorings.memory().front();
  for (; size >= kStep + 8; data += kStep, size -= kStep) {
    const std::size_t at = number_at(data) % (front + 1024);
    memory[at < front ? at : image + at - front] = static_cast<char>(data[4]);
  }
  std::uint64_t counted = 100;
  for (; size > 0; ++data, --size) counted = counted * 7 + *data;

  auto mapped = SurvivedMemory::map(UniqueFd(::fcntl(moorings.memory().fd(), F_DUPFD_CLOEXEC, 0)));
  if (!mapped) std::abort();
  if (const auto survived = SurvivedMoorings::open(*mapped)) {
    for (const auto& [cookie, stream] : survived->by_cookie()) {
      for (const std::uint64_t count : {counted, counted % 200, std::uint64_t{110}}) {
        const auto revival = revive(stream, count);
        if (revival && revival->rest.size() > (1U << 20)) std::abort();
        if (stream.head().size() > (1U << 20)) std::abort();
      }
    }
  }
  // What was spoilt may be what they free by.
  moorings.memory().keep_all();
  return 0;
}
