// Any bytes as an event ID: an error, or a position whose text is exactly those bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "journal/event_id.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = tailwater::parse_event_id(text);
  if (!id) {
    require(id.error().code == tailwater::ErrorCode::kInvalid);
    return 0;
  }
  require(size <= tailwater::EventId::kMaxLength);
  require(tailwater::to_text(*id) == text);
  require(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.") == std::string_view::npos);
  std::string appended = "id: ";
  tailwater::append_text(id->position, appended);
  require(appended.substr(4) == tailwater::to_text(id->position));
  return 0;
}
