#include "stream/chunk.h"

#include <array>
#include <cassert>
#include <charconv>

namespace tailwater {

std::string chunk_head(std::size_t size) {
  assert(size > 0);
  std::array<char, 20> text{};
  char* end = std::to_chars(text.data(), text.data() + text.size() - 2, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {text.data(), end};
}

void append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  out.append(chunk_head(data.size())).append(data).append(kChunkTail);
}

}  // namespace tailwater
