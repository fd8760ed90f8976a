#include "stream/lag_skip.h"

#include <string_view>

namespace tailwater {

void LagSkip::enter(const Block& block, std::uint32_t offset, const Position& told) {
  last_id_ = to_text(told);
  entered_sequence_ = block.start().sequence;
  entered_offset_ = offset;
}

void LagSkip::leave(const Block& block, std::uint32_t offset) {
  // No frame holds a line end but between fields, so this text is an ID and nothing else.
  constexpr std::string_view kField = "\nid: ";
  const std::uint32_t from = block.start().sequence == entered_sequence_ ? entered_offset_ : 0;
  const std::string_view taken = block.bytes(from, offset);
  const std::size_t at = taken.rfind(kField);
  if (at == std::string_view::npos) return;
  const std::string_view id = taken.substr(at + kField.size());
  last_id_ = id.substr(0, id.find('\n'));
}

}  // namespace tailwater
