#include "http/json_text.h"

#include "stream/json_text.h"

namespace tailwater {

std::string to_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace tailwater
